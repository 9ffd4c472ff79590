#!/usr/bin/env bats
# qpool -Q: a pool that takes its tasks from a queue, and what becomes of them when it ends, by itself or otherwise.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	qctl create q
}

teardown() {
	pkill -KILL -P $$ -x qctl || true
	end_workers
}

# status WANTED COMMAND ...: what the command prints goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted, of: $*"; cat out err; return 1; }
}

# in_state STATE COUNT: so many tasks are.
in_state() {
	local numbers=(ready delayed running held 'done' failed dead) i

	for i in "${!numbers[@]}"; do [ "${numbers[i]}" != "$1" ] || [ "$(sqlite3 q/queue.db "SELECT count(*) FROM task WHERE state = $i")" = "$2" ] || return 1; done
}

counters_hold() {
	[ "$(sqlite3 q/queue.db 'SELECT sum(n) FROM count')" = "$(sqlite3 q/queue.db 'SELECT count(*) FROM task')" ]
	[ -z "$(sqlite3 q/queue.db 'SELECT state, n FROM count c WHERE n <> (SELECT count(*) FROM task t WHERE t.state = c.state)')" ]
	[ "$(sqlite3 q/queue.db 'PRAGMA integrity_check')" = ok ]
}

@test "-Q serves a queue until it is closed and drained" {
	local pool

	qctl put -q q 'echo one'
	qpool -q -Q q >got 3>&- &
	pool=$!
	until_true has_lines got 1
	qctl put -q q 'echo two' 'echo three'
	until_true has_lines got 3
	kill -0 "$pool"
	qctl close q
	wait "$pool"
	[ "$(tr '\n' ' ' <got)" = "one two three " ]
	in_state 'done' 3
	counters_hold
}

@test "-Q puts output and records out in the order of the claims" {
	qctl put -q q 'sleep 0.2; echo slow' 'echo fast' 'echo late; exit 3'
	qctl close q
	status 123 qpool -j3 -Q q
	[ "$(tr '\n' ' ' <out)" = "slow fast late " ]
	[ "$(sed 's/ [0-9.]*s / /' err | tr '\n' '|')" = '[1] ok sleep 0.2; echo slow|[2] ok echo fast|[3] exit 3 echo late; exit 3|' ]
}

@test "-Q with a command appends the task to it; stdin is not read" {
	qctl put -q q 'a  b' '{}'
	qctl close q
	echo left | { qpool -q -Q q printf '<%s>\n' >out; cat >rest; }
	[ "$(cat out)" = "$(printf '<a  b>\n<{}>')" ]
	[ "$(cat rest)" = left ]
}

@test "--until-empty ends at the first moment at which nothing is ready and all is done" {
	qctl put -q q 'qctl put -q "$QPOOL_QUEUE" "echo more"; echo first'
	status 0 timeout 20 qpool -q -Q q --until-empty
	[ "$(tr '\n' ' ' <out)" = "first more " ]
	status 0 timeout 20 qpool -q -Q q --until-empty
	[ ! -s out ]
}

@test "several pools on one queue run each task once" {
	local i

	seq 300 | sed 's/^/echo /' | qctl put -q q
	qctl close q
	for i in 1 2 3; do qpool -q -j2 -Q q >"got$i" 3>&- & done
	wait
	cat got1 got2 got3 | sort -n | cmp - <(seq 300)
	counters_hold
}

@test "a job knows its queue and its task" {
	qctl put -q q 'echo "$QPOOL_QUEUE $QPOOL_TASK_ID"' 'echo "$QPOOL_TASK_ID"'
	qctl close q
	status 0 env QPOOL_QUEUE=other QPOOL_TASK_ID=9 qpool -q -Q q
	[ "$(tr '\n' ' ' <out)" = "$PWD/q 1 2 " ]
	status 0 env QPOOL_QUEUE=other QPOOL_TASK_ID=9 qpool -q sh -c 'echo "$QPOOL_QUEUE $QPOOL_TASK_ID"' <<<x
	[ "$(cat out)" = "other 9" ]
}

@test "TERM: what is claimed and not begun is ready again at once, and what runs when it has ended" {
	local pool

	make_go
	qctl put -q q 'read x <go; echo done' 'echo second'
	qpool -q -j1 -Q q >got 2>err 3>&- &
	pool=$!
	until_true in_state running 1
	kill -TERM "$pool"
	wait "$pool" || [ $? = 143 ]
	in_state ready 2
	[ "$(sqlite3 q/queue.db 'SELECT max(attempts) FROM task')" = 0 ]
	counters_hold
}

@test "KILL: the workers are ended first, then their tasks are ready again, and it was an attempt" {
	local pool worker

	make_go
	qctl put -q q 'echo $$ >worker; read x <go' 'echo second'
	qpool -q -j1 -Q q >got 2>err 3>&- &
	pool=$!
	until_true has_lines worker 1
	worker=$(cat worker)
	kill -KILL "$pool"
	wait "$pool" || true
	until_true sh -c '[ "$(qctl size q)" = 2 ]'
	is_gone "$worker"
	[ "$(sqlite3 q/queue.db 'SELECT group_concat(attempts) FROM task')" = 1,0 ]
	[ "$(sqlite3 q/queue.db 'SELECT error FROM task WHERE id = 1')" = "cut short: its pool died" ]
	counters_hold
}

@test "a task that kills each pool is dead after as many attempts as the queue gives" {
	rm -r q
	qctl create -a 2 q
	qctl put -q q 'kill -KILL $PPID; sleep 100'
	for _ in 1 2; do
		timeout 20 qpool -q -Q q 3>&- || [ $? = 137 ]
		until_true sh -c 'qctl size q >/dev/null; [ "$(sqlite3 q/queue.db "SELECT count(*) FROM task WHERE state = 2")" = 0 ]'
	done
	in_state dead 1
	status 0 timeout 20 qpool -q -Q q --until-empty
}

@test "no task is run twice while its pool lives, though that is stopped" {
	local pool

	make_go
	qctl put -q q 'echo run >>runs; read x <go'
	qpool -q -j1 -Q q 3>&- &
	pool=$!
	until_true has_lines runs 1
	kill -STOP "$pool"
	[ -z "${QPOOL_LONG:-}" ] || sleep 60
	timeout 20 qpool -q -Q q --until-empty
	in_state running 1
	kill -CONT "$pool"
	let_go 1
	until_true in_state 'done' 1
	qctl close q
	wait "$pool"
	[ "$(wc -l <runs)" = 1 ]
}

@test "a job that is ended from within or by its time-out is a failed task, with its end" {
	make_go
	qctl put -q q 'kill -9 $$' 'read x <go' 'exit 7'
	qctl close q
	status 125 qpool -q --timeout 0.2 --grace 0.2 -Q q
	[ "$(sqlite3 q/queue.db 'SELECT group_concat(error) FROM task')" = "signal 9,timeout,exit status 7" ]
}

@test "what cannot be an argument fails by itself, and the rest goes on" {
	printf 'a\0b\n' | qctl put -q q
	head -c 200000 /dev/zero | tr '\0' x | qctl put -q q
	qctl put -q q good
	qctl close q
	status 123 qpool -q -Q q echo
	[ "$(cat out)" = good ]
	[ "$(grep -c '^qpool: q:[12]: the ' err)" = 2 ]
	grep -q 'fill the queue with qctl put -0$' err
	in_state failed 2
	in_state 'done' 1
}

@test "a put into the full queue whose only jobs wait for room is told Full at once" {
	rm -r q
	qctl create -m 1 q
	qctl put -q q 'qctl put -q q "echo a"; qctl put -q q "echo b" || echo "exit $?"'
	status 0 timeout 20 qpool -q -j1 -Q q --until-empty
	[ "$(tr '\n' ' ' <out)" = "exit 1 a " ]
	grep -q 'qctl: q: full, and each job that could make room waits for it' err
}

@test "a job that would wait for itself, or for a slot that waits for it, is told so" {
	rm -r q
	qctl create q
	qctl put -q q 'qctl join q 2>&1; echo "exit $?"; qctl wait q "$QPOOL_TASK_ID" 2>&1; echo "exit $?"' 'qctl apply q "echo x" 2>&1; echo "exit $?"' 'qctl map q <<<"echo y" 2>&1; echo "exit $?"'
	status 0 timeout 20 qpool -q -j1 -Q q --until-empty bash -c
	[ "$(grep -c '^qctl: q: this job is its task 1, and would wait for itself$' out)" = 2 ]
	[ "$(grep -c '^qctl: q: each job that could run what is waited for waits too' out)" = 2 ]
	[ "$(grep '^exit' out | tr '\n' ' ')" = "exit 4 exit 4 exit 125 exit 125 " ]
	grep -qx x out
	grep -qx y out
}

@test "a job may wait for others of its queue while a slot is left to run them" {
	rm -r q
	qctl create q
	qctl put -q q 'qctl map q <<<"qctl apply q \"echo deep\"" 2>&1; echo "exit $?"'
	status 0 timeout 20 qpool -q -j3 -Q q --until-empty bash -c
	grep -qx 'exit 0' out
	[ "$(grep -cx deep out)" = 3 ]
}

@test "SIGUSR1 and SIGUSR2 change the slots that qctl stats tells" {
	local pool

	qpool -q -j2 -Q q 3>&- &
	pool=$!
	until_true sh -c 'qctl stats q | grep -qx "slots	2"'
	kill -USR1 "$pool"
	until_true sh -c 'qctl stats q | grep -qx "slots	3"'
	kill -USR2 "$pool"
	until_true sh -c 'qctl stats q | grep -qx "slots	2"'
	kill -USR2 "$pool"
	until_true sh -c 'qctl stats q | grep -qx "slots	1"'
	qctl close q
	wait "$pool"
}

@test "a pool that cannot begin with its queue says why in one line" {
	qctl size q
	sqlite3 q/queue.db 'DELETE FROM count'
	status 1 qpool -q -Q q
	[ "$(grep -c . err)" = 1 ]
	grep -q '^qpool: q: its database is damaged' err
}

@test "a pool that waits for tasks holds no token" {
	local pool

	compile_tokens
	PATH=$BATS_FILE_TMPDIR:$PATH
	tokens serve fifo abc qpool -q -j4 -Q q >got 3>&- &
	pool=$!
	until_true sh -c '[ -n "$(ls q/waiters)" ]'
	[ "$(tokens fill server)" = 3 ]
	qctl put -q q 'echo $(tokens fill server)' 'echo $(tokens fill server)'
	qctl close q
	wait "$pool"
	[ "$(fold -w1 tokens | sort | tr -d "\n")" = abc ]
	[ "$(wc -l <got)" = 2 ]
}

@test "what a job printed is kept with its result, a large output too" {
	qctl put -q q 'echo out; echo err >&2' 'head -c 300000 /dev/zero | tr "\0" x' 'head -c 3000000 /dev/zero | tr "\0" y >&2'
	qctl close q
	status 0 qpool -q -Q q
	[ "$(sqlite3 q/queue.db 'SELECT out || err FROM result WHERE id = 1')" = "$(printf 'out\nerr')" ]
	[ "$(tr -d x <q/results/2.out | wc -c) $(wc -c <q/results/2.out)" = "0 300000" ]
	[ "$(tr -d y <q/results/3.err | wc -c) $(wc -c <q/results/3.err)" = "0 3000000" ]
}

@test "--retries: the queue has the last attempt's result" {
	qctl put -q q 'echo x >>tries; echo "$(wc -l <tries)"; [ "$(wc -l <tries)" = 3 ]'
	qctl close q
	status 0 qpool -q --retries 3 -Q q
	[ "$(sqlite3 q/queue.db 'SELECT out FROM result')" = 3 ]
	in_state 'done' 1
}

@test "a task that waits to be tried again when its pool is ended is ready for others" {
	local pool

	qctl put -q q 'exit 1'
	qpool -v --retries 2 --delay 1000 -Q q 2>err 3>&- &
	pool=$!
	until_true has_lines err 1
	kill -TERM "$pool"
	wait "$pool" || [ $? = 143 ]
	in_state ready 1
	counters_hold
}

@test "--halt leaves the rest in the queue" {
	qctl put -q q 'exit 1' 'echo a' 'echo b'
	status 123 qpool -q -j1 --halt now,fail=1 -Q q
	in_state failed 1
	in_state ready 2
}

@test "what is written to the pipe beside the queue is put by a pool that serves it, and by one" {
	local i

	for i in 1 2; do qpool -q -Q q >"got$i" 3>&- & done
	until_true sh -c '[ "$(ls q/waiters | wc -l)" = 2 ]'
	timeout 20 sh -c 'echo "echo one" >q/in; printf "echo two\necho three\n" >q/in'
	until_true in_state 'done' 3
	qctl close q
	wait
	[ "$(sort got1 got2 | tr '\n' ' ')" = "one three two " ]
}

@test "the pipe beside a full queue makes its writers wait, and loses nothing" {
	rm -r q
	qctl create -m 2 q
	qpool -q -j2 -Q q >got 3>&- &
	seq 500 | sed 's/^/echo /' >q/in
	until_true has_lines got 500
	qctl close q
	wait $!
	sort -n got | cmp - <(seq 500)
}

@test "-Q of a named pipe: lines of any writer, until it is closed" {
	local pool

	mkfifo p
	qpool -q -Q p echo >got 3>&- &
	pool=$!
	echo one >p
	until_true has_lines got 1
	printf 'two\nthree\n' >p
	until_true has_lines got 3
	status 1 timeout 10 qpool -q -Q p echo
	grep -q "^qpool: p: another process reads this named pipe" err
	printf '\004\n' >p
	wait "$pool"
	[ "$(tr '\n' ' ' <got)" = "one two three " ]
}

@test "--until-eof: a named pipe ends with its last writer" {
	mkfifo p
	qpool -q -Q p --until-eof echo >got 3>&- &
	seq 3 >p
	wait $!
	[ "$(tr '\n' ' ' <got)" = "1 2 3 " ]
}

@test "below make -n each task is printed once, and the queue is as it was" {
	qctl put -q q 'echo one' 'echo two'
	status 0 env MAKEFLAGS=n MAKELEVEL=1 timeout -s KILL 10 qpool -Q q
	[ "$(wc -l <out)" = 2 ]
	in_state ready 2
	counters_hold
}

@test "results that cannot be recorded are an error of the pool's own" {
	sqlite3 q/queue.db "CREATE TRIGGER refuse BEFORE INSERT ON result BEGIN SELECT raise(ABORT, 'refused'); END"
	qctl put -q q 'exit 3'
	status 1 timeout -s KILL 10 qpool -q --halt now,fail=1 -Q q
	grep -q '1 results could not be recorded; their tasks are run again' err
}

@test "wrong usage of -Q is told" {
	status 1 qpool -Q missing true
	grep -q '^qpool: missing: No such file or directory; make a queue with qctl create' err
	status 2 qpool --until-empty true
	status 2 qpool -Q q -a file true
	status 2 qpool -Q q --until-eof true
	status 2 qpool -Q q -n 2 true
	status 2 qpool -Q q -0 true
	status 2 qpool -Q q --one true
	status 2 qpool -Q q --halt soon,fail=20% true
	mkfifo p
	status 2 qpool -Q p --until-empty true
}
