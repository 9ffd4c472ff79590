#!/usr/bin/env bats
# The completions of qctl for three shells, and its manual page, have each verb, and each option that its --help lists.

# shellcheck disable=SC2154 # `run --separate-stderr` sets stderr

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	bash_file=$QPOOL_DATADIR/bash-completion/completions/qctl
	zsh_file=$QPOOL_DATADIR/zsh/site-functions/_qctl
	fish_file=$QPOOL_DATADIR/fish/vendor_completions.d/qctl.fish
	export HOME=$BATS_TEST_TMPDIR
	mkdir -p .config/fish
}

# The verbs, from the names of their source files.
verbs() {
	grep -l '^const struct qctl_verb qctl_verb_' "$QPOOL_SRCDIR"/src/qctl/*.c | sed 's/.*\///; s/\.c$//'
}

# The options in the --help of a verb: LETTER NAME ARGUMENT per line, with - for what is missing.
options() {
	qctl "$1" --help | sed -nE \
		-e 's/^  -(.), --([a-z-]+) ([^ ]+) .*/\1 \2 \3/p;t' -e 's/^  -(.), --([a-z-]+) .*/\1 \2 -/p;t' \
		-e 's/^ +--([a-z-]+) ([^ ]+) .*/- \1 \2/p;t' -e 's/^ +--([a-z-]+) .*/- \1 -/p'
}

# All forms of them, one per line. Every verb has -h and --help.
spellings() {
	local letter name _

	printf '%s\n' -h --help
	options "$1" | while read -r letter name _; do
		[ "$letter" = - ] || printf '%s\n' "-$letter"
		printf '%s\n' "--$name"
	done
}

same() {
	[ "$(sort <<<"$1")" = "$(sort <<<"$2")" ] || { diff <(sort <<<"$1") <(sort <<<"$2"); return 1; }
}

@test "completions: qctl --help lists each verb that has a source file" {
	[ "$(verbs | wc -l)" -ge 8 ]
	same "$(verbs)" "$(qctl --help | sed -nE 's/^  ([a-z]+) +.*/\1/p')"
}

@test "completions: --state takes each state that stats prints" {
	qctl create q
	[[ $(qctl stats q | head -n 7 | cut -f1 | tr '\n' ' ') == 'ready delayed running held done failed dead ' ]]
	# shellcheck source=/dev/null
	. "$bash_file"
	for verb in list purge; do
		same "$(complete_bash qctl "$verb" --state '')" "$(qctl stats q | head -n 7 | cut -f1)"
	done
}

@test "completions: each verb and each of its options is in qctl(1)" {
	local verb letter name _

	for verb in $(verbs); do
		grep -qE "^\\.(It )?Cm $verb( |\$)" "$QPOOL_MANDIR/man1/qctl.1" ||
			{ echo "not there: $verb"; return 1; }
		options "$verb" | while read -r letter name _; do
			grep -qE -- "^\\..*(Fl|,) -$name( |\$)" "$QPOOL_MANDIR/man1/qctl.1" ||
				{ echo "$verb: not there: --$name"; return 1; }
			[ "$letter" = - ] ||
				grep -qE -- "^\\..*(Fl|\|) [a-zA-Z0]*$letter( |\$)" "$QPOOL_MANDIR/man1/qctl.1" ||
				{ echo "$verb: not there: -$letter"; return 1; }
		done
	done
}

# complete_bash WORD ...: what bash offers for the last of the words.
complete_bash() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_qctl || :
	printf '%s\n' "${COMPREPLY[@]}"
}

@test "completions: bash offers each verb and each of its options" {
	local verb

	bash -n "$bash_file"
	# shellcheck source=/dev/null
	. "$bash_file"
	same "$(complete_bash qctl '')" "$(verbs; printf '%s\n' -h --help --version)"
	for verb in $(verbs); do
		same "$(complete_bash qctl "$verb" -)" "$(spellings "$verb")" || { echo "of $verb"; return 1; }
	done
}

@test "completions: bash completes queues, tasks and values, each in its place" {
	# shellcheck source=/dev/null
	. "$bash_file"
	rm -r .config
	mkdir 'one q'
	mkfifo pipe
	touch plain
	same "$(complete_bash qctl size '')" "$(printf '%s\n' 'one q' pipe)"
	same "$(complete_bash qctl size pi)" pipe
	same "$(complete_bash qctl get -t 5 -c 3 pi)" pipe
	same "$(complete_bash qctl get -t5 pi)" pipe
	same "$(complete_bash qctl get -nt 5 pi)" pipe
	same "$(complete_bash qctl get -- pi)" pipe
	same "$(complete_bash qctl get --timeout = 5 pi)" pipe
	same "$(complete_bash qctl get -t '')" ''
	same "$(complete_bash qctl size pipe '')" ''
	same "$(complete_bash qctl put pipe pl)" plain
	same "$(complete_bash qctl put pipe plain pl)" plain
	same "$(complete_bash qctl create --sync '')" "$(printf '%s\n' full put)"
	same "$(complete_bash qctl create --sync = f)" full
	same "$(complete_bash qctl create --sync=f)" --sync=full
	same "$(complete_bash qctl nonsense -)" ''
}

@test "completions: zsh has each verb and each of its options, and zsh accepts it" {
	local verb spelling

	[ "$(head -n 1 "$zsh_file")" = '#compdef qctl' ]
	for verb in $(verbs); do
		grep -q "^	'$verb:" "$zsh_file" || { echo "not there: $verb"; return 1; }
		sed -n "/^	$verb)\$/,/^		;;\$/p" "$zsh_file" >"of-$verb"
		for spelling in $(spellings "$verb"); do
			grep -qE -- "^			'(\([^)]*\))?${spelling}[[+=]" "of-$verb" ||
				{ echo "$verb: not there: $spelling"; return 1; }
		done
		[ "$(grep -cE "^			'(\([^)]*\))?-" "of-$verb")" = "$(spellings "$verb" | wc -l)" ]
	done
	command -v zsh >/dev/null || skip "zsh is not installed"
	zsh -n "$zsh_file"
}

# ask LINE: what fish offers behind it.
ask() {
	fish -c "source '$fish_file'; complete -C '$1'" | cut -f1 | sort | tr '\n' ' '
}

@test "completions: fish has each verb and each of its options, and fish accepts it" {
	local verb letter name _

	for verb in $(verbs); do
		grep -q " -a $verb -d " "$fish_file" || { echo "not there: $verb"; return 1; }
		options "$verb" | while read -r letter name _; do
			[ "$letter" = - ] && letter='' || letter=" -s $letter"
			grep -q -- "__qctl_at $verb 1'$letter -l $name " "$fish_file" ||
				{ echo "$verb: not there: --$name"; return 1; }
		done
	done
	command -v fish >/dev/null || skip "fish is not installed"
	fish -n "$fish_file"
}

@test "completions: fish completes verbs, options, queues and values, each in its place" {
	command -v fish >/dev/null || skip "fish is not installed"
	mkdir queue
	mkfifo pipe
	touch plain
	[ "$(ask 'qctl siz')" = 'size ' ]
	[ "$(ask 'qctl put --tim')" = '--timeout ' ]
	[ "$(ask 'qctl size --tim')" = '' ]
	[ "$(ask 'qctl create --sync ')" = 'full put ' ]
	[ "$(ask 'qctl get -t 5 pi')" = 'pipe ' ]
	[ "$(ask 'qctl get pl')" = '' ]
	[ "$(ask 'qctl get queu')" = 'queue/ ' ]
	[ "$(ask 'qctl get -n pipe ')" = '' ]
	[ "$(ask 'qctl put -t 5 pipe pl')" = 'plain ' ]
	[ "$(ask 'qctl put pipe plain pl')" = 'plain ' ]
}

@test "completions: a marker without a list stops the build" {
	local program=$QPOOL_BUILDDIR/src/completions/completions

	cp "$QPOOL_SRCDIR"/src/completions/*.bash .
	"$program" . docs/qctl.bash >out
	cmp out "$bash_file"
	echo '@@verb-casse' >>verbs.bash
	run -1 --separate-stderr "$program" . docs/qctl.bash
	[ "$stderr" = 'completions: ./verbs.bash: unknown marker verb-casse' ]
	run -1 --separate-stderr "$program" . docs/qctl.csh
	[ "$stderr" = 'completions: qctl.csh: not the name of a completion' ]
}
