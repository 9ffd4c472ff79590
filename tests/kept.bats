#!/usr/bin/env bats
# Logs, queues, options and exit statuses of an earlier version. tests/kept has what its programs made and printed; see
# README.md there.

bats_require_minimum_version 1.5.0
load lib/helpers
load kept/print

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	cp -R "$QPOOL_SRCDIR/tests/kept" . && chmod -R u+w kept
	cd kept || exit 1
	KEPT=$PWD
	export KEPT
}

# prints_as_before LOG: qlog prints what it printed then.
prints_as_before() {
	[ "$(wc -l <"$1.printed")" -gt 20 ]
	print_log "$1" | diff "$1.printed" -
}

@test "kept: qlog prints a tsv log as before" {
	prints_as_before log.tsv
}

@test "kept: qlog prints a jsonl log as before" {
	prints_as_before log.jsonl
}

@test "kept: qlog prints a joblog as before" {
	prints_as_before log.joblog
}

@test "kept: qlog prints a log of make as before" {
	prints_as_before make.jsonl
}

@test "kept: qlog prints a trace as before" {
	prints_as_before trace.json
}

@test "kept: qlog prints logs of ninja as before" {
	prints_as_before ninja-5
	prints_as_before ninja-6
	prints_as_before ninja-7
}

@test "kept: --resume and --resume-failed run the same tasks as before" {
	local log

	for log in log.tsv log.jsonl log.joblog; do
		[ "$(wc -l <"$log.resumed")" = 10 ]
		print_resumed "$log" | diff "$log.resumed" - || return 1
	done
}

@test "kept: a log is continued in its format" {
	local log

	for log in log.tsv log.jsonl log.joblog; do
		cp "$log" "again.${log#log.}"
		echo 'echo new' | qpool -q -l "again.${log#log.}" >out
		[ "$(head -n -1 "again.${log#log.}" | cksum)" = "$(cksum <"$log")" ]
		qlog failed "again.${log#log.}" | diff <(qlog failed "$log") -
	done
}

@test "kept: qctl prints a queue with a task in each state as before" {
	[ "$(wc -l <queue.printed)" -gt 50 ]
	print_queue | diff queue.printed -
}

@test "kept: a pool runs the tasks of a queue" {
	tar --no-same-owner -xzf queue.tgz
	# The list makes the task of the pool that died ready again. Its job would block.
	qctl list queue >out
	qctl purge queue 7
	qpool -q -j1 -Q queue --until-empty >out 2>err || [ $? = 123 ]
	[ "$(qctl stats queue | grep -E '^(ready|running|delayed)')" = $'ready\t0\ndelayed\t1\nrunning\t0' ]
	[ "$(qctl result --record queue 8 | cut -f 11)" = fail ]
}

@test "kept: every option is accepted" {
	local line status

	[ "$(wc -l <options)" -gt 180 ]
	while read -r line; do
		status=0
		# shellcheck disable=SC2086 # words
		$line --help </dev/null >out 2>err || status=$?
		# 1: the file that --mk names is only there when qpool is installed.
		[ "$status" = 0 ] || { [ "$line" = "qpool --mk" ] && [ "$status" = 1 ]; } ||
			{ echo "$line: exit $status"; cat err; return 1; }
	done <options
	run -2 qpool --no-such-option --help
	run -2 qctl put --no-such-option --help
	run -2 qlog summary --no-such-option --help
}

@test "kept: exit statuses are the same" {
	[ "$(wc -l <statuses)" -ge 60 ]
	print_statuses <statuses >now
	diff statuses now
}
