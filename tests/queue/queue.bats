#!/usr/bin/env bats
# Queue directories through qctl: output and exit status of the verbs, and the guarantees of a queue.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
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

@test "put and get: tasks are taken as they were put, in their order" {
	qctl create q
	[ "$(qctl put q a 'b c' '')" = "$(printf '1\n2\n3')" ]
	[ "$(seq 4 6 | qctl put q)" = "$(printf '4\n5\n6')" ]
	[ "$(qctl size q)" = 6 ]
	[ "$(qctl get -c 2 q)" = "$(printf 'a\nb c')" ]
	[ "$(qctl get q)" = "" ]
	[ "$(qctl get -c 100 q)" = "$(printf '4\n5\n6')" ]
	status 1 qctl get -n q
	[ ! -s out ]
}

# others_use: prints the files of q that are open to others, or closed to the owner.
others_use() {
	find q ! -type d ! -perm 600 -o -type d ! -perm 700
}

# use_queue UMASK: creates q and has a task run, with all the kinds of files that a queue has.
use_queue() {
	umask "$1"
	qctl create q || return 1
	others_use
	# Its waiter is a named pipe, its result a file.
	qctl map q <<<'cat ../long' >/dev/null &
	until_true eval '[ "$(qctl size q)" = 1 ]' || return 1
	others_use
	qpool -q -Q q --until-empty >/dev/null && wait $! && qctl result q 1 | cmp - ../long && others_use
}

@test "create: files have mode 0600 and directories 0700 whatever the umask" {
	local umask

	head -c 200000 /dev/zero | tr '\0' x >long
	for umask in 000 077 177 277 777; do
		mkdir "$umask"
		run -0 eval "cd $umask && (use_queue $umask)"
		[ "$output" = "" ]
		[ "$(cd "$umask" && echo q*)" = q ]
		[ -n "$(ls "$umask/q/results")" ]
	done
}

@test "create: nothing is left behind if a signal ends it" {
	local all n signal

	[ "$QPOOL_SANITIZERS" != yes ] || skip "preloading does not go with the sanitizers"
	compile_queue_calls
	QUEUE_COUNT=calls LD_PRELOAD=$CALLS qctl create q
	all=$(cat calls)
	[ "$all" -ge 8 ]
	for signal in 2 15; do
		for ((n = 1; n <= all; n += 3)); do
			rm -rf q
			QUEUE_KILL=$n QUEUE_SIGNAL=$signal LD_PRELOAD=$CALLS qctl create q || [ $? = $((128 + signal)) ]
			[ "$(echo q*)" = q ]
			status 0 qctl put -q q a
		done
	done
}

@test "priority: higher ones are taken first, then the oldest" {
	qctl create q
	qctl put -q q a b
	qctl put -q -p 5 q c d
	qctl put -q -p -1 q e
	[ "$(qctl get -c 9 q | tr '\n' ' ')" = "c d a b e " ]
}

@test "put: waits for free space in a full queue, or exits 1" {
	local waiter

	qctl create -m 2 q
	[ "$(qctl put q a b)" = "$(printf '1\n2')" ]
	status 0 qctl full q
	status 1 qctl put -n q c
	status 1 qctl put -t 0.1 q c
	[ ! -s out ]
	qctl put q c >put.out 3>&- &
	waiter=$!
	[ "$(qctl get q)" = a ]
	wait "$waiter"
	[ "$(cat put.out)" = 3 ]
	status 0 qctl full q
	[ "$(qctl get -c 9 q | tr '\n' ' ')" = "b c " ]
	status 1 qctl full q
	status 0 qctl empty q
}

@test "get: waits for a task, and each of several waiters gets one" {
	local i

	qctl create q
	for i in 1 2 3; do qctl get q >"got$i" 3>&- & done
	qctl put -q q a b c
	wait
	[ "$(sort got1 got2 got3 | tr '\n' ' ')" = "a b c " ]
}

@test "close: no task can be put, and waiting readers exit 3 when the queue is drained" {
	local waiter

	qctl create q
	qctl put -q q a
	status 0 qctl close q
	status 0 qctl close q
	status 3 qctl put q b
	grep -q 'qctl: q: closed; reopen it with qctl open' err
	[ "$(qctl get q)" = a ]
	status 3 qctl get q
	status 3 qctl get -n q
	qctl open q
	qctl put -q q c
	[ "$(qctl get q)" = c ]
	qctl get q 3>&- &
	waiter=$!
	until_true has_waiter q
	qctl close q
	wait "$waiter" || [ $? = 3 ]
}

has_waiter() {
	[ -n "$(ls "$1/waiters")" ]
}

@test "get: killed while it waits, it takes no task with it and its pipe is removed" {
	local waiter

	qctl create q
	qctl get q 3>&- &
	waiter=$!
	until_true has_waiter q
	kill -KILL "$waiter"
	wait "$waiter" || true
	qctl put -q q a
	[ "$(qctl get -t 5 q)" = a ]
	qctl close q
	[ -z "$(ls q/waiters)" ]
}

@test "get: tasks that cannot be written out are ready again" {
	qctl create q
	qctl put -q q a b
	status 4 sh -c 'qctl get -c 2 q >/dev/full'
	grep -q 'qctl: q: stdout: No space left on device' err
	[ "$(qctl get -c 9 q | tr '\n' ' ')" = "a b " ]
}

@test "get: killed before it has written its task, it loses no task" {
	qctl create q
	qctl put -q q a
	mkfifo slow
	# Nobody reads the pipe: get blocks in the write of a task that is larger than it.
	head -c 1000000 /dev/zero | tr '\0' x | qctl put -q -p 1 q
	exec 9<>slow
	qctl get q >slow 3>&- &
	until_true sh -c '[ "$(qctl size q)" = 1 ]'
	kill -KILL $!
	wait $! || true
	[ "$(qctl size q)" = 2 ]
	[ "$(qctl get q | wc -c)" = 1000001 ]
}

@test "--key: a key is put once while its task is unfinished" {
	qctl create q
	[ "$(qctl put --key k q a)" = 1 ]
	[ "$(qctl put --key k q b)" = 1 ]
	[ "$(qctl size q)" = 1 ]
	[ "$(qctl get q)" = a ]
	[ "$(qctl put --key k q b)" = 2 ]
	status 2 qctl put --key k q a b
}

@test "--after: a delayed task is taken when its time has come" {
	qctl create q
	qctl put -q --after 3 q later
	qctl put -q q now
	[ "$(qctl get q)" = now ]
	status 0 qctl empty q
	[ "$(qctl get -t 10 q)" = later ]
	qctl put -q --after 1000 q never
	status 1 qctl get -n q
}

@test "open: a path that is not a queue is rejected in one line and not changed" {
	local q

	echo text >file
	mkdir directory foreign
	sqlite3 foreign/queue.db 'CREATE TABLE t (a)'
	touch foreign/lock
	qctl create newer
	sqlite3 newer/queue.db 'PRAGMA user_version = 99'
	ln -s nowhere dangling
	mkdir linked
	ln -s ../newer/queue.db linked/queue.db
	sha1sum foreign/queue.db file >before
	for q in file directory foreign newer dangling linked missing "$(printf 'a\nb')"; do
		status 4 qctl size "$q"
		[ "$(wc -l <err)" = 1 ]
		grep -q '^qctl: ' err
	done
	sha1sum -c --quiet before
	status 4 qctl create file
	status 4 qctl create directory
	status 4 qctl create missing/q
	qctl create ok
	status 4 qctl create ok
	status 0 qctl create -f ok
	status 4 qctl create -f -m 3 ok
	ln -s ok link
	status 0 qctl put link a
}

@test "put and get: tasks with any bytes are not changed" {
	qctl create 'a "q"; DROP TABLE task'
	cd 'a "q"; DROP TABLE task' || return 1
	printf "'); DROP TABLE task; --\n\xff\xfe\n%s\n" "$(printf 'tab\there')" >../lines
	qctl put -q . <../lines
	qctl get -c 3 . | cmp - ../lines
	printf 'two\nlines\0\0three\0' >../nul
	qctl put -q -0 . <../nul
	qctl get -0 -c 3 . | cmp - ../nul
	printf 'a\0b\n' >../inside
	qctl put -q . <../inside
	qctl get . | cmp - ../inside
	head -c 10485760 /dev/urandom | tr '\n' x >../large
	qctl put -q . <../large
	qctl get . | head -c 10485760 | cmp - ../large
}

@test "--lease 0: the lease expires at once, and counts as an attempt" {
	qctl create -a 1 q
	qctl put -q q a
	[[ "$(qctl get --hold --lease 0 q)" == 1:[1-9]*$'\ta' ]]
	status 1 qctl get -n q
	[ "$(sqlite3 q/queue.db 'SELECT error FROM task')" = "its lease ran out" ]
}

@test "qctl: wrong usage is rejected and changes nothing" {
	qctl create q
	status 2 qctl
	status 2 qctl nonsense q
	status 2 qctl put
	status 2 qctl put --nonsense q
	status 2 qctl get -c 0 q
	status 2 qctl get -t soon q
	status 2 qctl size q more
	status 0 qctl --help
	status 0 qctl put --help
	[ "$(qctl size q)" = 0 ]
}
