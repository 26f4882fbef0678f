#compdef flow-tui
# Completion of flow-tui for zsh.
_flow_tui() {
    local -a said open whole
    local line
    said=("${(@f)$(command flow-tui completions zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
    for line in "${(@)said[2,-1]}"; do
        if [[ ${line%%:*} == *= ]]; then open+=("$line"); else whole+=("$line"); fi
    done
    (( $#whole )) && _describe 'flow-tui' whole
    (( $#open )) && _describe 'flow-tui' open -S ''
    case $said[1] in
        files) _files ;;
        folders) _files -/ ;;
    esac
}
if [[ ${funcstack[1]} == _flow_tui ]]; then
    _flow_tui "$@"
else
    compdef _flow_tui flow-tui
fi
