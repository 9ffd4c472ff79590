#!/usr/bin/env bats
# A queue that cannot be used: the reason that is given is the true one; and what can be read is read.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	qctl create q
	qctl put -q q 'echo a' 'exit 3'
	qpool -q --until-empty -Q q >unused || [ $? = 123 ]
	qctl put -q q ready
}

# status WANTED COMMAND ...: the command exits WANTED within 20 s; its output goes to out and err.
status() {
	local wanted=$1 got=0

	shift
	timeout 20 "$@" >out 2>err || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted: $*"; cat out err; return 1; }
}

# says TEXT: the file err is that one line.
says() {
	[ "$(cat err)" = "$1" ] || { cat err; return 1; }
}

@test "read-only: verbs that only read work on a read-only file system, the others give the reason" {
	unshare -rm true 2>/dev/null || skip "cannot create a mount namespace"
	export -f status says
	cat >inside <<'END'
set -e
mount --bind q q
mount -o remount,bind,ro q
status 0 qctl size q
[ "$(cat out)" = 1 ]
status 0 qctl list q
[ "$(cut -f2 out | tr '\n' ' ')" = "state done failed ready " ]
status 0 qctl stats q
grep -qx "done	1" out
status 0 qctl result q 1
[ "$(cat out)" = a ]
status 3 qctl result q 2
status 0 qctl wait q 1 2
status 1 qctl wait -t 0.1 q 3
status 1 qctl join -n q
status 1 qctl empty q
status 1 qctl full q
status 0 qctl successful q 1
status 0 qctl ready q 2
for words in 'put q x' 'get -n q' 'close q' 'retry q' 'purge --all q' 'terminate q' 'feed q'; do
	status 4 qctl $words
	says 'qctl: q: cannot be changed: it is on a read-only file system'
done
status 1 qpool -Q q
says 'qpool: q: cannot be changed: it is on a read-only file system'
END
	run unshare -rm bash inside
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	is_sound q
}

@test "descriptors: too few of them are the reason that is given" {
	local n some=0

	for n in {4..12}; do
		(ulimit -n "$n" && exec qctl size q) >out 2>err && continue
		# Below that, the program itself cannot be loaded.
		grep -q 'loading shared libraries\|cannot load SQLite' err && continue
		grep -Eqx 'qctl: q: cannot open (its database|lock|claims): Too many open files' err ||
			{ cat err; return 1; }
		some=$((some + 1))
	done
	[ "$some" -gt 0 ]
}

@test "log: a database whose log was lost is damaged, not another program's" {
	rm q/queue.db-wal
	status 4 qctl size q
	says "qctl: q: its database is damaged (queue.db-wal is missing or was cut off);\
 move the queue away and create a new one"
	: >q/queue.db-wal
	rm q/queue.db-shm
	status 4 qctl size q
	grep -q 'queue.db-wal is missing or was cut off' err
}

@test "log: a pool notices that the log was removed while it runs" {
	local pool

	make_go
	qctl put -q q 'echo run >>runs; read x <go'
	qpool -q -j3 -Q q >got 2>err 3>&- &
	pool=$!
	until_true has_lines runs 1
	rm q/queue.db-wal
	until_true is_gone "$pool"
	grep -qx "qpool: q: its file queue.db-wal was removed while it was in use; the latest changes are lost;\
 the run is ended" err
}

@test "ids: that all are used is not a full disk" {
	sqlite3 q/queue.db "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'task'"
	status 4 qctl put q a
	says 'qctl: q: all its task ids are used; create a new queue'
	[ "$(qctl get -n q)" = ready ]
}

@test "files: a missing one, and one of another kind, are named" {
	mv q/claims .
	status 4 qctl size q
	says 'qctl: q: not a queue: claims not found; make a queue with qctl create'
	mv claims q
	mv q/lock .
	status 4 qctl size q
	says 'qctl: q: not a queue: lock not found; make a queue with qctl create'
	mv lock q
	mv q/queue.db .
	status 4 qctl size q
	says 'qctl: q: not a queue: queue.db not found; make a queue with qctl create'
	sqlite3 q/queue.db 'CREATE TABLE other (x)'
	chmod 600 q/queue.db
	status 4 qctl size q
	says "qctl: q: not a queue: its database belongs to another program"
}

@test "permission: files that their owner cannot write are read" {
	[ "$(id -u)" != 0 ] || skip "root can write everything"
	chmod a-w q q/*
	status 0 qctl size q
	status 4 qctl put q a
	says 'qctl: q: cannot open lock: Permission denied'
	chmod u+w q q/*
}

@test "path: a queue works at any path that the system accepts, also after it was moved there" {
	local long name pool

	name=$(printf '%0200d' 0)
	long=$PWD/$name/$name/$name
	mkdir -p "$long"
	mv q "$long/q"
	[ "$(qctl get -n "$long/q")" = ready ]
	qctl put -q "$long/q" 'echo "${#QPOOL_QUEUE}"'
	[ "$(qpool -q --until-empty -Q "$long/q")" = $((${#long} + 2)) ]
	[ "$(qctl result "$long/q" 1)" = a ]
	cd "$long"
	qctl create q2
	qctl put -q q2 b
	qctl move q2 q
	[ "$(qctl get -n q)" = b ]
	# Relative, below a path that is longer than the system accepts.
	while [ "${#long}" -lt 4300 ]; do
		mkdir "$name"
		cd "$name"
		long=$long/$name
	done
	qctl create q3
	qctl put -q q3 c
	[ "$(qctl get -n q3)" = c ]
}

@test "path: without /proc a long one is the reason that is given" {
	local name

	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers need /proc"

	unshare -rm true 2>/dev/null || skip "cannot create a mount namespace"
	name=$(printf '%0200d' 0)
	mkdir -p "$name/$name/$name"
	mv q "$name/$name/$name/q"
	mkdir empty
	cat >inside <<END
mount --bind empty /proc
qctl size $name/$name/$name/q
END
	status 4 unshare -rm sh inside
	says "qctl: $name/$name/$name/q: its path is too long to be opened without /proc: at most 480 bytes"
}
