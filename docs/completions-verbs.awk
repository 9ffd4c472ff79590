# Makes the completion of a program of verbs for a shell from the sources of its verbs, in any order:
#
#     awk -v program=qctl -v shell=bash|zsh|fish -f docs/completions-verbs.awk src/qctl/qctl.def src/qctl/qctl.h src/queue/task.c src/qctl-*.c
#     awk -v program=qlog -v shell=bash|zsh|fish -f docs/completions-verbs.awk src/qlog/qlog.def src/qlog/qlog.h src/qlog-*.c
#
# qctl.def has the order of the verbs, qctl.h the options that several have, task.c the names of the states, and each qctl-VERB.c a table of options
# and a struct qctl_verb. An entry is one line, and no text in it holds a double quote; a verb without its entry, or an entry without its verb, is an error.
#
# qctl takes its options behind the verb, and nothing else before the queue. qlog takes them everywhere, and may be given no verb, which means the first one.

BEGIN {
	FS = "\""
	prefix = toupper(program) "_"
	mixed = program == "qlog"
}

/^VERB\(/ { order[++verbs] = substr($0, 6, index($0, ")") - 6) }
$0 ~ "^#define " prefix "[A-Z]+ \\{ " { split($0, part, " "); macro[part[2]] = substr($0, index($0, "{")) }
/ state_names\[.*\{/ {
	for (i = 2; i < NF; i += 2)
		states = states (i > 2 ? " " : "") $i
}
$0 ~ "^static const struct " program "_option [a-z_]+\\[\\]" {
	table = $0
	sub("^static const struct " program "_option ", "", table)
	sub(/\[.*/, "", table)
	table = FILENAME " " table
	lines[table] = 0
	take_macros($0)
}
table != "" && /^\t\{/ { line[table, ++lines[table]] = substr($0, 2) }
table != "" && $0 ~ "^\t" prefix { take_macros($0) }
/};$/ { table = ""; reading = "" }
$0 ~ "^const struct " program "_verb " program "_[a-z_]+ = " {
	reading = $0
	sub("^const struct " program "_verb " program "_(verb_)?", "", reading)
	sub(/ .*/, "", reading)
	found[reading] = 1
}
reading != "" && /^\t\.arguments = / { arguments[reading] = $2 }
reading != "" && /^\t\.help = / { verb_help[reading] = $2 }
reading != "" && /^\t\.options = / {
	uses[reading] = $0
	gsub(/^\t\.options = |,$/, "", uses[reading])
	uses[reading] = FILENAME " " uses[reading]
}

END {
	for (v = 1; v <= verbs; v++)
		read_verb(order[v])
	for (v in found)
		fail(program ".def has no verb " v)
	if (verbs == 0)
		fail("no verbs found")
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else if (shell == "fish")
		fish()
	else
		fail("-v shell=" shell ": not bash, zsh or fish")
}

# Those of several verbs, as many as stand in the line.
function take_macros(text,    n, part, i) {
	n = split(text, part, /[^A-Z_]+/)
	for (i = 1; i <= n; i++)
		if (index(part[i], prefix) == 1 && part[i] != prefix "END")
			line[table, ++lines[table]] = part[i]
}

function fail(why) {
	print "completions-verbs.awk: " why | "cat >&2"
	exit 1
}

# Its options: count[v], and of each letter[v, i], name, argument, help.
function read_verb(v,    i, text) {
	if (!found[v] || arguments[v] == "" || verb_help[v] == "" || !(uses[v] in lines))
		fail("the verb " v " has no struct " program "_verb with arguments, help and options")
	delete found[v]
	for (i = 1; i <= lines[uses[v]]; i++) {
		text = line[uses[v], i]
		if (index(text, prefix) == 1) {
			if (!(text in macro))
				fail(v ": " program ".h has no option " text)
			text = macro[text]
		}
		add(v, text)
	}
	count[v] += 0
	add(v, "{ 'h', \"help\", \"\", \"print the options and exit\"")
}

function add(v, text,    part, n) {
	if (split(text, part, "\"") < 7 || text ~ /\\"/)
		fail(v ": this is no option: " text)
	n = ++count[v]
	letter[v, n] = part[1] ~ /'.'/ ? substr(part[1], index(part[1], "'") + 1, 1) : ""
	name[v, n] = part[2]
	argument[v, n] = part[4]
	help[v, n] = part[6]
}

# All ways to write option i, with `between` between.
function spellings(v, i, between) {
	return (letter[v, i] != "" ? "-" letter[v, i] between : "") "--" name[v, i]
}

# What its value can be, with blanks between; "file", or "" for what nobody can guess.
function values(v, i,    w) {
	w = argument[v, i]
	if (w == "STATE" && states == "")
		fail("no states found")
	if (w == "STATE")
		return states
	if (w == "FILE")
		return "file"
	if (w == "QUEUE")
		return "queue"
	if (index(w, "|") == 0)
		return ""
	gsub(/\|/, " ", w)
	return w
}

# What stands at each place behind the options, with blanks between: queue, file or none; * behind the last when it may be repeated.
function places(v,    w, n, i, out) {
	n = split(arguments[v], w, " ")
	out = ""
	for (i = 1; i <= n; i++)
		if (w[i] ~ /^\.\.\./)
			out = out "*"
		else
			out = out (i > 1 ? " " : "") (w[i] ~ /queue|^\[?(from|to)\]?$/ ? "queue" : w[i] ~ /task|file/ ? "file" : "none")
	return out
}

# text with `mark` before each of those characters. (What sub() makes of backslashes differs between awks.)
function marked(text, characters, mark,    out, c, j) {
	out = ""
	for (j = 1; j <= length(text); j++) {
		c = substr(text, j, 1)
		out = out (index(characters, c) ? mark : "") c
	}
	return out
}

# In single quotes, as bash and zsh read them.
function quoted(text) {
	return "'" marked(text, "'", "'\\'") "'"
}

function bash(    v, i, all, names, verb) {
	for (v = 1; v <= verbs; v++)
		names = names (v > 1 ? " " : "") order[v]
	print "# bash completion for " program
	print ""
	print "# What has the verb $1? Sets options and places."
	print "_" program "_verb()"
	print "{"
	print "\tcase $1 in"
	for (v = 1; v <= verbs; v++) {
		verb = order[v]
		all = ""
		for (i = 1; i <= count[verb]; i++)
			all = all (i > 1 ? " " : "") spellings(verb, i, " ")
		print "\t" verb ")"
		print "\t\toptions=" quoted(all)
		print "\t\tplaces=" quoted(places(verb)) " ;;"
	}
	print "\t*) options='' places='' ;;"
	print "\tesac"
	print "}"
	print ""
	print "# What does the option $2 of the verb $1 take? Sets takes (no, yes) and kind (file, queue, the words it can be, or nothing)."
	print "_" program "_option()"
	print "{"
	print "\tcase \"$1 $2\" in"
	for (v = 1; v <= verbs; v++)
		for (i = 1; i <= count[order[v]]; i++)
			if (argument[order[v], i] != "")
				print "\t'" order[v] " " spellings(order[v], i, "' | '" order[v] " ") "') takes=yes kind=" quoted(values(order[v], i)) " ;;"
	print "\t*) takes=no kind='' ;;"
	print "\tesac"
	print "}"
	print ""
	bash_value()
	bash_place()
	bash_main(names)
}

function bash_value() {
	print "# Completes $cur, of that kind, with $1 put before it."
	print "_" program "_value()"
	print "{"
	print "\tlocal name"
	print ""
	print "\tcase $kind in"
	print "\tfile)"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -P \"$1\" -f -- \"$cur\")"
	print "\t\t;;"
	print "\tqueue)"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\twhile IFS= read -r name; do"
	print "\t\t\t[[ ! -d $name && ! -p $name ]] || COMPREPLY+=(\"$1$name\")"
	print "\t\tdone < <(compgen -f -- \"$cur\")"
	print "\t\t;;"
	print "\tnone | '') ;;"
	print "\t*) mapfile -t COMPREPLY < <(compgen -P \"$1\" -W \"$kind\" -- \"$cur\") ;;"
	print "\tesac"
	print "}"
	print ""
}

function bash_place() {
	print "# Completes $cur as the word $1, from 0, behind the options."
	print "_" program "_place()"
	print "{"
	print "\tlocal kind of"
	print ""
	print "\tread -ra of <<<\"$places\""
	print "\tkind=${of[$1]-}"
	print "\tif [[ -z $kind && ${#of[@]} -gt 0 && ${of[-1]} == *'*' ]]; then"
	print "\t\tkind=${of[-1]}"
	print "\tfi"
	print "\tkind=${kind%'*'}"
	print "\t_" program "_value ''"
	print "}"
	print ""
}

# The first word is a verb.
function bash_first(names) {
	print "\tif ((COMP_CWORD == 1)); then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W '" names " -h --help --version' -- \"$cur\")"
	print "\t\treturn"
	print "\tfi"
	print "\t_" program "_verb \"$verb\""
}

# It is a verb, or else a file or an option of the first verb.
function bash_first_mixed(names,    either) {
	either = names
	gsub(/ /, " | ", either)
	print "\tif ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -f -W '" names "' -- \"$cur\")"
	print "\t\treturn"
	print "\tfi"
	print "\tcase $verb in"
	print "\t" either ") ;;"
	print "\t*) verb=" order[1] " i=1 ;;"
	print "\tesac"
	print "\t_" program "_verb \"$verb\""
	print "\t((COMP_CWORD > 1)) || options+=' --version'"
}

function bash_main(names) {
	print "_" program "()"
	print "{"
	print "\tlocal i=2 word letters takes kind options places verb=${COMP_WORDS[1]} cur=${COMP_WORDS[COMP_CWORD]}" (mixed ? " place=0" : "")
	print ""
	print "\tCOMPREPLY=()"
	if (mixed)
		bash_first_mixed(names)
	else
		bash_first(names)
	print "\twhile ((i < COMP_CWORD)); do"
	print "\t\tword=${COMP_WORDS[i]} takes=no"
	print "\t\tcase $word in"
	print "\t\t--)"
	print "\t\t\t_" program "_place $((" (mixed ? "place + " : "") "COMP_CWORD - i - 1))"
	print "\t\t\treturn"
	print "\t\t\t;;"
	print "\t\t--*=*) ;;"
	print "\t\t--*)"
	print "\t\t\t_" program "_option \"$verb\" \"$word\""
	print "\t\t\t# bash makes = a word of its own, which may be the one at the cursor."
	print "\t\t\tif [[ ${COMP_WORDS[i + 1]} == = ]]; then"
	print "\t\t\t\ttakes=yes"
	print "\t\t\t\t((++i))"
	print "\t\t\t\t((i < COMP_CWORD)) || cur="
	print "\t\t\tfi"
	print "\t\t\t;;"
	print "\t\t-?*)"
	print "\t\t\tfor ((letters = 1; letters < ${#word}; letters++)); do"
	print "\t\t\t\t_" program "_option \"$verb\" \"-${word:letters:1}\""
	print "\t\t\t\t[[ $takes == no ]] || break"
	print "\t\t\tdone"
	print "\t\t\t# What is left of the word is the value."
	print "\t\t\t((letters >= ${#word} - 1)) || takes=no"
	print "\t\t\t;;"
	if (mixed) {
		print "\t\t*) ((++place)) ;;"
	} else {
		print "\t\t*)"
		print "\t\t\t_" program "_place $((COMP_CWORD - i))"
		print "\t\t\treturn"
		print "\t\t\t;;"
	}
	print "\t\tesac"
	print "\t\t((++i))"
	print "\t\tif [[ $takes == yes ]]; then"
	print "\t\t\tif ((i >= COMP_CWORD)); then"
	print "\t\t\t\t_" program "_value ''"
	print "\t\t\t\treturn"
	print "\t\t\tfi"
	print "\t\t\t((++i))"
	print "\t\tfi"
	print "\tdone"
	print "\tcase $cur in"
	print "\t--*=*)"
	print "\t\tword=${cur%%=*} cur=${cur#*=}"
	print "\t\t_" program "_option \"$verb\" \"$word\""
	print "\t\t_" program "_value \"$word=\""
	print "\t\t;;"
	print "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\") ;;"
	print "\t*) _" program "_place " (mixed ? "$place" : "0") " ;;"
	print "\tesac"
	print "}"
	print ""
	print "complete -F _" program " " program
}

function zsh(    v, verb) {
	print "#compdef " program
	print "# zsh completion for " program
	print ""
	print "local curcontext=$curcontext state line"
	print "local -a verbs"
	print ""
	print "verbs=("
	for (v = 1; v <= verbs; v++)
		print "\t" quoted(order[v] ":" marked(verb_help[order[v]], ":\\", "\\"))
	print ")"
	print "_arguments -C \\"
	print "\t'(- *)'{-h,--help}'[print the verbs and exit]' \\"
	print "\t'(- *)--version[print the version and exit]' \\"
	if (mixed)
		zsh_options(order[1], "\t")
	print "\t'1:verb:->verb' \\"
	print "\t'*::argument:->argument' && return"
	print ""
	print "case $state in"
	print "verb) " "_describe verb verbs" (mixed ? "; _files" : "") " ;;"
	print "argument)"
	print "\tcase $words[1] in"
	for (v = 1; v <= verbs; v++)
		zsh_verb(order[v], order[v])
	if (mixed)
		zsh_verb("*", order[1])
	print "\tesac"
	print "\t;;"
	print "esac"
}

function zsh_options(v, indent,    i, others) {
	for (i = 1; i <= count[v]; i++) {
		if (name[v, i] == "help" && indent == "\t")
			continue
		others = letter[v, i] != "" ? "(" spellings(v, i, " ") ")" : ""
		if (letter[v, i] != "")
			zsh_line(v, i, indent, others "-" letter[v, i], "+")
		zsh_line(v, i, indent, others "--" name[v, i], "=")
	}
}

# The case for these words, of the verb v.
function zsh_verb(words, v,    i, n, place) {
	print "\t" words ")"
	print "\t\t_arguments -s -S " (mixed ? "" : "-A '-*' ") "\\"
	zsh_options(v, "\t\t\t")
	n = split(places(v), place, " ")
	for (i = 1; i <= n; i++)
		print "\t\t\t" quoted((place[i] ~ /\*$/ ? "*" : i) ":" (mixed ? "log" : i == 1 ? "queue" : "argument") ":" zsh_kind(place[i])) (i < n ? " \\" : "")
	print "\t\t;;"
}

function zsh_line(v, i, indent, spec, joined,    takes) {
	takes = argument[v, i] != ""
	print indent quoted(spec (takes ? joined : "") "[" marked(help[v, i], "[]:\\", "\\") "]" (takes ? ":" argument[v, i] ":" zsh_kind(values(v, i)) : "")) " \\"
}

function zsh_kind(k) {
	sub(/\*$/, "", k)
	return k == "file" ? "_files" : k == "queue" ? "_files -g \"*(/,p)\"" : k == "none" || k == "" ? " " : "(" k ")"
}

# In single quotes, as fish reads them.
function fish_quoted(text) {
	return "'" marked(text, "'\\", "\\") "'"
}

function fish(    v, verb, i, n, place) {
	if (mixed)
		fish_functions_mixed()
	else
		fish_functions()
	print "complete -c " program " -f"
	if (mixed)
		print "complete -c " program " -n 'not __" program "_verb >/dev/null' -F"
	print "complete -c " program " -n 'not __" program "_verb >/dev/null' -s h -l help -d 'print the verbs and exit'"
	print "complete -c " program " -n 'not __" program "_verb >/dev/null' -l version -d 'print the version and exit'"
	for (v = 1; v <= verbs; v++) {
		verb = order[v]
		print "complete -c " program " -n 'not __" program "_verb >/dev/null' -a " verb " -d " fish_quoted(verb_help[verb])
		for (i = 1; i <= count[verb]; i++)
			print "complete -c " program " -n '__" program "_at " verb (mixed ? "" : " 1") "'" (letter[verb, i] != "" ? " -s " letter[verb, i] : "") " -l " name[verb, i] fish_value(verb, i) \
				" -d " fish_quoted(help[verb, i])
		n = split(places(verb), place, " ")
		for (i = 1; i <= n; i++)
			fish_place(verb, i, place[i])
	}
}

function fish_value(v, i,    k) {
	k = values(v, i)
	return argument[v, i] == "" ? "" : k == "file" ? " -r -F" : k == "queue" ? " -x -a '(__" program "_queues)'" : k == "" ? " -x" : " -x -a " fish_quoted(k)
}

function fish_place(v, n, kind,    at) {
	if (mixed && n > 1)
		return
	at = "'__" program "_at " v (mixed ? "" : " " n (kind ~ /\*$/ ? " more" : "")) "'"
	if (kind ~ /^queue/)
		print "complete -c " program " -n " at " -a '(__" program "_queues)'"
	if (kind ~ /^file/)
		print "complete -c " program " -n " at " -F"
}

function fish_functions(    v, verb, i, longs, with) {
	print "# fish completion for " program
	print ""
	print "# The verb before the cursor; fails while there is none."
	print "function __" program "_verb"
	print "    set -l words (commandline -opc)"
	print "    set -q words[2]"
	print "    and echo $words[2]"
	print "end"
	print ""
	print "# __" program "_at VERB N [more]: it is that verb, and at the cursor is the word N behind its options, or a later one."
	print "function __" program "_at"
	print "    set -l words (commandline -opc)"
	print "    test \"$words[2]\" = $argv[1]"
	print "    or return"
	print "    set -l longs"
	print "    set -l letters"
	print "    switch $argv[1]"
	for (v = 1; v <= verbs; v++) {
		verb = order[v]
		longs = with = ""
		for (i = 1; i <= count[verb]; i++)
			if (argument[verb, i] != "") {
				longs = longs " --" name[verb, i]
				with = with letter[verb, i]
			}
		if (longs != "")
			print "        case " verb "\n            set longs" longs "\n            set letters " (with != "" ? with : "''")
	}
	print "    end"
	print "    set -e words[1..2]"
	print "    while string match -q -- '-?*' $words[1]"
	print "        set -l word $words[1]"
	print "        set -e words[1]"
	print "        test \"$word\" = --"
	print "        and break"
	print "        if contains -- $word $longs; or string match -qr -- \"^-[^-$letters]*[$letters ]\\$\" $word"
	print "            set -e words[1]"
	print "        end"
	print "    end"
	print "    test (math (count $words) + 1) -eq $argv[2]"
	print "    or test \"$argv[3]\" = more -a (math (count $words) + 1) -gt $argv[2]"
	print "end"
	print ""
	print "function __" program "_queues"
	print "    for name in (__fish_complete_path (commandline -ct) '')"
	print "        set -l path (string split -m 1 \\t -- $name)[1]"
	print "        test -d $path -o -p $path"
	print "        and echo $path"
	print "    end"
	print "end"
	print ""
}

function fish_functions_mixed(    v, names) {
	for (v = 1; v <= verbs; v++)
		names = names " " order[v]
	print "# fish completion for " program
	print ""
	print "# Is there a first word before the cursor, so that what follows is no verb?"
	print "function __" program "_verb"
	print "    set -l words (commandline -opc)"
	print "    set -q words[2]"
	print "end"
	print ""
	print "# __" program "_at VERB: it is that verb, or there is none, which means the first one."
	print "function __" program "_at"
	print "    set -l words (commandline -opc)"
	print "    set -q words[2]"
	print "    and contains -- $words[2]" names
	print "    or set words[2] " order[1]
	print "    test $words[2] = $argv[1]"
	print "end"
	print ""
}
