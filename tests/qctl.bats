#!/usr/bin/env bats
# The verbs of qctl beside put and get: what each prints and exits with. Tasks are run by tests/queue-run.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	PATH=$QPOOL_BUILDDIR/tests:$PATH
}

# has_waiter QUEUE: somebody waits for what all are told.
has_waiter() {
	[ -n "$(ls "$1/waiters")" ]
}

teardown() {
	pkill -KILL -P $$ -x qctl || true
	pkill -KILL -P $$ -x queue-run || true
	end_workers
}

# status WANTED COMMAND ...: what the command prints goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted, of: $*"; cat out err; return 1; }
}

# says TEXT: err is one line of qctl, with that in it.
says() {
	if ! { [ "$(wc -l <err)" = 1 ] && grep -q '^qctl: ' err && grep -qF -- "$1" err; }; then
		cat err
		return 1
	fi
}

# hold QUEUE ...: the lease of the next task.
hold() {
	qctl get --hold "$@" | cut -f 1
}

# column NAME: that column of list's output in the file out.
column() {
	awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' out
}

# -- Leases --------------------------------------------------------------------------------------------------------------

@test "done: a held task is gone, and its lease can be used once" {
	local lease

	qctl create q
	qctl put -q q a b
	lease=$(hold q)
	status 0 qctl 'done' q "$lease"
	[ ! -s out ] && [ ! -s err ]
	status 3 qctl 'done' q "$lease"
	says "q: $lease: its lease is lost"
	[ "$(qctl get -c 9 q)" = b ]
}

@test "done: each of several leases is ended, and each lost one told" {
	local one two

	qctl create q
	qctl put -q q a b
	one=$(hold q)
	two=$(hold q)
	status 3 qctl 'done' q 1:1 "$one" "$two"
	says "q: 1:1: its lease is lost"
	qctl close q
	status 3 qctl get -n q
}

@test "fail: the task is tried again at once, and is dead after so many attempts" {
	qctl create -a 2 q
	qctl put -q q a
	status 0 qctl fail -e first q "$(hold q)"
	[ "$(qctl size q)" = 1 ]
	status 0 qctl fail q "$(hold q)"
	[ "$(qctl size q)" = 0 ]
	status 3 qctl fail q 1:1
	says "lease is lost"
}

@test "a lease that ran out is lost to done, fail and touch" {
	local lease

	qctl create q
	qctl put -q q a
	lease=$(hold --lease 0 q)
	status 3 qctl touch q "$lease"
	says "lease is lost"
	status 3 qctl 'done' q "$lease"
	status 3 qctl fail q "$lease"
	[ "$(qctl get -n q)" = a ]
}

@test "touch makes a lease longer, or ends it" {
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

@test "a word that is no lease ends it before anything is done" {
	local lease word

	qctl create q
	qctl put -q q a
	lease=$(hold q)
	for word in 1 1: :1 1:x 0:1 -1:1 ''; do
		status 2 qctl 'done' q "$lease" "$word"
		says 'is not ID:TOKEN as get --hold prints it'
	done
	status 2 qctl 'done' q
	status 0 qctl 'done' q "$lease"
}

# -- Waiting -------------------------------------------------------------------------------------------------------------

@test "join waits for the last task, and counts the dead ones" {
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

@test "who waits is told when the queue is terminated" {
	local verb pids=()

	qctl create q
	qctl put -q q a
	for verb in 'join q' 'wait q 1' 'result q 1' 'apply q b'; do
		# shellcheck disable=SC2086
		{ qctl $verb 2>"${verb%% *}.err" 3>&- || echo $? >"${verb%% *}.status"; } &
		pids+=($!)
	done
	until_true waiters_are 4 q
	sqlite3 q/queue.db "UPDATE setting SET value = value + 1 WHERE name = 'terminated'"
	wait "${pids[@]}"
	for verb in join wait result apply; do
		[ "$(cat "$verb.err")" = "qctl: q: was terminated; what was waited for is not over" ]
	done
	[ "$(cat join.status wait.status result.status apply.status | tr '\n' ' ')" = "4 4 125 125 " ]
}

# waiters_are COUNT QUEUE
waiters_are() {
	[ "$(find "$2/waiters" -type p | wc -l)" = "$1" ]
}

@test "wait, ready and successful tell what became of a task" {
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

@test "a dead task is over, and was no success" {
	qctl create -a 1 q
	qctl put -q q a
	qctl fail -e 'no
such thing' q "$(hold q)"
	status 0 qctl wait -n q 1
	status 0 qctl ready q 1
	status 1 qctl successful q 1
	status 125 qctl result q 1
	says 'q: task 1 is dead: no\nsuch thing; qctl retry brings it back'
}

@test "a task that nothing is known of any more was over; one that never was is an error" {
	qctl create -k 1 q
	qctl put -q q true true
	queue-run -n q
	status 0 qctl wait -n q 1
	status 0 qctl ready q 1
	status 4 qctl successful q 1
	says 'q: task 1 is over, and its result is not kept'
	status 125 qctl result q 1
	says 'q: task 1 is over, and its result is not kept'
	status 0 qctl successful q 2
	for verb in wait ready successful; do
		status 4 qctl "$verb" q 3
		says 'q: task 3 was never put'
		status 2 qctl "$verb" q 0
		says "'0' is not the number of a task"
		status 2 qctl "$verb" q
	done
	status 4 qctl wait q 1 3
	status 125 qctl result q 3
	status 125 qctl result q x
	status 125 qctl result q
	status 125 qctl result --nonsense q 1
	status 125 qctl result missing 1
}

# -- Results -------------------------------------------------------------------------------------------------------------

@test "result prints what the job printed and exits as it did" {
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

@test "result waits, as long as it is told" {
	local waiter got=0

	qctl create q
	qctl put -q q 'echo yes; exit 5'
	status 125 qctl result -n q 1
	says 'q: task 1 is not over in time; qctl result tells of it later'
	status 125 qctl result -t 0.1 q 1
	qctl result q 1 >result.out 3>&- &
	waiter=$!
	until_true has_waiter q
	queue-run -n q
	wait "$waiter" || got=$?
	[ "$got" = 5 ] && [ "$(cat result.out)" = yes ]
}

@test "large results come out whole" {
	qctl create q
	qctl put -q q 'head -c 3000000 /dev/zero | tr "\0" x; head -c 2000000 /dev/zero | tr "\0" y >&2'
	queue-run -n q
	[ "$(find q/results -type f | wc -l)" = 2 ]
	status 0 qctl result q 1
	[ "$(tr -d x <out | wc -c) $(wc -c <out) $(tr -d y <err | wc -c) $(wc -c <err)" = "0 3000000 0 2000000" ]
}

@test "apply runs a task as if it were run here" {
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
	says 'q: is closed; qctl open undoes that'
	status 125 qctl apply q
	status 125 qctl apply -p high q true
	status 125 qctl apply missing true
}

@test "apply is out of time, and the task stays" {
	qctl create -m 1 q
	status 125 qctl apply -t 0.1 q 'echo late'
	says 'q: task 1 is not over in time; qctl result tells of it later'
	status 125 qctl apply -t 0.1 q more
	says 'q: is full; the task was not put'
	queue-run -n q
	status 0 qctl result q 1
	[ "$(cat out)" = late ]
}

@test "map prints results in the order of the lines, through a queue smaller than they are" {
	local i

	qctl create -m 2 q
	for i in 1 2 3; do queue-run q 3>&- & done
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

@test "map prints a result before its input has ended" {
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

@test "map tells of what it could not put or print" {
	qctl create -a 1 q
	qctl put -q q a
	qctl close q
	echo true | status 125 qctl map q
	says 'q: is closed; not all lines were put'
	qctl open q
	printf 'true\ntrue\n' | status 125 qctl map -t 0.1 q
	says 'q: not all is over in time: task 2 is the first that is not'
	status 125 qctl map q more
	status 125 qctl map -d xx q
	status 125 sh -c 'qctl map q <.'
	says 'q: stdin: Is a directory'
}

@test "map counts a dead task as a failed one" {
	local mapper got=0

	qctl create -a 1 q
	{ printf 'x\n' | qctl map q 2>map.err 3>&-; } &
	mapper=$!
	until_true sh -c '[ "$(qctl size q)" = 1 ]'
	qctl fail -e no q "$(hold q)"
	wait "$mapper" || got=$?
	[ "$got" = 123 ]
	[ "$(cat map.err)" = "qctl: q: task 1 is dead: no; qctl retry brings it back" ]
}
