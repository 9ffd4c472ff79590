#!/usr/bin/env bats
# The command line of qpool: wrong usage is rejected before anything happens; --help and the completions of the shells
# have each option.

# shellcheck disable=SC2154 # `run --separate-stderr` sets stderr

bats_require_minimum_version 1.5.0

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	bash_file=$QPOOL_DATADIR/bash-completion/completions/qpool
	zsh_file=$QPOOL_DATADIR/zsh/site-functions/_qpool
	fish_file=$QPOOL_DATADIR/fish/vendor_completions.d/qpool.fish
}

# refused OPTION ...: a usage error: one line on standard error, no output, no job run, no log created.
refused()
{
	local status=0

	rm -rf ran log
	echo ran | qpool "$@" touch >out 2>err || status=$?
	if [ "$status" -ne 2 ] || [ "$(wc -l <err)" -ne 1 ] || [ -s out ] || [ -e ran ] || [ -e log ]; then
		echo "qpool $*: status $status, stderr:"
		cat err
		ls
		return 1
	fi
	if ! grep -q '^qpool: ' err || grep -q '[[:cntrl:]]' err; then
		echo "qpool $*: not one plain line of qpool:"
		cat err
		return 1
	fi
}

# says OPTION ... -- TEXT: refused, with TEXT in the message.
says()
{
	local words=()

	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	refused "${words[@]}" || return 1
	if ! grep -qF -- "$2" err; then
		echo "not said: $2"
		cat err
		return 1
	fi
}

# taken OPTION ...: the options are accepted, and the job runs.
taken()
{
	rm -f ran
	echo ran | qpool -q "$@" touch && [ -e ran ]
}

# The options in options.def: letters, name, argument and completion, one option per line, with - for what is missing.
options()
{
	# An entry may have several lines, and ends in a parenthesis.
	awk '/^(FLAG|OPTION)\(/ { entry = "" } { entry = entry $0 } /\)$/ { print entry; entry = "" }' \
		"$QPOOL_SRCDIR/src/qpool/options.def" |
		awk -F '"' '
		/^FLAG\(/ { print ($2 == "" ? "-" : $2), $4, "-", "-" }
		/^OPTION\(/ { print ($2 == "" ? "-" : $2), $4, ($6 == "" ? "-" : $6), ($8 == "" ? "-" : $8) }'

}

# All forms of all options, one per line.
spellings()
{
	options | while read -r letters name _; do
		[ "$letters" = - ] || echo "$letters" | fold -w 1 | sed 's/^/-/'
		echo "--$name"
	done
}

@test "options: the list of options can be read" {
	[ "$(options | wc -l)" -ge 30 ]
	[ "$(spellings | sort | uniq -d | wc -l)" -eq 0 ]
}

@test "options: an unknown option is rejected" {
	says --nosuch -- '--nosuch: unknown option; see qpool --help'
	says --nosuch=1 -- '--nosuch=1'
	says -Z -- '-Z'
	says -qZ -- '-Z'
	says $'-\n' -- '-\n'
	says $'--a\nb' -- '--a\nb'
	says $'-\xff' -- '-\xff'
	says --=3 -- '--=3'
	says --- -- '---'
	says --re -- '--re: ambiguous option; see qpool --help'
}

@test "options: a missing or unwanted value is rejected" {
	local letters name argument letter

	while read -r letters name argument _; do
		case $argument in
		-)
			says "--$name=x" -- "--$name: takes no value"
			;;
		'['*) ;;
		*)
			run -2 --separate-stderr qpool "--$name" </dev/null
			[ "$output" = '' ]
			[ "$stderr" = "qpool: --$name: requires a value, $argument; see qpool --help" ]
			[ "$letters" != - ] || continue
			for letter in $(echo "$letters" | fold -w 1); do
				run -2 --separate-stderr qpool "-$letter" </dev/null
				[ "$stderr" = "qpool: -$letter: requires a value, $argument; see qpool --help" ]
			done
			;;
		esac
	done < <(options)
}

@test "options: a number outside its range is rejected" {
	local n

	for n in '' ' ' a -1 +1 ' 1' '1 ' 1.5 1e3 0x10 1k nan inf 99999999999999999999 $'1\n2' $'\xff' ٣; do
		refused -n "$n"
		refused -j "$n"
		refused -P "$n"
		refused "--jobs=$n"
		refused --retries "$n"
		refused "--max-args=$n"
	done
	refused -n 0
	refused -n 2147483648
	refused -j 1000001
	refused --retries 0
	refused --retries 1000001
	says -j abc -- "qpool: -j: must be a number from 0 to 1000000, not 'abc'; see qpool --help"
	says --jobs=abc -- "qpool: --jobs: must be a number from 0 to 1000000, not 'abc'; see qpool --help"
	says -j $'1\n2\e[m' -- "'1\\n2\\x1b[m'"
}

@test "options: seconds and load must be decimal numbers" {
	local n

	for n in '' . -1 +1 ' 1' '1 ' 1e3 0x10 nan inf infinity 1.2.3 1,5 1s 5m $'1\n' --; do
		refused --delay "$n"
		refused "--timeout=$n"
		refused --grace "$n"
		refused --load "$n"
	done
	refused --load 0
	refused --load 0.0
}

@test "options: a size must be a number of bytes" {
	local n

	for n in '' K -1 +1 ' 1' '1 ' 1.5G 1KB 1X 0x10 1e3 10% 99999999999999999999 17592186044416T; do
		refused --memfree "$n"
		refused "--spill-max=$n"
	done
}

@test "options: a value that is not in the list is rejected" {
	local name list n

	while read -r name list; do
		for n in '' x none- "${list%%|*}x" "$list" "${list%?}"; do
			refused "--$name=$n" -l log
		done
	done < <(options | awk '$4 ~ /\|/ && $2 != "halt" { print $2, $4 }')
	says --order=fast -- "--order: must be one of input|completion|none, not 'fast'"
	refused -R=jsonl
	refused --records=text
}

@test "options: a delimiter must be one byte" {
	local d

	for d in '' ab '\q' '\x' '\xg' '\x123' '\400' '\8' '\0123' 'ä' '\n\n'; do
		refused -d "$d"
	done
	says -d '' -- '\0 means NUL'
}

@test "options: an invalid --halt rule is rejected" {
	local h

	for h in '' x now soon 'now,' now,fail now,fail= now,fail=0 now,fail=-1 now,fail=x \
		now,fail=0% now,fail=101% later,fail=1 now,win=1 3 \
		never,fail=1 'now,fail=1 ' NOW,fail=1; do
		refused --halt "$h"
	done
}

@test "options: an empty string or file name is rejected" {
	refused -I ''
	refused -a ''
	refused -l ''
}

@test "options: a conflict is rejected, with advice" {
	says -q -v -- 'omit one of them'
	says -qv -- 'omit one of them'
	says -0 -d x -- 'omit one of them'
	says -I X --no-template -- 'omit one of them'
	says --resume -- '-l FILE'
	says --resume-failed -- '-l FILE'
	says --log-format=tsv -- '-l FILE'
	says --tag --order=none -- 'use --order=input or --order=completion'
	says --order=none --line-buffer -- 'use --order=input or --order=completion'
	says --order=none --spill-max=1G -- 'use --order=input or --order=completion'
}

@test "options: valid values are accepted" {
	local v

	for v in 0 1 7 1000000; do taken -j "$v"; done
	for v in 0 .5 1. 1.25 10; do taken --grace "$v"; done
	for v in 0 1 010 1k 64M 2G 1T; do taken --spill-max "$v"; done
	for v in 0 1K; do taken --memfree "$v"; done
	# shellcheck disable=SC1003 # two backslashes are meant
	for v in ';' '\n' '\0' '\t' '\\' '\x1f' '\037' $'\\' $'\xff'; do taken -d"$v" -n1 -a <(printf ran); done
	for v in never now,fail=1 soon,fail=20% now,success=1 soon,done=3; do taken --halt "$v"; done
	for v in auto always never; do taken "--progress=$v"; done
	for v in input completion none; do taken "--order=$v"; done
	taken --load 100000 --delay 0 --timeout 0 --retries 2 --no-run-if-empty -r
	taken --tag --line-buffer --order=completion
	taken --no-template --retries=1 -P3 -n5 -n 1
	taken -l log.jsonl --log-format=tsv --resume --resume-failed
}

@test "options: parsing stops at the first operand, and at --" {
	run -0 qpool -q echo -n --order=none <<<x
	[ "$output" = '--order=none x' ]
	run -0 qpool -q -- echo -j <<<x
	[ "$output" = '-j x' ]
	run -0 qpool -qj2 -n1 echo -q -- <<<x
	[ "$output" = '-q -- x' ]
}

@test "options: an unambiguous abbreviation is accepted" {
	run -0 qpool --qui --ord=input echo <<<x
	[ "$output" = x ]
}

@test "options: --version prints the version and the licence" {
	run -0 --separate-stderr qpool --version </dev/null
	[[ ${lines[0]} == 'qpool '[0-9]*.[0-9]* ]]
	[[ $output == *licence* ]]
	[ "$stderr" = '' ]
	[ "$output" = "$(qpool -V)" ]
}

@test "options: --help prints to standard output, in 80 columns, with an example" {
	run -0 --separate-stderr qpool --help </dev/null
	[ "$stderr" = '' ]
	[[ $output == *'find src -type f | qpool -j3 cp -t dst'* ]]
	[ "$output" = "$(qpool -h)" ]
	[ "$(qpool --help | awk 'length > 80' | wc -l)" -eq 0 ]
	[ "$(qpool --help | grep -c ' $')" -eq 0 ]
}

@test "options: --help and --version fail with one line if they cannot be written" {
	[ -w /dev/full ] || skip "/dev/full is missing"
	for option in --help --version; do
		status=0
		qpool "$option" >/dev/full 2>err || status=$?
		[ "$status" -eq 1 ]
		grep -q '^qpool: stdout: ' err
		[ "$(wc -l <err)" -eq 1 ]
		status=0
		qpool "$option" >&- 2>err || status=$?
		[ "$status" -eq 1 ]
		[ "$(wc -l <err)" -eq 1 ]
	done
}

@test "options: --help lists each option" {
	local spelling

	qpool --help >help
	while read -r spelling; do
		grep -qE -- "(^|[ ,])$spelling([ ,=[]|\$)" help || { echo "not there: $spelling"; return 1; }
	done < <(spellings)
}

@test "options: the completion for bash has each option" {
	bash -n "$bash_file"
	# shellcheck source=/dev/null
	. "$bash_file"
	COMP_WORDS=(qpool -) COMP_CWORD=1
	_qpool
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$(spellings | sort)" ]
}

@test "options: the completion for zsh has each option" {
	local spelling

	while read -r spelling; do
		grep -qF -- "$spelling" "$zsh_file" || { echo "not there: $spelling"; return 1; }
	done < <(spellings)
	[ "$(head -n1 "$zsh_file")" = '#compdef qpool' ]
	command -v zsh >/dev/null || skip "zsh is not installed"
	zsh -n "$zsh_file"
}

@test "options: the completion for fish has each option" {
	local letters name letter

	while read -r letters name _; do
		grep -q -- " -l $name " "$fish_file" || { echo "not there: --$name"; return 1; }
		[ "$letters" != - ] || continue
		for letter in $(echo "$letters" | fold -w 1); do
			grep -q -- " -s $letter " "$fish_file" || { echo "not there: -$letter"; return 1; }
		done
	done < <(options)
	command -v fish >/dev/null || skip "fish is not installed"
	HOME=$BATS_TEST_TMPDIR fish -n "$fish_file"
}

# completes WORD ... => CANDIDATE ...: what bash offers for the last word.
completes()
{
	COMP_WORDS=()
	while [ "$1" != '=>' ]; do
		COMP_WORDS+=("$1")
		shift
	done
	shift
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_qpool || :
	if [ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" != "$(printf '%s\n' "$@" | sort)" ]; then
		echo "${COMP_WORDS[*]}: ${COMPREPLY[*]}"
		return 1
	fi
}

@test "options: bash completes options, values, and the command with its arguments" {
	# shellcheck source=/dev/null
	. "$bash_file"
	touch 'file one' file-two
	completes qpool --ord '=>' --order
	completes qpool --resume '=>' --resume --resume-failed
	completes qpool --order '' '=>' input completion none
	completes qpool --order = '=>' input completion none
	completes qpool --order = co '=>' completion
	completes qpool --order=co '=>' --order=completion
	completes qpool --records = js '=>' jsonl
	completes qpool --halt now, '=>' now,fail=1 now,success=1 now,done=1
	completes qpool -a 'fi' '=>' 'file one' file-two
	completes qpool -Rql 'fi' '=>' 'file one' file-two
	completes qpool --log 'fi' '=>' 'file one' file-two
	completes qpool -j3 cp 'fi' '=>' 'file one' file-two
	completes qpool -j 3 --halt now,fail = 1 cp 'fi' '=>' 'file one' file-two
	completes qpool cp --ord '=>' ''
	completes qpool -- --ord '=>' ''
	completes qpool -j '' '=>' ''
}

@test "options: bash uses bash-completion for the command if it is loaded" {
	# shellcheck source=/dev/null
	. "$bash_file"
	_command_offset() { COMPREPLY=("offset $1"); }
	completes qpool -j 3 make '' '=>' 'offset 3'
	completes qpool ma '=>' 'offset 1'
	completes qpool -qj3 -- ma '=>' 'offset 3'
	_comp_command_offset() { COMPREPLY=("new offset $1"); }
	completes qpool --progress make '' '=>' 'new offset 2'
}

@test "options: fish completes options, values, and the command with its arguments" {
	command -v fish >/dev/null || skip "fish is not installed"
	export HOME=$BATS_TEST_TMPDIR
	mkdir -p .config/fish
	touch file-one
	ask() {
		fish -c "source '$fish_file'; complete -c own -l own-option; complete -C '$1'" |
			cut -f1 | sort | tr '\n' ' '
	}
	[ "$(ask 'qpool --ord')" = '--order ' ]
	[ "$(ask 'qpool --order ')" = 'completion input none ' ]
	[ "$(ask 'qpool --records=js')" = '--records=jsonl ' ]
	[ "$(ask 'qpool -a file')" = 'file-one ' ]
	[ "$(ask 'qpool -j 3 cp file')" = 'file-one ' ]
	[ "$(ask 'qpool -j 3 own --own')" = '--own-option ' ]
	[ "$(ask 'qpool own --ord')" = '' ]
}

# is_clean FILE: has it something in it, and nothing that a terminal would obey?
is_clean() {
	[ -s "$1" ] && ! LC_ALL=C grep -q "[^[:print:]]" "$1"
}

# safe COMMAND ...: does the command print a message that names the hostile text, and nothing that a terminal would
# obey?
safe() {
	"$@" >/dev/null 2>message <input || true
	if ! is_clean message || ! grep -qF '\x1b]0;' message; then
		echo "$*: $(cat -v message)"
		return 1
	fi
}

@test "messages: no name, argument or variable reaches the terminal unescaped" {
	local evil=$'\e]0;title\a\302\233\342\200\256' option

	echo a >input
	for option in -a -Q -l --html --trace --halt --retries --timeout -d -j --order --jobserver-auth "--$evil"; do
		safe qpool "$option" "$evil/x" echo
	done
	safe qpool "./$evil"
	safe qpool --one "./$evil"
	safe qpool --one "$evil"
	safe qpool --profile "./$evil"
	safe env MAKEFLAGS="--jobserver-auth=fifo:$evil" qpool true
	safe env MAKELEVEL=1 MAKEFLAGS="--jobserver-auth=fifo:$evil" qpool true
	for option in put get list size stats map feed watch "$evil"; do safe qctl "$option" "$evil"; done
	safe qctl apply "$evil" echo
	safe qctl wait "$evil" 1
	safe qctl move "$evil" "$evil"
	qctl create q
	safe qctl touch q "$evil"
	safe qctl list --state "$evil" q
	echo x >log
	for option in summary slowest failed timeline html trace; do safe qlog "$option" "$evil"; done
	safe qlog "$evil"
	: >"$evil"
	safe qlog summary "./$evil"
	safe env QPOOL_LOG="/$evil/log" "$QPOOL_BINDIR/qpool-sh" -c :
}

@test "records: a change of text direction is escaped on a terminal" {
	local evil=$'\342\200\256'

	command -v script >/dev/null || skip "script is not installed"
	qctl create q
	qctl put q ": $evil a" >/dev/null
	printf ': %s\n' "$evil" >in
	script -qec 'qpool -v -l log <in; qpool -R <in; qctl list q; qlog log' out >/dev/null </dev/null
	run ! grep -q "$evil" out
	[ "$(grep -cF '\xe2\x80\xae' out)" = 4 ]
	# A file gets the exact bytes.
	qpool -R <in | grep -qF "$evil"
	qctl list q | grep -qF "$evil"
}
