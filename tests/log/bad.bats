#!/usr/bin/env bats
# Bad input and bad output: each verb of qlog prints one line, exits with the right status and overwrites nothing.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mapfile -t verbs < <(sed -n 's/^VERB(\(.*\))/\1/p' "$QPOOL_SRCDIR/src/qlog/qlog.def")
	[ "${#verbs[@]}" -ge 5 ]
	printf 'seq\ttry\tleft\tslot\tpid\tstart_s\twall_s\tend\tcommand\n' >good
	printf '1\t1\t0\t1\t5\t3\t1\tok\tx\n2\t1\t0\t1\t5\t4\t1\tfail\ty\n' >>good
}

# The verbs that write a file.
writers() {
	local verb

	for verb in "${verbs[@]}"; do
		if qlog "$verb" --help | grep -q -e --output; then echo "$verb"; fi
	done
}

# refused STATUS TEXT COMMAND ...: exits with the status, prints one line with the text on standard error and nothing
# else.
refused() {
	local wanted=$1 text=$2 got=0

	shift 2
	"$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || got=$?
	if [ "$got" != "$wanted" ] || [ -s "$BATS_TEST_TMPDIR/out" ] || [ "$(wc -l <"$BATS_TEST_TMPDIR/err")" != 1 ] ||
		! grep -q '^qlog: ' "$BATS_TEST_TMPDIR/err" || ! grep -qF -- "$text" "$BATS_TEST_TMPDIR/err"; then
		echo "exit $got, not $wanted with '$text', of: $*"
		cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
		return 1
	fi
}

# each STATUS TEXT FILE: every verb refuses the file, as its first log and as its last.
each() {
	local verb

	for verb in "${verbs[@]}"; do
		refused "$1" "$2" qlog "$verb" "$3" good || return 1
		refused "$1" "$2" qlog "$verb" good "$3" || return 1
	done
	refused "$1" "$2" qlog "$3"
}

@test "input: a file that is not a log is rejected" {
	: >empty
	head -c 4000 /bin/sh >binary
	head -c 100000 /dev/zero >zeros
	printf '\n\n' >blank
	printf 'all: x\n\tcc x\n' >text
	printf '{"a":1}\n{"b":2}\n' >objects
	printf '{"traceEvents":[{"ph":"X","ts":1,"dur":2,"pid":1,"tid":1,"name":"x"}]}' >another
	printf '[{"ph":"X","ts":1,"dur":2,"pid":1,"tid":1,"name":"x"}]\n' >array
	printf '[]' >brackets
	each 2 'qlog: empty: empty' empty
	for file in binary zeros blank text objects another array brackets; do
		each 2 "qlog: $file:1: not a log" "$file"
	done
}

@test "input: a log in an unsupported version is rejected" {
	printf '# ninja log v4\n0\t1\t0\ta\t1\n' >old
	printf '# ninja log v99\n0\t1\t0\ta\t1\n' >new
	qlog trace good | sed 's/"qpool_records":1/"qpool_records":99/' >later
	for file in old new later; do each 2 "qlog: $file:1: unsupported version" "$file"; done
}

@test "input: a file that cannot be read is an error" {
	mkdir folder
	ln -s nowhere link
	each 1 'qlog: folder: Is a directory' folder
	each 1 'qlog: link: ' link
	each 1 'qlog: good/x: Not a directory' good/x
	for verb in "${verbs[@]}"; do
		refused 1 'qlog: nothing: No such file or directory' qlog "$verb" good nothing
	done
	refused 1 'qlog: nothing: ' qlog nothing
	if [ "$(id -u)" != 0 ]; then
		cp good closed
		chmod 000 closed
		each 1 'qlog: closed: Permission denied' closed
	fi
}

@test "input: standard input that is not a log, or closed, is an error" {
	for verb in "${verbs[@]}"; do
		refused 2 'qlog: stdin: empty' qlog "$verb" good - </dev/null
		refused 2 'qlog: stdin:1: not a log' qlog "$verb" good - <<<x
		refused 1 'qlog: stdin: ' bash -c 'qlog "$1" good - <&-' bash "$verb"
	done
}

@test "input: senseless lines are skipped with one warning" {
	cp good torn
	printf '3\t1\t0\t1\t5\t6\t1\tok\tcut' >>torn
	cp good foreign
	printf 'x\ny\n3\t1\t0\t1\t5\t6\t1\tok\tz\n' >>foreign
	for verb in "${verbs[@]}"; do
		run -0 --separate-stderr qlog "$verb" torn good
		[ "$stderr" = 'qlog: torn:4: not a record; line skipped' ]
		run -0 --separate-stderr qlog "$verb" good foreign
		[ "$stderr" = 'qlog: foreign: skipped 2 lines that are not records; the first is line 4' ]
	done
}

@test "messages: a file name with control characters is escaped" {
	printf 'x\n' >$'a\e[31m\nb'
	each 2 'qlog: a\x1b[31m\nb:1: not a log' $'a\e[31m\nb'
}

@test "usage: wrong words are rejected" {
	refused 2 'usage: qlog summary' qlog
	refused 2 'see qlog summary --help' qlog --wrong
	for verb in "${verbs[@]}"; do
		refused 2 "usage: qlog $verb" qlog "$verb"
		refused 2 "see qlog $verb --help" qlog "$verb" --wrong good good
		run -0 --separate-stderr qlog "$verb" --help
		[ -z "$stderr" ]
		[[ $output == "usage: qlog $verb "* ]]
	done
	for verb in $(writers); do refused 2 "see qlog $verb --help" qlog "$verb" good -o; done
}

@test "output: a full, closed or read-only standard output is an error" {
	for verb in "${verbs[@]}"; do
		refused 1 'qlog: stdout: No space left on device' bash -c 'qlog "$1" good good >/dev/full' bash "$verb"
		refused 1 'qlog: stdout: Bad file descriptor' bash -c 'qlog "$1" good good >&-' bash "$verb"
		refused 1 'qlog: stdout: Bad file descriptor' bash -c 'qlog "$1" --help 1<good' bash "$verb"
	done
	refused 1 'qlog: stdout: No space left on device' bash -c 'qlog --help >/dev/full'
	refused 1 'qlog: stdout: No space left on device' bash -c 'qlog --version >/dev/full'
}

# untouched COMMAND ...: leaves the files here as they were.
untouched() {
	find . -name out -o -name err -o -name '.bats*' -o -type f -exec cksum {} + -o -print | LC_ALL=C sort >../before
	"$@" || return 1
	find . -name out -o -name err -o -name '.bats*' -o -type f -exec cksum {} + -o -print | LC_ALL=C sort >../after
	diff ../before ../after
}

@test "output: -o to a path that cannot be written is an error" {
	mkdir folder work
	cd work
	cp ../good good
	mkdir folder
	: >empty
	echo before >there
	ln -s loop loop
	for verb in $(writers); do
		untouched refused 1 'qlog: folder: Is a directory' qlog "$verb" -o folder good
		untouched refused 1 'qlog: none/x: No such file or directory' qlog "$verb" -o none/x good
		untouched refused 1 'qlog: there/x: Not a directory' qlog "$verb" -o there/x good
		untouched refused 1 'qlog: loop: Too many levels of symbolic links' qlog "$verb" -o loop good
		untouched refused 1 'qlog: /dev/full: No space left on device' qlog "$verb" -o /dev/full good
		untouched refused 1 'qlog: : No such file or directory' qlog "$verb" -o '' good
		# Something that is not a log leaves the old file.
		untouched refused 2 'qlog: empty: ' qlog "$verb" -o there empty
		untouched refused 1 'qlog: nothing: ' qlog "$verb" -o there good nothing
		untouched refused 2 'the log itself' qlog "$verb" -o good good
		untouched refused 2 'the log itself' qlog "$verb" -o ./folder/../good there good
		if [ "$(id -u)" != 0 ]; then
			chmod 444 there
			untouched refused 1 'qlog: there: Permission denied' qlog "$verb" -o there good
			chmod 555 folder
			untouched refused 1 'qlog: folder/x: Permission denied' qlog "$verb" -o folder/x good
			chmod 755 folder
			chmod 644 there
		fi
	done
}

@test "output: a disk that becomes full leaves the old file" {
	awk -F'\t' 'NR == 1 { print; next } { for (i = 0; i < 3000; i++) print }' good >long
	echo before >there
	for verb in $(writers); do
		refused 1 'qlog: there: File too large' bash -c 'ulimit -f 60; qlog "$1" -o there long' bash "$verb"
		[ "$(cat there)" = before ]
	done
	[ -z "$(find . -name '.qpool*')" ]
}
