# fish completion for @program@

# Prints the command and its arguments before the cursor; fails if options can still follow.
function __@program@_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        if test "$word" = --
            printf '%s\n' $words
            return 0
        else if contains -- $word @valued-longs@
            set -e words[1]
        else if string match -qr -- '^-[@plain-letters@]*[@valued-letters@]$' $word
            set -e words[1]
        else if not string match -q -- '-?*' $word
            printf '%s\n' $word $words
            return 0
        end
    end
    return 1
end

function __@program@_complete_command
    set -l words (__@program@_command)
    or string match -q -- '-*' (commandline -ct)
    and not set -q words[1]
    and return
    __fish_complete_subcommand --commandline $words (commandline -ct)
end

complete -c @program@ -f -a '(__@program@_complete_command)'
@@completions
