#!/usr/bin/env bats
# The verbs of qctl beside put and get: what each prints and exits with. Tasks are run by tests/queue-run.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
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
