#!/usr/bin/env bats
# The examples of the queue: each prints what it is meant to show.

# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	examples=$QPOOL_SRCDIR/docs/examples
	export TMPDIR=$PWD
}

teardown() {
	[ -z "$(find . -name 'tmp.*')" ]
}

@test "queue-of-three: all tasks arrive in order, and a full and an empty queue are reported" {
	timeout 60 "$examples/queue-of-three.sh" 12 >out
	[ "$(grep -c '^writer: put' out)" = 12 ]
	grep '^reader: got' out | cmp - <(seq 12 | sed 's/^/reader: got task /')
	grep -q '^reader: the queue is empty' out
}

@test "queue-of-three: a writer with a slow reader finds the queue full" {
	# The reader is slow: each get waits for the reader of its output.
	mkdir bin
	printf '#!/bin/sh\n[ "$1" != get ] || sleep 0.05\nexec "%s" "$@"\n' "$(command -v qctl)" >bin/qctl
	chmod +x bin/qctl
	PATH=$PWD/bin:$PATH timeout 60 "$examples/queue-of-three.sh" 12 >out
	grep -q '^writer: the queue is full' out
	grep '^reader: got' out | cmp - <(seq 12 | sed 's/^/reader: got task /')
}

@test "write-then-read: the second job finds what the first one wrote" {
	timeout 60 "$examples/write-then-read.sh" >out
	printf '%s\n' 'put task 1; waiting for it' 'writer done' 'reader begins' 'written by a job' >expected
	diff expected out
}

@test "three-workers: each of ten tasks runs once, three at a time" {
	timeout 60 "$examples/three-workers.sh" >out
	[ "$(wc -l <out)" = 20 ]
	sed 's/^[0-9:]* worker \([0-9]*\) [a-z]* task \([0-9]*\)$/\1 \2/' out | sort | uniq -c >pairs
	[ "$(awk '$1 == 2' pairs | wc -l)" = 10 ]
	awk '/begins/ { if (++now > most) most = now } /ends/ { now-- } END { exit most != 3 }' out
}
