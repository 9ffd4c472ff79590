# fish completion for @program@

@@strict
# The verb before the cursor; fails while there is none.
function __@program@_verb
    set -l words (commandline -opc)
    set -q words[2]
    and echo $words[2]
end

# __@program@_at VERB N [more]: it is that verb, and at the cursor is the word N behind its options, or a later one.
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
# Is there a first word before the cursor, so that what follows is no verb?
function __@program@_verb
    set -l words (commandline -opc)
    set -q words[2]
end

# __@program@_at VERB: it is that verb, or there is none, which means the first one.
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
