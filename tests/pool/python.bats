#!/usr/bin/env bats
# What Python's multiprocessing does, qctl does: each scenario of python-queue.py is run with both, and what happened is compared.

bats_require_minimum_version 1.5.0

setup() {
	command -v python3 >/dev/null || skip "python3 is not installed"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# same SCENARIO LINES: both tell the same, in so many lines.
same() {
	local who

	for who in python qctl; do
		mkdir "$who"
		(cd "$who" && exec timeout -k 5 120 python3 "$QPOOL_SRCDIR/tests/lib/python-queue.py" "$who" "$1") >"$who.out" 2>"$who.err" ||
			{ echo "$who: exit $?"; cat "$who.out" "$who.err"; return 1; }
	done
	diff python.out qctl.out
	[ "$(wc -l <python.out)" = "$2" ]
}

# What needs a pool that serves a queue.
needs_pool() {
	qpool --help | grep -q -- --queue || skip "this qpool has no -Q"
}

@test "put, put_nowait, put with a time-out: Full" {
	same put 8
	grep -q 'full: Full' python.out
}

@test "get, get_nowait, get with a time-out: Empty" {
	same get 4
	grep -q 'empty: Empty' python.out
}

@test "a get that waits is woken by a put, and a put by a get" {
	same wakes 4
}

@test "qsize" {
	same qsize 3
}

@test "empty and full, right after a put too" {
	same empty 6
	grep -q 'empty after a put: False' qctl.out
}

@test "close, then put" {
	same close 5
	grep -q 'put: ValueError' python.out
}

@test "join and task_done" {
	same join 7
	grep -q 'once more: ValueError' python.out
}

@test "Pool.apply" {
	needs_pool
	same apply 4
}

@test "Pool.apply_async and AsyncResult: ready, wait, successful, get" {
	needs_pool
	same apply_async 13
}

@test "Pool.map and imap" {
	needs_pool
	same map 4
}

@test "Pool.terminate, then join" {
	needs_pool
	same terminate 3
}

@test "Pool.close, then join" {
	needs_pool
	same drain 4
}
