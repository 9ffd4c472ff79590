#!/usr/bin/env bats
# A queue whose lock another process has for too long, as one does that was stopped while it wrote.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	command -v flock >/dev/null || skip "flock(1) is not installed"
	command -v python3 >/dev/null || skip "python3 is not installed"
	qctl create q
}

teardown() {
	[ -z "${holder:-}" ] || kill -KILL "$holder" 2>/dev/null || true
	pkill -KILL -P $$ -x qctl || true
	end_workers
}

# lock_queue: a process, whose pid is in `holder`, takes the lock of q until unlock_queue.
lock_queue() {
	mkfifo hold locked
	exec {hold}<>hold
	flock q/lock sh -c 'echo >locked; read x <hold' 3>&- &
	holder=$!
	read -r _ <locked
}

unlock_queue() {
	echo >&"$hold"
	wait "$holder"
	holder=
}

# status WANTED COMMAND ...: the command exits WANTED within 20 s; its output goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	timeout 20 "$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted: $*"; cat out err; return 1; }
}

names_holder() {
	local who=

	[ "$QPOOL_SYSTEM" != linux ] || who=" (pid $holder)"
	[ "$(cat err)" = "qctl: q: another process$who has it locked; if it is stopped, continue or end it" ] ||
		{ cat err; return 1; }
}

@test "lock: a verb that changes the queue waits for its own time, then fails and names the process" {
	local verb begin=$SECONDS

	qctl put -q q a b
	lock_queue
	for verb in 'put -n q x' 'get -n q' 'put -t 0.1 q x' 'get -t 0.1 q' 'move -n q q2'; do
		[ "$verb" != 'move -n q q2' ] || cp -a q q2
		# shellcheck disable=SC2086 # words
		status 4 qctl $verb
		names_holder
	done
	status 125 qctl apply -t 0.1 q x
	names_holder
	echo x >x
	status 125 qctl map -t 0.1 q <x
	names_holder
	# Without -t, 5 s.
	status 4 qctl close q
	names_holder
	[ $((SECONDS - begin)) -lt 40 ]
	unlock_queue
	[ "$(qctl get -n -c9 q | tr '\n' ' ')" = "a b " ]
}

@test "lock: a verb that only reads answers nevertheless" {
	qctl put -q q 'echo a' b
	qctl put -q --after 100 q c
	qpool -q -j1 --halt now,done=1 -Q q >got
	lock_queue
	status 0 qctl size q
	[ "$(cat out)" = 1 ]
	status 0 qctl list q
	[ "$(grep -c . out)" = 4 ]
	status 0 qctl stats q
	grep -qx "delayed	1" out
	status 0 qctl result q 1
	[ "$(cat out)" = a ]
	status 1 qctl empty q
	status 1 qctl full q
	status 0 qctl ready q 1
	status 0 qctl successful q 1
	status 0 qctl wait q 1
	status 1 qctl wait -t 0.1 q 2
	status 1 qctl join -t 0.1 q
	unlock_queue
}

@test "lock: a put that waits for it goes on once it is free" {
	lock_queue
	qctl put -t 100 q a >ids 3>&- &
	until_true waits_for_lock $!
	unlock_queue
	wait $!
	[ "$(cat ids)" = 1 ]
}

waits_for_lock() {
	[ "$QPOOL_SYSTEM" = linux ] || return 0
	grep -q -- "-> FLOCK .* $1 " /proc/locks
}

@test "lock: a pool keeps its time limits while the queue is locked, and records the results afterwards" {
	local pool

	make_go
	qctl put -q q 'echo run >>runs; read x <go' 'echo second'
	qpool -v -j1 --timeout 2 --grace 0.1 -Q q >got 2>err 3>&- &
	pool=$!
	until_true has_lines runs 1
	lock_queue
	# Its record is printed, though the queue does not have the result.
	until_true grep -q '^\[1\] timeout' err
	[ "$(sqlite3 -readonly q/queue.db 'SELECT group_concat(state) FROM task')" = 2,0 ]
	unlock_queue
	until_true grep -qx second got
	qctl close q
	wait "$pool" || [ $? = 125 ]
	[ "$(qctl stats q | grep -E '^(done|failed)' | tr '\n\t' '  ')" = "done 1 failed 1 " ]
}

@test "lock: TERM ends a pool while the queue is locked, and its jobs at once" {
	local pool

	make_go
	qctl put -q q 'echo $$ >>pids; read x <go' 'echo second'
	qpool -q -j1 -Q q >got 2>err 3>&- &
	pool=$!
	until_true has_lines pids 1
	lock_queue
	kill -TERM "$pool"
	until_true is_gone "$(cat pids)"
	wait "$pool" || [ $? = 143 ]
	grep -q 'has it locked' err
	unlock_queue
	[ "$(qctl size q)" = 2 ]
	is_sound q
}

@test "lock: SIGUSR1 changes the number of slots, which the queue has when it is free again" {
	local pool

	qctl put -q q
	qpool -q -j2 -Q q 3>&- &
	pool=$!
	until_true sh -c 'qctl stats q | grep -qx "slots	2"'
	lock_queue
	kill -USR1 "$pool"
	status 0 qctl stats q
	unlock_queue
	until_true sh -c 'qctl stats q | grep -qx "slots	3"'
	qctl close q
	wait "$pool"
}

@test "TSTP: a process that changes the queue is not stopped while it has the lock" {
	local putter i

	# A process group of its own, whose parent is in another one: only there does TSTP stop a process.
	python3 -c 'import os, sys; os.setpgrp(); os.execvp(sys.argv[1], sys.argv[1:])' \
		sh -c 'echo >begun; yes x | qctl put -q q' 3>&- &
	putter=$!
	until_true has_lines begun 1
	until_true sh -c '[ "$(qctl size q)" -gt 0 ]'
	for i in {1..20}; do
		kill -TSTP -- "-$putter"
		until_true is_stopped "$putter"
		flock -w 10 q/lock true
		status 0 qctl put -q -n q y
		kill -CONT -- "-$putter"
		# Each time it is stopped at a different place.
		sleep "0.0$((i % 10))"
	done
	kill -KILL -- "-$putter"
	wait "$putter" || true
	is_sound q
}

# Are all processes of the group stopped?
is_stopped() {
	local pid

	for pid in $(pgrep -g "$1"); do
		state "$pid" T || return 1
	done
}
