#!/usr/bin/env bats
# qpool -Q: a pool takes its tasks from a queue; what happens to them when it exits or is killed.
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

# status WANTED COMMAND ...: the command exits WANTED; its output goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted: $*"; cat out err; return 1; }
}

# in_state STATE COUNT: whether COUNT tasks are in STATE.
in_state() {
	local numbers=(ready delayed running held 'done' failed dead) i

	for i in "${!numbers[@]}"; do
		[ "${numbers[i]}" = "$1" ] || continue
		[ "$(sqlite3 q/queue.db "SELECT count(*) FROM task WHERE state = $i")" = "$2" ]
		return
	done
}

counts_are_right() {
	[ "$(sqlite3 q/queue.db 'SELECT sum(n) FROM count')" = "$(sqlite3 q/queue.db 'SELECT count(*) FROM task')" ]
	[ -z "$(sqlite3 q/queue.db \
		'SELECT state, n FROM count c WHERE n <> (SELECT count(*) FROM task t WHERE t.state = c.state)')" ]
	[ "$(sqlite3 q/queue.db 'PRAGMA integrity_check')" = ok ]
}

@test "-Q: runs the tasks of a queue until it is closed and drained" {
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
	counts_are_right
}

@test "-Q: prints output and records in the order of the claims" {
	qctl put -q q 'sleep 0.2; echo slow' 'echo fast' 'echo late; exit 3'
	qctl close q
	status 123 qpool -j3 -Q q
	[ "$(tr '\n' ' ' <out)" = "slow fast late " ]
	[ "$(sed 's/ [0-9.]*s / /' err | tr '\n' '|')" = \
		'[1] ok sleep 0.2; echo slow|[2] ok echo fast|[3] exit 3 echo late; exit 3|' ]
}

@test "-Q: appends the task to a command, and does not read standard input" {
	qctl put -q q 'a  b' '{}'
	qctl close q
	echo left | { qpool -q -Q q printf '<%s>\n' >out; cat >rest; }
	[ "$(cat out)" = "$(printf '<a  b>\n<{}>')" ]
	[ "$(cat rest)" = left ]
}

@test "--until-empty: exits as soon as no task is ready and all jobs have finished" {
	qctl put -q q 'qctl put -q "$QPOOL_QUEUE" "echo more"; echo first'
	status 0 timeout 20 qpool -q -Q q --until-empty
	[ "$(tr '\n' ' ' <out)" = "first more " ]
	status 0 timeout 20 qpool -q -Q q --until-empty
	[ ! -s out ]
}

@test "-Q: several pools on one queue run each task once" {
	local i

	seq 300 | sed 's/^/echo /' | qctl put -q q
	qctl close q
	for i in 1 2 3; do qpool -q -j2 -Q q >"got$i" 3>&- & done
	wait
	cat got1 got2 got3 | sort -n | cmp - <(seq 300)
	counts_are_right
}

@test "-Q: a job has its queue and its task's id in its environment" {
	qctl put -q q 'echo "$QPOOL_QUEUE $QPOOL_TASK_ID"' 'echo "$QPOOL_TASK_ID"'
	qctl close q
	status 0 env QPOOL_QUEUE=other QPOOL_TASK_ID=9 qpool -q -Q q
	[ "$(tr '\n' ' ' <out)" = "$PWD/q 1 2 " ]
	status 0 env QPOOL_QUEUE=other QPOOL_TASK_ID=9 qpool -q sh -c 'echo "$QPOOL_QUEUE $QPOOL_TASK_ID"' <<<x
	[ "$(cat out)" = "other 9" ]
}

@test "TERM: tasks that were claimed are ready again, the running ones when their jobs have ended" {
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
	counts_are_right
}

@test "KILL: the workers are ended first, then their tasks are ready again, with one more attempt" {
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
	counts_are_right
}

@test "--until-empty: waits for a task whose pool was killed, while its keeper ends the worker" {
	local pool

	make_go
	qctl put -q q 'trap "echo term >>log" TERM; echo begun >>log; until read x <go; do :; done; echo end >>log'
	qpool -q --grace 30 -Q q 3>&- &
	pool=$!
	until_true has_lines log 1
	kill -KILL "$pool"
	wait "$pool" || true
	until_true has_lines log 2
	timeout 40 qpool -q -Q q --until-empty >got 2>err 3>&- &
	pool=$!
	until_true sh -c '[ -n "$(ls q/waiters)" ]'
	let_go 1
	until_true has_lines log 4
	let_go 1
	wait "$pool"
	[ "$(tr '\n' ' ' <log)" = "begun term end begun end " ]
	in_state 'done' 1
	counts_are_right
}

@test "--max-attempts: a task that kills each pool is dead after this number of attempts" {
	rm -r q
	qctl create -a 2 q
	qctl put -q q 'kill -KILL $PPID; sleep 100'
	for _ in 1 2; do
		timeout 20 qpool -q -Q q 3>&- || [ $? = 137 ]
		until_true eval 'qctl size q >/dev/null; in_state running 0'
	done
	in_state dead 1
	status 0 timeout 20 qpool -q -Q q --until-empty
}

@test "STOP: the tasks of a stopped pool are not run by others" {
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

@test "-Q: the error of a failed task says how its job ended" {
	make_go
	qctl put -q q 'kill -9 $$' 'read x <go' 'exit 7'
	qctl close q
	status 125 qpool -q --timeout 0.2 --grace 0.2 -Q q
	[ "$(sqlite3 q/queue.db 'SELECT group_concat(error) FROM task')" = "signal 9,timeout,exit status 7" ]
}

@test "-Q: a task that cannot be an argument fails alone" {
	printf 'a\0b\n' | qctl put -q q
	head -c 200000 /dev/zero | tr '\0' x | qctl put -q q
	qctl put -q q good
	qctl close q
	status 123 qpool -q -Q q echo
	[ "$(cat out)" = good ]
	[ "$(grep -c '^qpool: q:[12]: task ' err)" = 2 ]
	grep -q 'fill the queue with qctl put -0$' err
	in_state failed 2
	in_state 'done' 1
}

@test "put: from the only job that could free space in a full queue, it fails at once" {
	rm -r q
	qctl create -m 1 q
	qctl put -q q 'qctl put -q q "echo a"; qctl put -q q "echo b" || echo "exit $?"'
	status 0 timeout 20 qpool -q -j1 -Q q --until-empty
	[ "$(tr '\n' ' ' <out)" = "exit 1 a " ]
	grep -q 'qctl: q: deadlock: the queue is full, and every slot is running a job that waits on this queue' err
}

@test "deadlock: a job that waits for itself, or for a slot that waits for it, is reported" {
	rm -r q
	qctl create q
	qctl put -q q 'qctl join q 2>&1; echo "exit $?"; qctl wait q "$QPOOL_TASK_ID" 2>&1; echo "exit $?"' \
		'qctl apply q "echo x" 2>&1; echo "exit $?"' 'qctl map q <<<"echo y" 2>&1; echo "exit $?"'
	status 0 timeout 20 qpool -q -j1 -Q q --until-empty bash -c
	[ "$(grep -c '^qctl: q: this job is running task 1 and would wait for itself$' out)" = 2 ]
	[ "$(grep -c '^qctl: q: deadlock: every slot is running a job that waits on this queue' out)" = 2 ]
	[ "$(grep '^exit' out | tr '\n' ' ')" = "exit 4 exit 4 exit 125 exit 125 " ]
	grep -qx x out
	grep -qx y out
}

@test "deadlock: a job can wait for others of its queue while a slot is free to run them" {
	rm -r q
	qctl create q
	qctl put -q q 'qctl map q <<<"qctl apply q \"echo deep\"" 2>&1; echo "exit $?"'
	status 0 timeout 20 qpool -q -j3 -Q q --until-empty bash -c
	grep -qx 'exit 0' out
	[ "$(grep -cx deep out)" = 3 ]
}

@test "SIGUSR1, SIGUSR2: change the number of slots that qctl stats prints" {
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

@test "-Q: a pool that cannot read its queue says why in one line" {
	qctl size q
	sqlite3 q/queue.db 'DELETE FROM count'
	status 1 qpool -q -Q q
	[ "$(grep -c . err)" = 1 ]
	grep -q '^qpool: q: its database is damaged' err
}

@test "jobserver: a pool that waits for tasks has no token" {
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

@test "results: the output of a job is kept, in a file if it is large" {
	qctl put -q q 'echo out; echo err >&2' 'head -c 300000 /dev/zero | tr "\0" x' \
		'head -c 3000000 /dev/zero | tr "\0" y >&2'
	qctl close q
	status 0 qpool -q -Q q
	[ "$(sqlite3 q/queue.db 'SELECT out || err FROM result WHERE id = 1')" = "$(printf 'out\nerr')" ]
	[ "$(tr -d x <q/results/2.out | wc -c) $(wc -c <q/results/2.out)" = "0 300000" ]
	[ "$(tr -d y <q/results/3.err | wc -c) $(wc -c <q/results/3.err)" = "0 3000000" ]
}

@test "--retries: the queue has the result of the last attempt" {
	qctl put -q q 'echo x >>tries; echo "$(wc -l <tries)"; [ "$(wc -l <tries)" = 3 ]'
	qctl close q
	status 0 qpool -q --retries 3 -Q q
	[ "$(sqlite3 q/queue.db 'SELECT out FROM result')" = 3 ]
	in_state 'done' 1
}

@test "--retries: a task that waits for its next attempt is ready again when its pool is ended" {
	local pool

	qctl put -q q 'exit 1'
	qpool -v --retries 2 --delay 1000 -Q q 2>err 3>&- &
	pool=$!
	until_true has_lines err 1
	kill -TERM "$pool"
	wait "$pool" || [ $? = 143 ]
	in_state ready 1
	counts_are_right
}

@test "--halt: tasks that were not started stay in the queue" {
	qctl put -q q 'exit 1' 'echo a' 'echo b'
	status 123 qpool -q -j1 --halt now,fail=1 -Q q
	in_state failed 1
	in_state ready 2
}

@test "feed pipe: one of the pools puts the lines that are written to it" {
	local i

	for i in 1 2; do qpool -q -Q q >"got$i" 3>&- & done
	until_true sh -c '[ "$(ls q/waiters | wc -l)" = 2 ]'
	timeout 20 sh -c 'echo "echo one" >q/in; printf "echo two\necho three\n" >q/in'
	until_true in_state 'done' 3
	qctl close q
	wait
	[ "$(sort got1 got2 | tr '\n' ' ')" = "one three two " ]
}

@test "feed pipe: while the queue is full its writers wait, and no line is lost" {
	rm -r q
	qctl create -m 2 q
	qpool -q -j2 -Q q >got 3>&- &
	seq 500 | sed 's/^/echo /' >q/in
	until_true has_lines got 500
	qctl close q
	wait $!
	sort -n got | cmp - <(seq 500)
}

@test "named pipe: a pool runs lines of any writer, until the pipe is closed" {
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

@test "--until-eof: the pool exits when the last writer has closed the pipe" {
	mkfifo p
	qpool -q -Q p --until-eof echo >got 3>&- &
	seq 3 >p
	wait $!
	[ "$(tr '\n' ' ' <got)" = "1 2 3 " ]
}

@test "make -n: each task is printed once, and the queue is not changed" {
	qctl put -q q 'echo one' 'echo two'
	status 0 env MAKEFLAGS=n MAKELEVEL=1 timeout -s KILL 10 qpool -Q q
	[ "$(wc -l <out)" = 2 ]
	in_state ready 2
	counts_are_right
}

@test "results: exits 1 if they cannot be recorded" {
	sqlite3 q/queue.db "CREATE TRIGGER refuse BEFORE INSERT ON result BEGIN SELECT raise(ABORT, 'refused'); END"
	qctl put -q q 'exit 3'
	status 1 timeout -s KILL 10 qpool -q --halt now,fail=1 -Q q
	grep -q 'could not record 1 results; their tasks will run again' err
}

@test "-Q: wrong usage is rejected" {
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

# exits WANTED PID: the process ends within 20 s, with that status.
exits() {
	local got=0

	until_true is_gone "$2"
	wait "$2" || got=$?
	[ "$got" = "$1" ] || { echo "exit $got, not $1"; return 1; }
}

@test "removed: a pool whose queue is removed or replaced says so, ends its jobs, and exits with 1" {
	local pool how

	make_go
	for how in removed replaced; do
		qctl put -q q 'echo run >>runs; read x <go'
		qpool -v -j2 -Q q >got 2>err 3>&- &
		pool=$!
		until_true has_lines runs 1
		if [ "$how" = removed ]; then
			rm -r q
			qctl create q
		else
			mv q former
			qctl create q
		fi
		qctl put -q q other
		exits 1 "$pool"
		grep -Eqx 'qpool: q: it was (removed|replaced by another one) while it was in use; the run is ended' err
		grep -q '^\[1\] interrupted ' err
		[ "$(qctl get q)" = other ]
		rm runs
	done
}

@test "removed: an idle pool notices too, with --until-empty or without" {
	local pool

	qpool -q -Q q 2>err 3>&- &
	pool=$!
	until_true sh -c '[ -n "$(ls q/waiters)" ]'
	rm -r q
	exits 1 "$pool"
	[ "$(cat err)" = 'qpool: q: it was removed while it was in use; the run is ended' ]
}

@test "removed: results that the queue no longer takes are reported as lost" {
	local pool

	make_go
	mkfifo begun
	qctl put -q q 'echo >begun; rm -r q; exit 0'
	qpool -v -j1 -Q q >got 2>err 3>&- &
	pool=$!
	read -r _ <begun
	exits 1 "$pool"
	grep -q '^\[1\] ok ' err
	grep -qx 'qpool: q:1: the result is lost' err
}

@test "removed: a pool goes on when its queue is only moved" {
	local pool

	make_go
	qctl put -q q 'echo run >>runs; read x <go; echo end'
	qpool -q -j1 -Q q >got 3>&- &
	pool=$!
	until_true has_lines runs 1
	mv q moved
	qctl put -q moved 'echo second'
	qctl close moved
	let_go 1
	exits 0 "$pool"
	[ "$(tr '\n' ' ' <got)" = "end second " ]
}
