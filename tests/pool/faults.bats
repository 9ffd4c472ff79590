#!/usr/bin/env bats
# System calls that fail because tests/lib/faults.c is preloaded. Nothing may be lost, hang, or be left behind.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

setup_file() {
	# Preloading does not work with the sanitizers: setup skips each test then.
	[ "$QPOOL_SANITIZERS" != yes ] || return 0
	# shellcheck disable=SC2086
	$QPOOL_CC -shared -fPIC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/faults.so" "$QPOOL_SRCDIR/tests/lib/faults.c" -ldl
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	[ "$QPOOL_SANITIZERS" != yes ] || skip "preloading does not go with the sanitizers"
}

# with FAULT OPTION ...: runs 20 jobs with that fault; their output is in out, the log in log, messages in err.
with() {
	local fault=$1

	shift
	seq 20 | FAULT=$fault LD_PRELOAD=$BATS_FILE_TMPDIR/faults.so \
		timeout -k 5 60 qpool -q -j3 -l log "$@" echo >out 2>err
}

all_there() {
	seq 20 | cmp - out && [ "$(tail -n +2 log | cut -f11 | sort | uniq -c | tr -s ' ')" = " 20 ok" ]
}

@test "faults: without processes new jobs wait, with one message, and nothing is lost" {
	with vfork:EAGAIN:2:4
	all_there
	[ "$(grep -c 'qpool: fork: Resource temporarily unavailable; new jobs wait' err)" = 1 ]
}

@test "faults: the first job waits until the keeper can start" {
	with fork:EAGAIN:1:2
	all_there
}

@test "faults: no worker starts before a slow keeper is ready" {
	seq 2 | FAULT=slow LD_PRELOAD=$BATS_FILE_TMPDIR/faults.so qpool -q sh -c 'echo worker >>order' sh
	printf '%s\n' keeper worker worker | cmp - order
}

@test "faults: without file descriptors new jobs wait, and nothing is lost" {
	with pipe2:EMFILE:4:3
	all_there
	grep -q 'qpool: pipe: Too many open files; new jobs wait' err
}

@test "faults: a job whose output cannot be read has failed, whatever its exit status" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "the portable loop reads a pipe of its own too"
	local call

	# The first read is from the keeper, which reports that it is ready.
	for call in readpipe:EIO:2:1 readpipe:EIO:3:1 readpipe:EIO:6:4; do
		rm -f log
		seq 20 >in
		run -1 with "$call" -a in --retries 1
		grep -q 'job [0-9]*: cannot read its std[a-z]*: Input/output error; some of its output is lost' err
		tail -n +2 log | cut -f11,12 | grep -qx 'fail	1'
	done
	# Another attempt does not make up for it: the output of the first one is lost.
	rm -f log
	run -1 with readpipe:EIO:2:1 -a in --retries 2
	[ "$(tail -n +2 log | cut -f11 | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 1 fail, 20 ok," ]
}

@test "faults: a pipe that cannot be waited for defers the job, and nothing is lost" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "the portable loop has no epoll"
	local at

	seq 20 >in
	for at in 3 4 5 6 7 8 9 10 11 12; do
		rm -f log
		with "epoll_ctl:ENOSPC:$at:1" -a in
		all_there
	done
	rm -f log
	with epoll_ctl:ENOSPC:3:1 -a in
	grep -q 'qpool: watching a pipe: No space left on device; new jobs wait' err
}

@test "faults: a task whose output cannot be kept with its result has failed" {
	qctl create q
	echo 'head -c 200000 /dev/zero' | qctl put q
	run -1 --separate-stderr env TMPDIR=/nonexistent qpool -q -Q q --until-empty -l log
	[[ $stderr == 'qpool: q:1: cannot keep the output with the result: '* ]]
	[ "$(tail -n 1 log | cut -f11)" = fail ]
	run qctl result q 1
	[ "$status" = 1 ]
}

@test "faults: a run ends if its input cannot be waited for" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "the portable loop has no epoll"
	run -1 with epoll_ctl:ENOSPC:2:1
	grep -q 'qpool: stdin: cannot wait for tasks: No space left on device' err
	[ "$(wc -l <err)" = 1 ]
}

@test "faults: a run ends if no job can ever start" {
	local limit

	seq 3 >in
	run -1 with pipe2:EMFILE:4:100000 -a in
	grep -q 'Too many open files; no job can start' err
	for limit in 10 11 12 13 14 15; do
		# With the larger ones it may work.
		(ulimit -n "$limit" && exec timeout -k 5 60 qpool -q -j2 -a in echo) >out 2>err || [ $? = 1 ]
		seq 3 | cmp - out || grep -qE 'Too many open files|cannot' err
	done
}

@test "faults: interrupted system calls have no effect" {
	local call

	for call in write read epoll_wait wait4 pwrite; do
		rm -f log
		with "$call:EINTR:0:0:2"
		all_there
		[ ! -s err ]
	done
}

@test "faults: a full spill defers jobs and loses nothing" {
	seq 12 | FAULT=pwrite:ENOSPC:2:3 LD_PRELOAD=$BATS_FILE_TMPDIR/faults.so timeout -k 5 60 \
		qpool -q -j4 sh -c 'head -c 2000000 /dev/zero | tr "\0" x; echo " $1"' sh 2>err >out
	[ "$(awk '$1 != "" && (length($1) != 2000000 || $2 != NR) { bad++ } END { print NR, bad + 0 }' out)" = "12 0" ]
}

@test "faults: without named pipes new jobs wait, and nothing is lost or left behind" {
	local call

	mkdir tmp
	export TMPDIR=$PWD/tmp
	for call in mkfifo:ENOSPC:2:3 mkfifo:EINTR:0:0:2; do
		rm -f log
		with "$call" -J
		all_there
		grep -q 'qpool: mkfifo: .*; new jobs wait' err
		[ -z "$(ls tmp)" ]
	done
}

@test "faults: below a jobserver failing or interrupted calls lose no token and no job" {
	local call

	$QPOOL_CC -D_GNU_SOURCE -o take "$QPOOL_SRCDIR/tests/lib/tokens.c"
	for call in read:EINTR:0:0:2 read:EAGAIN:0:0:3 write:EINTR:0:0:2 splice:EINTR:0:0:2 splice:EAGAIN:0:0:3 \
		splice:EINVAL:0:0:1 splice:EINVAL:4:1 vfork:EAGAIN:2:4 pipe2:EMFILE:4:3; do
		rm -f log
		seq 20 | ./take serve fifo abc env "FAULT=$call" "LD_PRELOAD=$BATS_FILE_TMPDIR/faults.so" \
			timeout -k 5 60 qpool -q -j3 -l log echo >out 2>err
		all_there
		[ "$(fold -w1 tokens | sort | tr -d '\n')" = abc ]
	done
}
