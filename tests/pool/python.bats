#!/usr/bin/env bats
# qctl does what Python's multiprocessing does: each scenario of python-queue.py is run with both, and compared.

bats_require_minimum_version 1.5.0

setup() {
	command -v python3 >/dev/null || skip "python3 is not installed"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# same SCENARIO LINES: both print the same, with that number of lines.
same() {
	local who

	for who in python qctl; do
		mkdir "$who"
		(cd "$who" && exec timeout -k 5 120 python3 "$QPOOL_SRCDIR/tests/lib/python-queue.py" "$who" "$1") \
			>"$who.out" 2>"$who.err" ||
			{ echo "$who: exit $?"; cat "$who.out" "$who.err"; return 1; }
	done
	diff python.out qctl.out
	[ "$(wc -l <python.out)" = "$2" ]
}

# Scenarios with a pool that serves a queue.
needs_pool() {
	qpool --help | grep -q -- --queue || skip "this qpool has no -Q"
}

@test "python: put, put_nowait and put with a timeout give Full" {
	same put 8
	grep -q 'full: Full' python.out
}

@test "python: get, get_nowait and get with a timeout give Empty" {
	same get 4
	grep -q 'empty: Empty' python.out
}

@test "python: a put wakes a waiting get, and a get wakes a waiting put" {
	same wakes 4
}

@test "python: qsize" {
	same qsize 3
}

@test "python: empty and full, also right after a put" {
	same empty 6
	grep -q 'empty after a put: False' qctl.out
}

@test "python: close, then put" {
	same close 5
	grep -q 'put: ValueError' python.out
}

@test "python: join and task_done" {
	same join 7
	grep -q 'once more: ValueError' python.out
}

@test "python: Pool.apply" {
	needs_pool
	same apply 4
}

@test "python: Pool.apply_async and AsyncResult with ready, wait, successful and get" {
	needs_pool
	same apply_async 13
}

@test "python: Pool.map and imap" {
	needs_pool
	same map 4
}

@test "python: Pool.terminate, then join" {
	needs_pool
	same terminate 3
}

@test "python: Pool.close, then join" {
	needs_pool
	same drain 4
}
