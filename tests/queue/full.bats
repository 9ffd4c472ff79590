#!/usr/bin/env bats
# A full disk: tasks that were put stay, tasks can be finished, and the queue goes on when there is free space.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	# Sanitizers do not allow preloading: the tests that need it are skipped then.
	[ "$QPOOL_SANITIZERS" != yes ] || return 0
	compile_queue_calls
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	cd / || return
	! mountpoint -q "$BATS_TEST_TMPDIR/small" || umount "$BATS_TEST_TMPDIR/small"
}

# small_disk SIZE: changes to a directory `small` on a disk of SIZE.
small_disk() {
	mkdir small
	mount -t tmpfs -o "size=$1" none small 2>/dev/null || skip "a small file system cannot be mounted here"
	cd small || return 1
}

task() {
	printf '%d %03000d' "$1" 0
}

# Puts tasks until the disk is full; the ids printed are in ../printed.
fill_up() {
	local n=0

	while n=$((n + 1)) && qctl put q "$(task $n)" >>../printed 2>../err; do [ "$n" -lt 10000 ]; done
	[ "$(cat ../err)" = "qctl: q: the disk is full; free some space and try again" ]
	# So that not even a small file fits.
	head -c 10000000 /dev/zero >filler 2>/dev/null || true
}

reports_full() {
	[ "$1" = 4 ] && [ "$(wc -l <err)" = 1 ] && grep -q '^qctl: .*\(disk is full\|No space left on device\)' err
}

@test "full disk: put reports it, and all tasks that were put can be taken" {
	local i last=0

	small_disk 2m
	qctl create q
	fill_up
	run -4 qctl put q "$(task 0)"
	[ "$(qctl size q)" = "$(wc -l <../printed)" ]
	while read -r i; do [ "$(qctl get q | cut -d' ' -f1)" = "$i" ]; last=$i; done <../printed
	qctl empty q
	is_sound q
	rm filler
	[ "$(qctl put q more)" -gt "$last" ]
	[ "$(qctl get q)" = more ]
	[ "$(stat -c %s q/ballast)" = 262144 ]
}

@test "full disk: tasks can be leased, and the queue closed" {
	local held i

	small_disk 3m
	qctl create q
	fill_up
	for i in 1 2 3 4 5 6 7 8 9 10; do
		held=$(qctl get --hold q | cut -f1)
		[ -n "$held" ]
	done
	qctl close q
	[ "$(qctl size q)" = $(($(wc -l <../printed) - 10)) ]
	is_sound q
}

# each_full LEAST MOST CHECK COMMAND ...: runs the command on a copy of the queue `first` with a disk that is full from
# its first call on, its second ..., and CHECK STATUS after each. Standard input is the file input, standard output the
# file out.
each_full() {
	local least=$1 most=$2 check=$3 all step=1 n status runs=0

	shift 3
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers do not allow preloading"
	again
	QUEUE_COUNT=calls LD_PRELOAD=$CALLS "$@" <input >out
	all=$(cat calls)
	[ -n "${QPOOL_LONG:-}" ] || [ "$all" -le "$most" ] || step=$((all / most + 1))
	for ((n = 1; n <= all; n += step)); do
		again
		status=0
		QUEUE_FULL=$n LD_PRELOAD=$CALLS "$@" <input >out 2>err || status=$?
		"$check" "$status" || { echo "full at $n of $all, status $status"; cat err; return 1; }
		runs=$((runs + 1))
	done
	[ "$runs" -ge "$least" ]
}

again() {
	rm -rf q
	[ ! -e first ] || cp -a first q
	: >out
}

has_ballast() {
	[ "$(stat -c %s q/ballast)" = 262144 ]
}

put_some() {
	[ "$1" = 0 ] || reports_full "$1" || return 1
	is_sound q || return 1
	qctl get -n -c 100000 q >got || [ $? = 1 ]
	# A task whose id was not printed is not in the queue.
	[ "$(wc -l <got)" = $((3 + $(wc -l <out))) ] && head -c "$(wc -c <got)" expected | cmp - got && has_ballast
}

@test "put: with a disk that is full from any call on, the queue has just the tasks whose ids were printed" {
	qctl create first
	qctl put -q first a b c
	seq 1 2100 >input
	{ printf '%s\n' a b c; cat input; } >expected
	each_full 30 40 put_some qctl put q
}

got_all() {
	[ "$1" = 0 ] && [ ! -s err ] && cmp out wanted && is_sound q &&
		qctl get -c 100 q | cat out - | cmp - expected && has_ballast
}

@test "get: with a disk that is full from any call on, it takes its tasks" {
	qctl create first
	seq 101 130 | tee expected | qctl put -q first
	head -n 8 expected >wanted
	: >input
	each_full 30 40 got_all qctl get -c 8 q
}

made_or_not() {
	[ "$1" = 0 ] || { reports_full "$1" && [ -z "$(find . -name 'q*')" ]; }
}

@test "create: with a disk that is full from any call on, it fails and leaves no file" {
	: >input
	each_full 30 40 made_or_not qctl create q
}

@test "put and get: no file is created outside the queue" {
	local i

	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers do not allow preloading"
	qctl create q
	export QUEUE_RECORD=$PWD/record LD_PRELOAD=$CALLS
	for i in 1 2 3 4 5 6; do printf '%050000d\n' {1..10}; done | qctl put -q q
	qctl get -c 50 q >out
	unset LD_PRELOAD
	grep -aq '^C .*/q/queue.db-wal$' record
	run ! grep -a '^C .*/etilqs' record
}
