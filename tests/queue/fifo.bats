#!/usr/bin/env bats
# A named pipe as a queue, through qctl: putting and taking lines, which stay whole, and what is rejected.
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkfifo q
}

teardown() {
	pkill -KILL -P $$ -x qctl || true
}

# status WANTED COMMAND ...: the command exits WANTED; its output goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted: $*"; cat out err; return 1; }
}

# Keeps the pipe open, so that lines in it are not lost.
keep_open() {
	exec {keep}<>q
}

# has_open PID: whether the process has the pipe open.
has_open() {
	local fd

	for fd in /proc/"$1"/fd/*; do
		[ "$(readlink "$fd")" != "$PWD/q" ] || return 0
	done
	return 1
}

@test "get: takes lines that any program writes" {
	echo task >q 3>&- &
	[ "$(qctl get q)" = task ]
	keep_open
	printf 'a\nb c\n\n' >q
	[ "$(qctl get q)" = a ]
	[ "$(qctl get -c 9 q | tr '\n' '|')" = "b c||" ]
	status 1 qctl get -n q
	status 1 qctl get -t 0.1 q
	[ ! -s out ]
}

@test "put: writes lines that any program reads" {
	keep_open
	[ -z "$(qctl put q a 'b c')" ]
	seq 3 4 | qctl put q
	[ "$(head -c 10 <q | tr '\n' '|')" = "a|b c|3|4|" ]
}

@test "put: waits for a reader until its timeout, and reports that none came" {
	local putter

	status 1 qctl put -n q a
	grep -qx 'qctl: q: no process reads it' err
	status 1 qctl put -t 0.1 q a
	grep -qx 'qctl: q: no process reads it' err
	qctl put q a 3>&- &
	putter=$!
	[ "$(qctl get q)" = a ]
	wait "$putter"
}

@test "put: waits for free space in a full pipe, or reports that it is full" {
	local putter

	keep_open
	seq 100000 | qctl put q 3>&- &
	putter=$!
	until_true eval '! qctl put -n q more 2>err'
	grep -qx 'qctl: q: is full' err
	while qctl get -t 0.5 -c 1000 q >>got; do :; done
	wait "$putter"
	grep -vx more got | cmp - <(seq 100000)
}

@test "get: reads no bytes beyond its lines" {
	keep_open
	qctl put q a b c
	[ "$(qctl get q)" = a ]
	[ "$(head -c 4 <q)" = "$(printf 'b\nc')" ]
}

@test "get: killed while it waits, it takes no line with it" {
	local getter

	keep_open
	qctl get q 3>&- {keep}>&- &
	getter=$!
	until_true has_open "$getter"
	kill -KILL "$getter"
	wait "$getter" || true
	qctl put q a
	[ "$(qctl get q)" = a ]
}

@test "put and get: lines of many writers and readers stay whole, and each is taken once" {
	local i

	keep_open
	for i in 1 2 3 4 5 6; do
		awk -v i="$i" 'BEGIN {
			for (n = 1; n <= 150; n++)
				printf("%d-%d-%0*d\n", i, n, (n * 37) % 4080 + 1, 0)
		}' >"in$i"
		qctl put q <"in$i" 3>&- &
		echo $! >>putters
	done
	for i in 1 2 3; do
		while qctl get -c 7 q; do :; done >"got$i" 3>&- 2>"err$i" &
		echo $! >>getters
	done
	while read -r i; do wait "$i"; done <putters
	qctl close q
	while read -r i; do wait "$i" || true; done <getters
	cat err?
	[ ! -s err1 ]
	cmp <(sort in?) <(sort got?)
}

@test "get: waits for the end of a line" {
	keep_open
	printf 'ab' >q
	status 1 qctl get -n q
	status 1 qctl get -t 0.1 q
	printf 'c\nd\n' >q
	[ "$(qctl get q)" = abc ]
	[ "$(qctl get q)" = d ]
}

@test "close: all readers exit 3 when they have taken the lines before it" {
	local i

	keep_open
	for i in 1 2 3; do
		qctl get q >"got$i" 3>&- &
		echo $! >>getters
	done
	qctl put q a
	qctl close q
	while read -r i; do
		wait "$i" || echo $? >>statuses
	done <getters
	[ "$(cat got?)" = a ]
	[ "$(cat statuses)" = "$(printf '3\n3')" ]
	status 3 qctl get -n q
	status 3 qctl get q
	[ "$(od -An -c <&"$keep" -N 2 | tr -d ' ')" = '004\n' ]
	printf 'b\n\004\nc\n' >q
	# Lines behind the mark are not lost.
	[ "$(qctl get q)" = b ]
	status 3 qctl get q
	[ "$(qctl get q)" = c ]
	status 3 qctl get q
}

@test "close: fails while no process reads" {
	status 4 qctl close q
	[ "$(wc -l <err)" = 1 ]
	grep -q 'qctl: q: cannot close: no process reads' err
	qctl get q 3>&- &
	until_true qctl close q
	wait $! || [ $? = 3 ]
}

@test "empty: is exact, and does not let a writer go on that waits for a reader" {
	local writer

	status 0 qctl empty q
	echo a >q 3>&- &
	writer=$!
	status 0 qctl empty q
	status 1 qctl get -n q
	kill -0 "$writer"
	[ "$(qctl get q)" = a ]
	wait "$writer"
	keep_open
	status 0 qctl empty q
	qctl put q b
	status 1 qctl empty q
	qctl get q
	status 0 qctl empty q
}

# rejected COMMAND ...: prints one line and exits 4.
rejected() {
	status 4 "$@" || return 1
	cat err out
	[ "$(wc -l <err)" = 1 ] && grep -q '^qctl: q: is a named pipe, ' err && [ ! -s out ]
}

@test "qctl: each verb that a pipe does not support is rejected in one line" {
	keep_open
	rejected qctl size q
	rejected qctl full q
	rejected qctl get --hold q
	rejected qctl put -p 1 q a
	rejected qctl put --after 1 q a
	rejected qctl put --key k q a
	rejected qctl open q
	rejected qctl terminate q
	rejected qctl join q
	rejected qctl wait q 1
	rejected qctl ready q 1
	rejected qctl successful q 1
	rejected qctl 'done' q 1:1
	rejected qctl fail q 1:1
	rejected qctl touch q 1:1
	rejected qctl retry q
	rejected qctl purge --all q
	rejected qctl stats q
	rejected qctl watch q
	status 4 qctl list q
	[ "$(wc -l <err)" = 1 ]
	[ ! -s out ]
	# These exit with a job's status. Nothing was put.
	status 125 qctl apply q true
	status 125 qctl map q <<<true
	status 125 qctl result q 1
	status 0 qctl empty q
	status 4 qctl create q
	status 4 qctl create -f q
	status 0 qctl empty q
}

@test "put: a task that would not stay whole is rejected, with all others of the put" {
	keep_open
	head -c 4095 /dev/zero | tr '\0' x >longest
	qctl put q <longest
	[ "$(qctl get q)" = "$(cat longest)" ]
	echo x >>longest
	rejected qctl put q <longest
	rejected qctl put q a "$(cat longest)"
	rejected qctl put q a "$(printf 'two\nlines')"
	rejected qctl put q a "$(printf '\004')"
	status 0 qctl empty q
}

@test "put and get: lines with any bytes are not changed" {
	keep_open
	printf "'); DROP -- \$(touch x) \`touch x\`\n\xff\xfe\\\\ \t\n \n-n\n{}\na\0b\n" >lines
	qctl put q <lines
	qctl get -c 9 q | cmp - lines
	cat lines >q
	qctl get -c 9 -0 q | cmp - <(tr '\n' '\0' <lines)
	[ ! -e x ]
	status 0 qctl empty q
}

@test "get: a line that is too long is reported, and the next ones are not lost" {
	keep_open
	{ head -c 1100000 /dev/zero | tr '\0' x; printf '\nb\n'; } >q 3>&- &
	status 4 qctl get q
	[ "$(wc -l <err)" = 1 ]
	[ "$(qctl get q)" = b ]
}

@test "get: lines that cannot be written out go back into the pipe" {
	keep_open
	qctl put q a b
	status 4 sh -c 'qctl get -c 2 q >/dev/full'
	[ "$(qctl get -c 9 q | tr '\n' ' ')" = "a b " ]
}

# The processor time of a command in milliseconds.
cpu_ms() {
	local TIMEFORMAT='%3U %3S'

	{ time "$@" >/dev/null 2>&1 || true; } 2>&1 | awk '{ print int(($1 + $2) * 1000) }'
}

@test "get and put: waiting takes no processor time, even after a writer has exited" {
	(until_true sh -c 'exec 4>q' 3>&-) 3>&- &
	[ "$(cpu_ms qctl get -t 2 q)" -lt 500 ]
	wait
	[ "$(cpu_ms qctl put -t 2 q a)" -lt 500 ]
	keep_open
	# Another process has read a part of a line.
	printf 'ab' >q
	qctl get q >got 3>&- &
	until_true qctl empty q
	printf 'c' >q
	[ "$(cpu_ms qctl get -t 2 q)" -lt 500 ]
	echo >q
	wait
	[ "$(cat got)" = abc ]
}

@test "qctl: a symbolic link to a pipe is that pipe" {
	keep_open
	ln -s q link
	qctl put link a
	[ "$(qctl get link)" = a ]
}
