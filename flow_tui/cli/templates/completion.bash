# Completion of flow-tui for bash.
_flow_tui() {
    local kind="" line=""
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
    done < <(command flow-tui completions bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
    case $kind in
        files | folders)
            compopt -o filenames 2>/dev/null
            local how=-f
            [[ $kind == folders ]] && how=-d
            while IFS= read -r line; do
                COMPREPLY+=("$line")
            done < <(compgen "$how" -- "${COMP_WORDS[COMP_CWORD]#=}")
            ;;
    esac
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _flow_tui flow-tui
