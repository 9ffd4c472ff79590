# fish completion for @program@

@@strict
# Prints the verb; fails if the cursor is at the verb.
function __@program@_verb
    set -l words (commandline -opc)
    set -q words[2]
    and echo $words[2]
end

# __@program@_at VERB N [more]: whether the verb is VERB, and the cursor at its operand N, or a later one ("more").
function __@program@_at
    set -l words (commandline -opc)
    test "$words[2]" = $argv[1]
    or return
    set -l longs
    set -l letters
    switch $argv[1]
@@value-cases
    end
    set -e words[1..2]
    while string match -q -- '-?*' $words[1]
        set -l word $words[1]
        set -e words[1]
        test "$word" = --
        and break
        if contains -- $word $longs; or string match -qr -- "^-[^-$letters]*[$letters ]\$" $word
            set -e words[1]
        end
    end
    test (math (count $words) + 1) -eq $argv[2]
    or test "$argv[3]" = more -a (math (count $words) + 1) -gt $argv[2]
end

function __@program@_queues
    for name in (__fish_complete_path (commandline -ct) '')
        set -l path (string split -m 1 \t -- $name)[1]
        test -d $path -o -p $path
        and echo $path
    end
end

@@mixed
# Whether a word precedes the cursor, so that no verb can follow.
function __@program@_verb
    set -l words (commandline -opc)
    set -q words[2]
end

# __@program@_at VERB: whether this is the verb; without a verb it is the default one.
function __@program@_at
    set -l words (commandline -opc)
    set -q words[2]
    and contains -- $words[2] @verbs@
    or set words[2] @default-verb@
    test $words[2] = $argv[1]
end

@@both
complete -c @program@ -f
@@mixed
complete -c @program@ -n 'not __@program@_verb >/dev/null' -F
@@both
complete -c @program@ -n 'not __@program@_verb >/dev/null' -s h -l help -d 'print the verbs and exit'
complete -c @program@ -n 'not __@program@_verb >/dev/null' -l version -d 'print the version and exit'
@@completions
