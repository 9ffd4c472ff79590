# Makes the completion of qpool for a shell from the list of its options:
#
#     awk -v shell=bash|zsh|fish -f docs/completions.awk src/qpool/options.def
#
# Behind the options a command completes as itself, with arguments of its own.

BEGIN { FS = "\"" }

/^FLAG\(/ { add($2, $4, "", "", $6) }
/^OPTION\(/ { add($2, $4, $6, $8, $10) }

END {
	if (count == 0) {
		print "completions.awk: no options found" | "cat >&2"
		exit 1
	}
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else if (shell == "fish")
		fish()
	else {
		print "completions.awk: -v shell=" shell ": not bash, zsh or fish" | "cat >&2"
		exit 1
	}
}

function add(l, n, a, k, h) {
	count++
	letters[count] = l
	name[count] = n
	optional[count] = a ~ /^\[=/
	argument[count] = optional[count] ? substr(a, 3, length(a) - 3) : a
	kind[count] = k
	help[count] = unescaped(h)
}

# A string of C, which has no escape but that of the backslash.
function unescaped(text,    out, at) {
	out = ""
	while ((at = index(text, "\\\\")) > 0) {
		out = out substr(text, 1, at)
		text = substr(text, at + 2)
	}
	return out text
}

# All ways to write option i, with `between` between.
function spellings(i, between,    s, j) {
	s = ""
	for (j = 1; j <= length(letters[i]); j++)
		s = s "-" substr(letters[i], j, 1) between
	return s "--" name[i]
}

# Those that are a word without its argument: the long form alone where it may be left out.
function taking(i, between) {
	return optional[i] ? "--" name[i] : spellings(i, between)
}

# What it may be set to, with blanks between.
function words(i,    w) {
	w = kind[i]
	gsub(/\|/, " ", w)
	return w
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

function bash(    i, all) {
	print "# bash completion for qpool"
	print ""
	print "# What does the option $1 take? Sets takes (no, maybe, yes) and kind (file, the words it can be, or nothing)."
	print "_qpool_option()"
	print "{"
	print "\tcase $1 in"
	for (i = 1; i <= count; i++) {
		all = all (i > 1 ? " " : "") spellings(i, " ")
		if (argument[i] != "")
			print "\t" taking(i, " | ") ") takes=" (optional[i] ? "maybe" : "yes") " kind=" quoted(words(i)) " ;;"
	}
	print "\t*) takes=no kind='' ;;"
	print "\tesac"
	print "}"
	print ""
	bash_value()
	bash_command()
	bash_main(all)
}

function bash_value() {
	print "# Completes $cur, of that kind, with $1 put before it."
	print "_qpool_value()"
	print "{"
	print "\tif [[ $kind == file ]]; then"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -P \"$1\" -f -- \"$cur\")"
	print "\telif [[ -n $kind ]]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -P \"$1\" -W \"$kind\" -- \"$cur\")"
	print "\tfi"
	print "}"
	print ""
}

function bash_command() {
	print "# The command begins at word $1."
	print "_qpool_command()"
	print "{"
	print "\tif declare -F _comp_command_offset >/dev/null; then"
	print "\t\t_comp_command_offset \"$1\""
	print "\telif declare -F _command_offset >/dev/null; then"
	print "\t\t_command_offset \"$1\""
	print "\telif ((COMP_CWORD == $1)); then"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")"
	print "\telse"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
	print "\tfi"
	print "}"
	print ""
}

function bash_main(all) {
	print "_qpool()"
	print "{"
	print "\tlocal i=1 word letters takes kind cur=${COMP_WORDS[COMP_CWORD]}"
	print ""
	print "\tCOMPREPLY=()"
	print "\twhile ((i < COMP_CWORD)); do"
	print "\t\tword=${COMP_WORDS[i]} takes=no"
	print "\t\tcase $word in"
	print "\t\t--)"
	print "\t\t\t_qpool_command $((i + 1))"
	print "\t\t\treturn"
	print "\t\t\t;;"
	print "\t\t--*=*) ;;"
	print "\t\t--*)"
	print "\t\t\t_qpool_option \"$word\""
	print "\t\t\t# bash makes = a word of its own, which may be the one at the cursor."
	print "\t\t\tif [[ ${COMP_WORDS[i + 1]} == = ]]; then"
	print "\t\t\t\ttakes=yes"
	print "\t\t\t\t((++i))"
	print "\t\t\t\t((i < COMP_CWORD)) || cur="
	print "\t\t\tfi"
	print "\t\t\t;;"
	print "\t\t-?*)"
	print "\t\t\tfor ((letters = 1; letters < ${#word}; letters++)); do"
	print "\t\t\t\t_qpool_option \"-${word:letters:1}\""
	print "\t\t\t\t[[ $takes == no ]] || break"
	print "\t\t\tdone"
	print "\t\t\t# What is left of the word is the value."
	print "\t\t\t((letters >= ${#word} - 1)) || takes=no"
	print "\t\t\t;;"
	print "\t\t*)"
	print "\t\t\t_qpool_command \"$i\""
	print "\t\t\treturn"
	print "\t\t\t;;"
	print "\t\tesac"
	print "\t\t((++i))"
	print "\t\tif [[ $takes == yes ]]; then"
	print "\t\t\tif ((i >= COMP_CWORD)); then"
	print "\t\t\t\t_qpool_value ''"
	print "\t\t\t\treturn"
	print "\t\t\tfi"
	print "\t\t\t((++i))"
	print "\t\tfi"
	print "\t\t# A value with = in it, such as now,fail=1, goes on."
	print "\t\twhile [[ ${COMP_WORDS[i]} == = ]] && ((i < COMP_CWORD)); do"
	print "\t\t\t((i += 2))"
	print "\t\tdone"
	print "\tdone"
	print "\tcase $cur in"
	print "\t--*=*)"
	print "\t\tword=${cur%%=*} cur=${cur#*=}"
	print "\t\t_qpool_option \"$word\""
	print "\t\t_qpool_value \"$word=\""
	print "\t\t;;"
	print "\t-*) mapfile -t COMPREPLY < <(compgen -W " quoted(all) " -- \"$cur\") ;;"
	print "\t*) _qpool_command \"$COMP_CWORD\" ;;"
	print "\tesac"
	print "}"
	print ""
	print "complete -F _qpool qpool"
}

function zsh(    i, j, others) {
	print "#compdef qpool"
	print "# zsh completion for qpool"
	print ""
	print "_arguments -s -S -A '-*' \\"
	for (i = 1; i <= count; i++) {
		others = letters[i] != "" ? "(" spellings(i, " ") ")" : ""
		for (j = 1; j <= length(letters[i]); j++)
			zsh_line(i, others "-" substr(letters[i], j, 1), "+", !optional[i])
		zsh_line(i, others "--" name[i], optional[i] ? "=-" : "=", 1)
	}
	print "\t'(-)1:command: _command_names -e' \\"
	print "\t'*::argument: _normal'"
}

function zsh_line(i, spec, joined, takes,    h) {
	h = marked(help[i], "[]:\\", "\\")
	takes = takes && argument[i] != ""
	print "\t" quoted(spec (takes ? joined : "") "[" h "]" (takes ? zsh_value(i) : "")) " \\"
}

function zsh_value(i) {
	return (optional[i] ? "::" : ":") argument[i] ":" (kind[i] == "file" ? "_files" : kind[i] == "" ? " " : "(" words(i) ")")
}

# In single quotes, as fish reads them.
function fish_quoted(text) {
	return "'" marked(text, "'\\", "\\") "'"
}

function fish(    i, j, shorts, value) {
	fish_command()
	print "complete -c qpool -f -a '(__qpool_complete_command)'"
	for (i = 1; i <= count; i++) {
		shorts = ""
		for (j = 1; j <= length(letters[i]); j++)
			shorts = shorts " -s " substr(letters[i], j, 1)
		value = argument[i] == "" ? "" : kind[i] == "file" ? " -r -F" : optional[i] ? " -f" : " -x"
		if (words(i) != "" && kind[i] != "file")
			value = value " -a " fish_quoted(words(i))
		if (optional[i] && shorts != "")
			fish_line(shorts, i)
		fish_line((optional[i] ? "" : shorts) " -l " name[i] value, i)
	}
}

function fish_line(spec, i) {
	print "complete -c qpool -n 'not __qpool_command >/dev/null'" spec " -d " fish_quoted(help[i])
}

function fish_command(    i, longs, with, without) {
	for (i = 1; i <= count; i++)
		if (argument[i] != "" && !optional[i]) {
			longs = longs " --" name[i]
			with = with letters[i]
		} else
			without = without letters[i]
	print "# fish completion for qpool"
	print ""
	print "# The command and its arguments before the cursor; fails while options may still come."
	print "function __qpool_command"
	print "    set -l words (commandline -opc)"
	print "    set -e words[1]"
	print "    while set -q words[1]"
	print "        set -l word $words[1]"
	print "        set -e words[1]"
	print "        if test \"$word\" = --"
	print "            printf '%s\\n' $words"
	print "            return 0"
	print "        else if contains -- $word" longs
	print "            set -e words[1]"
	print "        else if string match -qr -- '^-[" without "]*[" with "]$' $word"
	print "            set -e words[1]"
	print "        else if not string match -q -- '-?*' $word"
	print "            printf '%s\\n' $word $words"
	print "            return 0"
	print "        end"
	print "    end"
	print "    return 1"
	print "end"
	print ""
	print "function __qpool_complete_command"
	print "    set -l words (__qpool_command)"
	print "    or string match -q -- '-*' (commandline -ct)"
	print "    and not set -q words[1]"
	print "    and return"
	print "    __fish_complete_subcommand --commandline $words (commandline -ct)"
	print "end"
	print ""
}
