#!/usr/bin/env bats
# The verbs of qctl except put and get: their output and exit status. tests/lib/queue-run runs the tasks.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	PATH=$QPOOL_BUILDDIR/tests/lib:$PATH
}

# has_waiter QUEUE: whether a process listens for notifications to all listeners.
has_waiter() {
	[ -n "$(ls "$1/waiters")" ]
}

teardown() {
	pkill -KILL -P $$ -x qctl || true
	pkill -KILL -P $$ -x queue-run || true
	end_workers
}

# status WANTED COMMAND ...: the command exits with WANTED; its output goes to the files out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted, of: $*"; cat out err; return 1; }
}

# says TEXT: the file err is one message of qctl that contains TEXT.
says() {
	if ! { [ "$(wc -l <err)" = 1 ] && grep -q '^qctl: ' err && grep -qF -- "$1" err; }; then
		cat err
		return 1
	fi
}

# hold QUEUE ...: takes the next task and prints its lease.
hold() {
	qctl get --hold "$@" | cut -f 1
}

# column NAME: that column of the file out, which qctl list printed.
column() {
	awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' out
}

# -- Leases ------------------------------------------------------------------------------------------------------------

@test "qctl done: a leased task is removed, and its lease can be used once" {
	local lease

	qctl create q
	qctl put -q q a b
	lease=$(hold q)
	status 0 qctl 'done' q "$lease"
	[ ! -s out ] && [ ! -s err ]
	status 3 qctl 'done' q "$lease"
	says "q: $lease: lease lost"
	[ "$(qctl get -c 9 q)" = b ]
}

@test "qctl done: several leases are ended, and each lost one is reported" {
	local one two

	qctl create q
	qctl put -q q a b
	one=$(hold q)
	two=$(hold q)
	status 3 qctl 'done' q 1:1 "$one" "$two"
	says "q: 1:1: lease lost"
	qctl close q
	status 3 qctl get -n q
}

@test "qctl fail: the task is ready again at once, and dead after its last attempt" {
	qctl create -a 2 q
	qctl put -q q a
	status 0 qctl fail -e first q "$(hold q)"
	[ "$(qctl size q)" = 1 ]
	status 0 qctl fail q "$(hold q)"
	[ "$(qctl size q)" = 0 ]
	status 3 qctl fail q 1:1
	says "lease lost"
}

@test "qctl done, fail, touch: an expired lease is lost" {
	local lease

	qctl create q
	qctl put -q q a
	lease=$(hold --lease 0 q)
	status 3 qctl touch q "$lease"
	says "lease lost"
	status 3 qctl 'done' q "$lease"
	status 3 qctl fail q "$lease"
	[ "$(qctl get -n q)" = a ]
}

@test "qctl touch: a lease is extended, or ended" {
	local lease

	qctl create q
	qctl put -q q a
	lease=$(hold --lease 1000 q)
	status 0 qctl touch --lease 2000 q "$lease"
	[ "$(sqlite3 q/queue.db 'SELECT count(*) FROM task WHERE state = 3')" = 1 ]
	status 0 qctl touch --lease 0 q "$lease"
	status 3 qctl 'done' q "$lease"
	[ "$(qctl get -n q)" = a ]
}

@test "qctl done, fail, touch: a wrong lease is rejected before any other is used" {
	local lease word

	qctl create q
	qctl put -q q a
	lease=$(hold q)
	for word in 1 1: :1 1:x 0:1 -1:1 ''; do
		status 2 qctl 'done' q "$lease" "$word"
		says 'not a lease; get --hold prints ID:LEASE'
	done
	status 2 qctl 'done' q
	status 0 qctl 'done' q "$lease"
}

# -- Waiting -----------------------------------------------------------------------------------------------------------

@test "qctl join: waits for the last task, and counts dead tasks" {
	local joiner lease

	qctl create -a 1 q
	status 0 qctl join q
	[ ! -s err ]
	qctl put -q q a b
	status 1 qctl join -n q
	status 1 qctl join -t 0.1 q
	[ ! -s out ] && [ ! -s err ]
	qctl join q 2>join.err 3>&- &
	joiner=$!
	until_true has_waiter q
	qctl get q >/dev/null
	qctl fail q "$(hold q)"
	wait "$joiner"
	[ "$(cat join.err)" = "qctl: q: 1 dead; see qctl list --state dead" ]
	status 0 qctl join -n q
}

@test "qctl wait, join, result: end when the queue is terminated" {
	local verb pids=()

	qctl create q
	qctl put -q q a
	for verb in 'join q' 'wait q 1' 'result q 1' 'apply q b'; do
		# shellcheck disable=SC2086
		{ qctl $verb 2>"${verb%% *}.err" 3>&- || echo $? >"${verb%% *}.status"; } &
		pids+=($!)
	done
	until_true waiters_are 4 q
	qctl terminate q
	wait "${pids[@]}"
	for verb in join wait result apply; do
		[ "$(cat "$verb.err")" = "qctl: q: terminated; not all awaited tasks have finished" ]
	done
	[ "$(cat join.status wait.status result.status apply.status | tr '\n' ' ')" = "4 4 125 125 " ]
}

# waiters_are COUNT QUEUE
waiters_are() {
	[ "$(find "$2/waiters" -type p | wc -l)" = "$1" ]
}

@test "qctl wait, ready, successful: report the outcome of a task" {
	local waiter

	qctl create q
	qctl put -q q true 'exit 3' 'kill -KILL $$' later
	status 1 qctl wait -n q 1
	status 1 qctl ready q 1
	status 1 qctl successful q 1
	[ ! -s out ] && [ ! -s err ]
	qctl wait q 1 2 3 4 3>&- &
	waiter=$!
	until_true has_waiter q
	queue-run -n q
	wait "$waiter"
	status 0 qctl wait -n q 4 3 2 1
	status 0 qctl ready q 2
	status 0 qctl successful q 1
	status 1 qctl successful q 2
	status 1 qctl successful q 3
}

@test "qctl ready, successful: a dead task has finished, without success" {
	qctl create -a 1 q
	qctl put -q q a
	qctl fail -e 'no
such thing' q "$(hold q)"
	status 0 qctl wait -n q 1
	status 0 qctl ready q 1
	status 1 qctl successful q 1
	status 125 qctl result q 1
	says 'q: task 1 is dead: no\nsuch thing; qctl retry makes it ready again'
}

@test "qctl ready, wait: a removed task has finished; one that was never put is an error" {
	qctl create -k 1 q
	qctl put -q q true true
	queue-run -n q
	status 0 qctl wait -n q 1
	status 0 qctl ready q 1
	status 4 qctl successful q 1
	says 'q: task 1 has finished, but its result was removed'
	status 125 qctl result q 1
	says 'q: task 1 has finished, but its result was removed'
	status 0 qctl successful q 2
	for verb in wait ready successful; do
		status 4 qctl "$verb" q 3
		says 'q: task 3 not found; it was never put'
		status 2 qctl "$verb" q 0
		says "0: not a task id"
		status 2 qctl "$verb" q
	done
	status 4 qctl wait q 1 3
	status 125 qctl result q 3
	status 125 qctl result q x
	status 125 qctl result q
	status 125 qctl result --nonsense q 1
	status 125 qctl result missing 1
}

# -- Results -----------------------------------------------------------------------------------------------------------

@test "qctl result: prints the job's output and exits with its status" {
	qctl create q
	qctl put -q q 'echo out; echo err >&2; exit 7' 'kill -TERM $$' 'printf "a\0b"'
	queue-run -n q
	status 7 qctl result q 1
	[ "$(cat out)" = out ] && [ "$(cat err)" = err ]
	status 143 qctl result q 2
	status 0 qctl result q 3
	printf 'a\0b' | cmp - out
	status 0 qctl result --record q 1
	[ "$(cat out)" = "record of 1" ]
	status 125 sh -c 'qctl result q 3 >/dev/full'
	says 'q: stdout: No space left on device'
}

@test "qctl result: waits until its timeout" {
	local waiter got=0

	qctl create q
	qctl put -q q 'echo yes; exit 5'
	status 125 qctl result -n q 1
	says 'q: timed out; task 1 has not finished; get its result later with qctl result'
	status 125 qctl result -t 0.1 q 1
	qctl result q 1 >result.out 3>&- &
	waiter=$!
	until_true has_waiter q
	queue-run -n q
	wait "$waiter" || got=$?
	[ "$got" = 5 ] && [ "$(cat result.out)" = yes ]
}

@test "qctl result: large results are complete" {
	qctl create q
	qctl put -q q 'head -c 3000000 /dev/zero | tr "\0" x; head -c 2000000 /dev/zero | tr "\0" y >&2'
	queue-run -n q
	[ "$(find q/results -type f | wc -l)" = 2 ]
	status 0 qctl result q 1
	[ "$(tr -d x <out | wc -c) $(wc -c <out) $(tr -d y <err | wc -c) $(wc -c <err)" = "0 3000000 0 2000000" ]
}

@test "qctl apply: a task behaves as if its command ran here" {
	local runner

	qctl create -m 1 q
	queue-run q 3>&- &
	runner=$!
	status 6 qctl apply q 'echo out; echo err >&2; exit 6'
	[ "$(cat out)" = out ] && [ "$(cat err)" = err ]
	status 137 qctl apply q 'kill -KILL $$'
	status 0 qctl apply -t 60 q ''
	qctl close q
	wait "$runner"
	status 125 qctl apply q true
	says 'q: closed; reopen it with qctl open'
	status 125 qctl apply q
	status 125 qctl apply -p high q true
	status 125 qctl apply missing true
}

@test "qctl apply: times out, and the task stays" {
	qctl create -m 1 q
	status 125 qctl apply -t 0.1 q 'echo late'
	says 'q: timed out; task 1 has not finished; get its result later with qctl result'
	status 125 qctl apply -t 0.1 q more
	says 'q: full; the task was not put'
	queue-run -n q
	status 0 qctl result q 1
	[ "$(cat out)" = late ]
}

@test "qctl map: prints results in input order, with a queue smaller than the input" {
	qctl create -m 2 q
	for _ in 1 2 3; do queue-run q 3>&- & done
	seq 1 300 | sed 's/.*/echo &; echo err & >\&2/' >lines
	status 0 qctl map q <lines
	seq 1 300 | cmp - out
	seq 1 300 | sed 's/^/err /' | cmp - err
	printf 'echo a\0\0echo "b\nc"' | status 0 qctl map -0 q
	[ "$(cat out)" = "$(printf 'a\nb\nc')" ]
	printf 'echo a\nexit 2\n\necho b' | status 123 qctl map q
	[ "$(cat out)" = "$(printf 'a\nb')" ]
	status 0 qctl map q </dev/null
	[ ! -s out ]
	qctl close q
	wait
}

@test "qctl map: prints a result before its input has ended" {
	local mapper

	qctl create q
	queue-run q 3>&- &
	mkfifo lines
	exec {lines}<>lines
	qctl map q <lines >map.out 3>&- {lines}>&- &
	mapper=$!
	echo 'echo one' >lines
	until_true has_lines map.out 1
	echo 'echo two' >lines
	until_true has_lines map.out 2
	exec {lines}>&-
	wait "$mapper"
	[ "$(cat map.out)" = "$(printf 'one\ntwo')" ]
	qctl close q
	wait
}

@test "qctl map: reports what it could not put or print" {
	qctl create -a 1 q
	qctl put -q q a
	qctl close q
	echo true | status 125 qctl map q
	says 'q: closed; not all lines were put'
	qctl open q
	printf 'true\ntrue\n' | status 125 qctl map -t 0.1 q
	says 'q: timed out; task 2 has not finished'
	status 125 qctl map q more
	status 125 qctl map -d xx q
	status 125 sh -c 'qctl map q <.'
	says 'q: stdin: Is a directory'
}

@test "qctl map: a dead task counts as failed" {
	local mapper got=0

	qctl create -a 1 q
	{ printf 'x\n' | qctl map q 2>map.err 3>&-; } &
	mapper=$!
	until_true sh -c '[ "$(qctl size q)" = 1 ]'
	qctl fail -e no q "$(hold q)"
	wait "$mapper" || got=$?
	[ "$got" = 123 ]
	[ "$(cat map.err)" = "qctl: q: task 1 is dead: no; qctl retry makes it ready again" ]
}

# -- Maintenance -------------------------------------------------------------------------------------------------------

@test "qctl list: prints one line per task" {
	qctl create -a 1 q
	qctl put -q -p 3 q a
	qctl put -q --after 1000 q later
	qctl put -q --key 'k	1' q "$(printf 'two\nlines\\ \033[31m')"
	printf '\xff"\n' | qctl put -q q
	qctl fail -e 'bad	luck' q "$(hold q)"
	hold q >/dev/null
	status 0 qctl list q
	[ "$(head -n 1 out)" = "$(printf 'id\tstate\tpriority\tattempts\tage\tpid\tkey\terror\ttask')" ]
	[ "$(column id | tr '\n' ' ')" = "1 2 3 4 " ]
	[ "$(column state | tr '\n' ' ')" = "dead delayed held ready " ]
	[ "$(column priority | tr '\n' ' ')" = "3 0 0 0 " ]
	[ "$(column attempts | tr '\n' ' ')" = "1 0 0 0 " ]
	[ "$(column age | grep -cE '^[0-9]+\.[0-9]{6}$')" = 4 ]
	[ "$(column pid | tr -d '\n')" = "" ]
	[ "$(column key | tr -d '\n')" = 'k\t1' ]
	[ "$(column error | tr -d '\n')" = 'bad\tluck' ]
	[ "$(column task)" = "$(printf '%s\n' a later 'two\nlines\\ \x1b[31m' '\xff"')" ]
	status 0 qctl list --state held q
	[ "$(column id)" = 3 ]
	status 2 qctl list --state nonsense q
	says "--state: must be one of ready|delayed|running|held|done|failed|dead, not 'nonsense'"
	status 4 sh -c 'qctl list q >/dev/full'
	says 'q: stdout: No space left on device'
}

@test "qctl list: --json prints JSON" {
	qctl create -a 1 q
	qctl put -q q a "$(printf 'two\nlines"\\x')"
	qctl put -q --key k q c
	printf '\xff\n' | qctl put -q q
	qctl fail -e bad q "$(hold q)"
	status 0 qctl list --json q
	python3 - <<'END'
import json
lines = [json.loads(line) for line in open("out")]
for line in lines:
    assert 0 <= line.pop("age") < 1000
assert lines[0] == {"id": 1, "state": "dead", "priority": 0, "attempts": 1, "pid": None,
	"key": None, "error": "bad", "task": "a"}, lines[0]
assert lines[1]["task"] == 'two\nlines"\\x' and lines[1]["state"] == "ready"
assert lines[2]["key"] == "k"
assert lines[3]["task"] == "\ufffd" and lines[3]["task_hex"] == "ff"
END
}

@test "qctl list: names the pool that runs a task" {
	local runner

	qctl create q
	make_go
	qctl put -q q 'read -r x <go'
	queue-run q 3>&- &
	runner=$!
	until_true sh -c '[ "$(qctl list --state running q | wc -l)" = 2 ]'
	status 0 qctl list q
	[ "$(column pid)" = "$runner" ]
	let_go 1
	qctl close q
	wait
}

# no_reader COMMAND ...: runs it with standard output to a pipe that nobody reads.
no_reader() {
	local pipe got=0

	exec {pipe}> >(:)
	wait $!
	"$@" >&"$pipe" || got=$?
	exec {pipe}>&-
	return "$got"
}

@test "qctl: without a reader, a verb that prints ends silently, as by SIGPIPE" {
	local words runner

	qctl create q
	queue-run q 3>&- &
	runner=$!
	status 0 qctl apply q 'echo out'
	for words in 'list q' 'list --json q' 'size q' 'stats q' 'stats --json q' 'result q 1' 'apply q echo' \
		'watch q' 'list --help' '--help'; do
		# shellcheck disable=SC2086 # words
		status 141 no_reader qctl $words
		[ ! -s err ] || { cat err; return 1; }
	done
	echo 'echo hi' | status 141 no_reader qctl map q
	[ ! -s err ]
	qctl close q
	wait "$runner"
}

@test "qctl: where SIGPIPE is ignored, a missing reader is an error like any other" {
	qctl create q
	qctl put -q q a
	status 4 no_reader sh -c 'trap "" PIPE; exec qctl list q'
	says 'q: stdout: Broken pipe'
	status 4 sh -c 'exec qctl list q >/dev/full'
	says 'q: stdout: No space left on device'
}

@test "qctl put, get: without a reader, they report what happened to the tasks" {
	qctl create q
	status 4 no_reader qctl put q a
	says 'q: stdout: Broken pipe'
	status 4 no_reader qctl get q
	says 'q: stdout: Broken pipe; tasks that were not completely written are in the queue again'
	[ "$(qctl get q)" = a ]
}

@test "qctl retry: a task whose key is used again stays as it is, which is reported" {
	qctl create -a 1 q
	qctl put -q --key k q a
	qctl put -q q b
	qctl fail q "$(hold q)"
	qctl fail q "$(hold q)"
	[ "$(qctl put --key k q c)" = 3 ]
	status 1 qctl retry q
	[ "$(cat out)" = 1 ]
	says 'q: task 1 was not made ready: its key is used by task 3'
	status 1 qctl retry q 1
	[ "$(cat out)" = 0 ]
	says 'q: task 1 was not made ready: its key is used by task 3'
	[ "$(qctl get -c9 q | tr '\n' ' ')" = "b c " ]
	status 0 qctl retry q
	[ "$(cat out)" = 1 ]
}

@test "qctl retry: makes dead tasks, and named failed ones, ready again" {
	qctl create -a 1 q
	qctl put -q q 'exit 1' 'exit 1' true
	queue-run -n q
	qctl put -q q dead dead
	qctl fail q "$(hold q)"
	qctl fail q "$(hold q)"
	status 0 qctl retry q
	[ "$(cat out)" = 2 ]
	[ "$(qctl get -c 9 q | tr '\n' ' ')" = "dead dead " ]
	status 1 qctl retry q 1 3 99
	[ "$(cat out)" = 1 ]
	[ "$(cat err)" = "$(printf 'qctl: q: task %s\n' '3 was not made ready: it is done' \
		'99 was not made ready: it does not exist')" ]
	[ "$(qctl get q)" = "exit 1" ]
	status 0 qctl retry q 2
	[ "$(cat out)" = 1 ]
	status 0 qctl retry q
	[ "$(cat out)" = 0 ]
	status 2 qctl retry q x
	says "x: not a task id"
}

@test "qctl purge: removes the given tasks, except running and leased ones" {
	qctl create q
	qctl put -q q held a b c true
	hold q >/dev/null
	for args in '' '--all 2' '--all --state ready' '--state ready 2'; do
		# shellcheck disable=SC2086
		case $args in
		*2) status 2 qctl purge ${args% 2} q 2 ;;
		*) status 2 qctl purge $args q ;;
		esac
		says 'purge requires exactly one of --state, --all and ids'
	done
	status 2 qctl purge --state running q
	says '--state: running and held tasks cannot be removed'
	status 2 qctl purge --state nonsense q
	[ "$(qctl size q)" = 4 ]
	status 0 qctl purge q 2 3
	[ "$(cat out)" = 2 ]
	status 1 qctl purge q 1 4
	[ "$(cat out)" = 1 ]
	queue-run -n q
	status 0 qctl purge --state 'done' q
	[ "$(cat out)" = 1 ]
	qctl put -q q x y
	status 0 qctl purge --all q
	[ "$(cat out)" = 2 ]
	[ "$(qctl list q | cut -f 1,2 | tail -n +2)" = "$(printf '1\theld')" ]
}

@test "qctl purge: frees space for a waiting put, and ends the wait for a removed task" {
	local putter waiter

	qctl create -m 1 q
	qctl put -q q a
	qctl put q b >put.out 3>&- &
	putter=$!
	until_true has_waiter q
	qctl purge --all q
	wait "$putter"
	[ "$(cat put.out)" = 2 ]
	qctl wait q 2 3>&- &
	waiter=$!
	until_true has_waiter q
	qctl purge q 2
	wait "$waiter"
}

@test "qctl terminate: ends all waits, and keeps the tasks" {
	local joiner got=0

	qctl create q
	qctl put -q q a
	qctl join q 2>join.err 3>&- &
	joiner=$!
	until_true has_waiter q
	status 0 qctl terminate q
	[ ! -s out ] && [ ! -s err ]
	wait "$joiner" || got=$?
	[ "$got" = 4 ]
	[ "$(cat join.err)" = "qctl: q: terminated; not all awaited tasks have finished" ]
	# An earlier termination does not end a later wait.
	status 1 qctl join -n q
	[ "$(qctl get q)" = a ]
}

@test "qctl move: moves all ready tasks, without changing a byte" {
	qctl create from
	qctl create to
	printf 'one\ntwo\nlines\0\xff\0\0high\0' | qctl put -q -0 from
	qctl put -q -p 7 from first
	qctl put -q --after 1000 from later
	status 0 qctl move from to
	[ "$(cat out)" = 5 ] && [ ! -s err ]
	[ "$(qctl size from) $(qctl size to)" = "0 5" ]
	printf 'first\0one\ntwo\nlines\0\xff\0\0high\0' >wanted
	qctl get -0 -c 9 to | cmp - wanted
	status 0 qctl move from to
	[ "$(cat out)" = 0 ]
	qctl put -q from a b c
	status 0 qctl move -c 2 from to
	[ "$(cat out)" = 2 ]
	[ "$(qctl get -c 9 from) $(qctl get -c 9 to | tr '\n' ' ')" = "c a b " ]
}

@test "qctl move: waits for free space, and keeps tasks that were not moved" {
	local mover got=0

	qctl create from
	qctl create -m 2 to
	qctl put -q from a b c d
	status 1 qctl move -n from to
	[ "$(cat out)" = 2 ]
	[ "$(qctl size from) $(qctl size to)" = "2 2" ]
	qctl move from to >move.out 3>&- &
	mover=$!
	until_true has_waiter to
	[ "$(qctl get -c 2 to | tr '\n' ' ')" = "a b " ]
	wait "$mover"
	[ "$(cat move.out)" = 2 ]
	[ "$(qctl get -c 9 to | tr '\n' ' ')" = "c d " ]
	qctl put -q from e
	qctl close to
	status 3 qctl move from to
	says 'to: closed; reopen it with qctl open'
	[ "$(qctl get from)" = e ]
}

@test "qctl move: loses no task when it is killed" {
	local mover

	qctl create from
	qctl create -m 3 to
	seq 1 9 | qctl put -q from
	qctl move from to >/dev/null 3>&- &
	mover=$!
	until_true has_waiter to
	kill -KILL "$mover"
	wait "$mover" || true
	[ "$(qctl size from)" = 6 ]
	[ "$(qctl list from | cut -f 4 | sort -u | tr '\n' ' ')" = "0 attempts " ]
	[ "$({ qctl get -c 9 to; qctl get -c 9 from; } | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 " ]
}

@test "qctl move: moves tasks to and from a named pipe" {
	mkfifo pipe
	exec {pipe}<>pipe
	qctl create q
	qctl put -q q a b c
	status 0 qctl move q pipe
	[ "$(cat out)" = 3 ]
	qctl put -q pipe d
	status 0 qctl move -c 2 pipe q
	[ "$(cat out)" = 2 ]
	status 0 qctl move pipe q
	[ "$(cat out)" = 2 ]
	[ "$(qctl get -c 9 q | tr '\n' ' ')" = "a b c d " ]
	exec {pipe}>&-
}

@test "qctl: operations that a named pipe lacks are rejected in one line" {
	local words

	mkfifo pipe
	for words in 'list pipe' 'stats pipe' 'join pipe' 'watch pipe' 'feed pipe' 'ready pipe 1' 'retry pipe' \
		'purge --all pipe' 'fail pipe 1:1'; do
		# shellcheck disable=SC2086
		status 4 qctl $words
		says 'pipe: '
		[ ! -s out ]
	done
	status 125 qctl result pipe 1
	says 'pipe: '
	status 125 qctl apply pipe x
	says 'pipe: '
	echo x | status 125 qctl map pipe
	says 'pipe: '
}

@test "qctl move: a queue cannot be moved to itself, or to a missing one" {
	qctl create q
	ln -s q link
	qctl put -q q a
	status 2 qctl move q link
	says 'both operands are the same queue'
	status 2 qctl move q
	status 2 qctl move -c 0 q link
	status 4 qctl move q missing
	says 'missing: No such file or directory'
	[ "$(qctl size q)" = 1 ]
}

@test "qctl stats: counts everything" {
	local runner

	qctl create -m 9 q
	qctl put -q q true 'exit 1' a b
	qctl put -q --after 1000 q later
	queue-run -n q
	qctl put -q q c d
	hold q >/dev/null
	qctl put -q -p 9 q 'exec sleep 1000'
	queue-run q 3>&- &
	runner=$!
	until_true sh -c 'qctl stats q | grep -qx "running	1"'
	qctl close q
	status 0 qctl stats q
	cat >wanted <<-END
	ready	1
	delayed	1
	running	1
	held	1
	done	1
	failed	3
	dead	0
	max	9
	put	8
	over	4
	terminated	0
	consumers	1
	slots	1
	closed	yes
	END
	diff wanted out
	status 0 qctl stats --json q
	python3 -c '
import json
wanted = dict(line.rstrip("\n").split("\t") for line in open("wanted"))
got = json.load(open("out"))
assert got.pop("closed") is True and wanted.pop("closed") == "yes"
assert got == {name: int(n) for name, n in wanted.items()}, got'
	pkill -KILL -P "$runner"
	kill -KILL "$runner"
	wait "$runner" 2>/dev/null || true
}

@test "qctl watch: prints lines at intervals, until the queue is closed and drained" {
	local watcher

	qctl create q
	qctl put -q q a
	qctl watch -i 0.05 q >watch.out 3>&- &
	watcher=$!
	until_true has_lines watch.out 3
	grep -vqx '1 ready, 0 running, 0 done, 0 failed, 0 dead, 0.0/s, 0 pools' watch.out && return 1
	qctl close q
	until_true grep -q closed watch.out
	kill -0 "$watcher"
	qctl get q
	wait "$watcher"
	[[ $(tail -n 1 watch.out) == "0 ready, 0 running, 0 done, 0 failed, 0 dead, "*"/s, 0 pools, closed" ]]
	status 2 qctl watch -i 0 q
	status 2 qctl watch -i x q
	status 4 sh -c 'qctl watch q >/dev/full'
}

@test "qctl watch: dies of a signal" {
	local watcher got=0

	qctl create q
	qctl watch q >watch.out 3>&- &
	watcher=$!
	until_true has_lines watch.out 1
	kill -TERM "$watcher"
	wait "$watcher" || got=$?
	[ "$got" = 143 ]
	[ -z "$(ls q/waiters)" ]
}

@test "qctl watch: draws running tasks on a terminal, and leaves one line" {
	command -v script >/dev/null || skip "script(1) is not installed"
	local watcher

	qctl create q
	make_go
	qctl put -q q "read -r x <go; : $(printf '\033[31m') $(head -c 100 /dev/zero | tr '\0' w)" 'read -r x <go'
	queue-run q 3>&- &
	TERM=xterm script -qefc 'stty cols 60 rows 3; exec qctl watch q' typescript >/dev/null 3>&- &
	watcher=$!
	until_true grep -q '\[1] 0:[0-9]* read -r x <go; : \\x1b\[31m w*' typescript
	# No line reaches the last column.
	[ "$(grep -o '\[1] [^[:cntrl:]]*' typescript | head -n 1 | wc -c)" -le 58 ]
	let_go 2
	qctl close q
	wait "$watcher"
	grep -q '0 ready, 0 running, 2 done, 0 failed, 0 dead, .*/s, .* pool.*, closed' typescript
	wait
}

@test "qctl watch: draws nothing in the background" {
	command -v script >/dev/null || skip "script(1) is not installed"
	qctl create q
	seq -f 'sleep 0.05; : %g' 20 | qctl put q
	cat >session <<'END'
qctl watch -i 0.05 q &
until ls q/waiters | grep -q .; do sleep 0.01; done
qpool -q -j1 -Q q --until-empty >/dev/null 2>&1
echo SHELL
fg
END
	TERM=xterm script -qefc 'bash -i session' typescript </dev/null >/dev/null 3>&- &
	until_true grep -q SHELL typescript
	# Behind that it is in the foreground.
	sed '/SHELL/q' typescript >before
	run ! grep -q 'ready, . running' before
	until_true grep -q '0 ready, 0 running, 20 done' typescript
	qctl close q
	wait $!
}

# -- feed --------------------------------------------------------------------------------------------------------------

@test "qctl feed: puts lines that programs write with echo" {
	local feeder

	qctl create q
	qctl feed q 2>feed.err 3>&- &
	feeder=$!
	echo 'one task' >q/in
	[ "$(qctl get -t 20 q)" = 'one task' ]
	printf 'a\n\nb\0c\n' >q/in
	qctl get -t 20 q >out
	qctl get -t 20 q >>out
	printf 'a\nb\0c\n' | cmp - out
	qctl close q
	wait "$feeder"
	[ ! -s feed.err ]
}

@test "qctl feed: is the only reader of its pipe, until it ends in any way" {
	local feeder

	qctl create q
	qctl feed q 3>&- &
	feeder=$!
	until_true has_waiter q
	until_true sh -c 'echo a >q/in'
	[ "$(qctl get -t 20 q)" = a ]
	status 4 qctl feed q
	says 'q: another process reads its pipe, in; there can be only one'
	kill -KILL "$feeder"
	wait "$feeder" || true
	qctl feed q 3>&- &
	feeder=$!
	echo b >q/in
	[ "$(qctl get -t 20 q)" = b ]
	kill -TERM "$feeder"
	wait "$feeder"
}

@test "qctl feed: lines of many writers stay intact" {
	local feeder writers=() i

	qctl create q
	qctl feed q 3>&- &
	feeder=$!
	for i in 1 2 3 4; do
		{ while read -r n; do
			echo "$i $n xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		done < <(seq 1 300) >q/in; } 3>&- &
		writers+=($!)
	done
	wait "${writers[@]}"
	# When a signal ends it, it still puts what is in the pipe.
	kill -TERM "$feeder"
	wait "$feeder"
	[ "$(qctl size q)" = 1200 ]
	qctl get -c 2000 q >out
	for i in 1 2 3 4; do
		grep "^$i " out | cut -d ' ' -f 2 | cmp - <(seq 1 300)
	done
	[ "$(grep -cvE '^[1-4] [0-9]+ x{49}$' out)" = 0 ]
}

@test "qctl feed: a full queue makes the writers of its pipe wait" {
	local feeder

	qctl create -m 2 q
	qctl feed q 3>&- &
	feeder=$!
	seq 1 9 >q/in
	until_true qctl full q
	[ "$(for _ in 1 2 3 4 5 6 7 8 9; do qctl get -t 20 q; done | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 " ]
	kill -TERM "$feeder"
	wait "$feeder"
}

@test "qctl feed: puts a last line without a newline" {
	local feeder

	qctl create q
	qctl feed q 3>&- &
	feeder=$!
	printf 'one\nlast' >q/in
	[ "$(qctl get -t 20 q)" = one ]
	kill -TERM "$feeder"
	wait "$feeder"
	[ "$(qctl get -n q)" = last ]
}

@test "qctl feed: reports what it could not put" {
	local feeder got=0

	qctl create -m 1 q
	qctl feed q 2>feed.err 3>&- &
	feeder=$!
	printf 'one\ntwo\nthree\n' >q/in
	until_true qctl full q
	kill -TERM "$feeder"
	wait "$feeder" || got=$?
	[ "$got" = 1 ]
	[ "$(cat feed.err)" = "qctl: q: 10 bytes that were written to its pipe are not in the queue, which is full" ]
	got=0
	qctl feed q 2>feed.err 3>&- &
	feeder=$!
	printf 'four\n' >q/in
	until_true has_waiter q
	qctl close q
	wait "$feeder" || got=$?
	[ "$got" = 3 ]
	[ "$(cat feed.err)" = "qctl: q: 5 bytes that were written to its pipe are not in the queue, which is closed" ]
	status 0 qctl feed q
}

@test "qctl feed: a file in place of the pipe is not touched" {
	qctl create q
	rm q/in
	echo text >q/in
	status 4 qctl feed q
	says 'q: its pipe, in: Invalid argument'
	rm q/in
	status 4 qctl feed q
	says 'q: its pipe, in: No such file or directory'
}

@test "qctl: a verb that waits notices that the queue was removed or replaced" {
	local words waiter n=0 got

	for words in 'get q' 'get -t 100 q' 'put q c' 'join q' 'wait q 1' 'watch q' 'feed q'; do
		qctl create -m 1 q
		[[ $words == get* ]] || qctl put -q q a
		# shellcheck disable=SC2086 # words
		qctl $words >out 2>err 3>&- &
		waiter=$!
		until_true sh -c '[ -s out ] || [ -n "$(ls q/waiters)" ]'
		rm -r q
		[ $((n++ % 2)) = 0 ] || qctl create q
		until_true is_gone "$waiter"
		got=0
		wait "$waiter" || got=$?
		[ "$got" = 4 ] || { echo "exit $got: $words"; return 1; }
		says 'while it was in use' || { echo "$words"; return 1; }
		rm -rf q
	done
}

@test "qctl result: why a task has no output: it cannot be a command, was not run, or took too long" {
	make_go
	qctl create q
	head -c 200000 /dev/zero | tr '\0' x | qctl put -q q
	printf 'a\0b\n' | qctl put -q q
	qpool -q --until-empty -Q q 2>unused || [ $? = 123 ]
	status 1 qctl result q 1
	says 'q: task 1 was not run: its 200000 bytes are more than a command can have; put it into a file'
	[ ! -s out ]
	status 1 qctl result q 2
	says 'q: task 2 was not run: it contains a NUL byte, which an argument cannot contain'
	qctl put -q q arg
	echo '#!/nowhere/interpreter' >program
	chmod +x program
	qpool -q --until-empty -Q q ./program 2>unused || [ $? = 127 ]
	status 127 qctl result -t 20 q 3
	says 'q: task 3 was not run: its command was not found'
	qctl put -q q 'read x <go'
	qpool -q --timeout 0.2 --until-empty -Q q 2>unused || [ $? = 125 ]
	status 143 qctl result -t 20 q 4
	says 'q: task 4 exceeded its time limit'
	head -c 200000 /dev/zero | tr '\0' x >large
	qpool -q -Q q >unused 2>&1 3>&- &
	status 123 qctl map -t 20 q <large
	says 'q: task 5 was not run: its 200000 bytes are more than a command can have; put it into a file'
	qctl close q
	wait
}
