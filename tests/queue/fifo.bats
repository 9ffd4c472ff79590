#!/usr/bin/env bats
# A named pipe as a queue, through qctl: what it takes and gives, what it refuses, and that lines stay whole.
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

# status WANTED COMMAND ...: what the command prints goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted, of: $*"; cat out err; return 1; }
}

# The pipe is open from here on, so that what is in it stays.
keep_open() {
	exec {keep}<>q
}

# Does the process have the pipe open?
has_open() {
	local fd

	for fd in /proc/"$1"/fd/*; do
		[ "$(readlink "$fd")" != "$PWD/q" ] || return 0
	done
	return 1
}

@test "any program puts a line, and get takes it" {
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

@test "put writes lines that any program reads" {
	keep_open
	[ -z "$(qctl put q a 'b c')" ]
	seq 3 4 | qctl put q
	[ "$(head -c 10 <q | tr '\n' '|')" = "a|b c|3|4|" ]
}

@test "put waits for a reader, for no longer than it is told, and says so" {
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

@test "a full pipe: put waits for room, or says so" {
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

@test "a get takes its own lines and no more" {
	keep_open
	qctl put q a b c
	[ "$(qctl get q)" = a ]
	[ "$(head -c 4 <q)" = "$(printf 'b\nc')" ]
}

@test "a get that is killed while it waits takes nothing with it" {
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

@test "lines of many writers and readers come out whole, each once" {
	local i

	keep_open
	for i in 1 2 3 4 5 6; do
		awk -v i="$i" 'BEGIN { for (n = 1; n <= 150; n++) printf("%d-%d-%0*d\n", i, n, (n * 37) % 4080 + 1, 0) }' >"in$i"
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

@test "the end of a line is waited for" {
	keep_open
	printf 'ab' >q
	status 1 qctl get -n q
	status 1 qctl get -t 0.1 q
	printf 'c\nd\n' >q
	[ "$(qctl get q)" = abc ]
	[ "$(qctl get q)" = d ]
}

@test "close ends all that read, when they have read what came before" {
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
	# What was put behind it is not lost.
	[ "$(qctl get q)" = b ]
	status 3 qctl get q
	[ "$(qctl get q)" = c ]
	status 3 qctl get q
}

@test "close needs somebody to tell" {
	status 4 qctl close q
	[ "$(wc -l <err)" = 1 ]
	grep -q 'qctl: q: cannot close: no process reads' err
	qctl get q 3>&- &
	until_true qctl close q
	wait $! || [ $? = 3 ]
}

@test "empty is told exactly, and lets no writer in that waits for a reader" {
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

# refused COMMAND ...: one line, exit 4.
refused() {
	status 4 "$@" || return 1
	cat err out
	[ "$(wc -l <err)" = 1 ] && grep -q '^qctl: q: is a named pipe, ' err && [ ! -s out ]
}

@test "what a pipe cannot is refused in one line" {
	keep_open
	refused qctl size q
	refused qctl full q
	refused qctl get --hold q
	refused qctl put -p 1 q a
	refused qctl put --after 1 q a
	refused qctl put --key k q a
	refused qctl open q
	refused qctl terminate q
	refused qctl join q
	refused qctl wait q 1
	refused qctl ready q 1
	refused qctl successful q 1
	refused qctl 'done' q 1:1
	refused qctl fail q 1:1
	refused qctl touch q 1:1
	refused qctl retry q
	refused qctl purge --all q
	refused qctl stats q
	refused qctl watch q
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

@test "a task that would not stay whole is refused, and with it all of its put" {
	keep_open
	head -c 4095 /dev/zero | tr '\0' x >longest
	qctl put q <longest
	[ "$(qctl get q)" = "$(cat longest)" ]
	echo x >>longest
	refused qctl put q <longest
	refused qctl put q a "$(cat longest)"
	refused qctl put q a "$(printf 'two\nlines')"
	refused qctl put q a "$(printf '\004')"
	status 0 qctl empty q
}

@test "hostile lines come out as they went in" {
	keep_open
	printf "'); DROP -- \$(touch x) \`touch x\`\n\xff\xfe\\\\ \t\n \n-n\n{}\na\0b\n" >lines
	qctl put q <lines
	qctl get -c 9 q | cmp - lines
	cat lines >q
	qctl get -c 9 -0 q | cmp - <(tr '\n' '\0' <lines)
	[ ! -e x ]
	status 0 qctl empty q
}

@test "a line too long to keep is told, and those behind it are not lost" {
	keep_open
	{ head -c 1100000 /dev/zero | tr '\0' x; printf '\nb\n'; } >q 3>&- &
	status 4 qctl get q
	[ "$(wc -l <err)" = 1 ]
	[ "$(qctl get q)" = b ]
}

@test "get puts back what it cannot write" {
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

@test "who waits takes no processor time, also when a writer came and went" {
	(until_true sh -c 'exec 4>q' 3>&-) 3>&- &
	[ "$(cpu_ms qctl get -t 2 q)" -lt 500 ]
	wait
	[ "$(cpu_ms qctl put -t 2 q a)" -lt 500 ]
	keep_open
	# Another has begun to read a line.
	printf 'ab' >q
	qctl get q >got 3>&- &
	until_true qctl empty q
	printf 'c' >q
	[ "$(cpu_ms qctl get -t 2 q)" -lt 500 ]
	echo >q
	wait
	[ "$(cat got)" = abc ]
}

@test "a link to a pipe is the pipe" {
	keep_open
	ln -s q link
	qctl put link a
	[ "$(qctl get link)" = a ]
}
