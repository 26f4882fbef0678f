# Completion of flow-tui for fish.
function __flow_tui_complete
    set -l given (commandline -opc)
    set -e given[1]
    set -l said (command flow-tui completions fish -- $given (commandline -ct) 2>/dev/null </dev/null)
    set -l kind $said[1]
    set -e said[1]
    printf '%s\n' $said
    switch "$kind"
        case files
            __fish_complete_path (commandline -ct)
        case folders
            __fish_complete_directories (commandline -ct)
    end
end
complete -c flow-tui -f -a '(__flow_tui_complete)'
