#!/usr/bin/env bats
# --halt: when a run stops early, and its exit status.
# shellcheck disable=SC2016,SC2154

bats_require_minimum_version 1.5.0

load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	make_go
}

teardown() {
	# What the jobs left in the background reads lines of `go`.
	yes '' | head -n 50 >&"$go"
	exec {go}>&-
	end_workers
}

# The first job ends, but a process that it leaves behind keeps its pipes open: its output is not complete yet.
leaves_behind='echo x; read -r _ <go &'

@test "halt: no job starts after the one that ends the run, while its output is still read" {
	local rule

	for rule in now,fail=1:1 soon,fail=1:1 now,done=1:1 soon,done=1:0 now,success=1:0 soon,success=1:0; do
		printf '%s exit %s\n' "$leaves_behind" "${rule#*:}" >in
		echo 'touch second' >>in
		qpool -q -j1 -a in --halt "${rule%:*}" >out || [ "${rule#*:}" = 1 ]
		echo x | cmp - out
		[ ! -e second ]
	done
}

@test "halt: no task of a queue starts after the one that ends the run" {
	qctl create q
	printf '%s exit 1\ntouch second\n' "$leaves_behind" | qctl put q
	run -123 qpool -q -j1 -Q q --halt now,fail=1
	[ ! -e second ]
	[ "$(qctl size q)" = 1 ]
}

@test "halt: a failed attempt does not count while others follow" {
	printf '%s exit 1\n' '[ -e tried ] && exit 0; touch tried; read -r _ <go &' >in
	echo 'touch second' >>in
	run -0 qpool -q -j1 -a in --retries 2 --halt now,fail=1
	[ -e second ]
}

@test "halt: a percentage of failures is applied when the end of the input is found" {
	# The first job is halted: it would block.
	printf '%s\n' 'read -r _ <go; echo done' 'exit 1' 'exit 1' 'exit 1' >in
	run -123 timeout -k 5 60 qpool -q -j2 -a in --halt now,fail=50%
	[ "$output" = "" ]
}

@test "halt: a successful job does not hide the failures of a percentage" {
	local rule

	for rule in soon,fail=50% soon,done=100%; do
		printf '%s\n' 'read -r _ <go' 'exit 1' 'exit 1' 'echo >go; exit 1' >in
		run -123 qpool -q -j2 -a in --halt "$rule"
	done
	seq 20 >in
	run -123 qpool -q -j2 -a in --halt soon,fail=20% sh -c '[ "$1" -gt 12 ]' sh
	run -0 qpool -q -j2 -a in --halt soon,success=20% sh -c '[ "$1" -gt 12 ]' sh
}

@test "halt: a successful job does not hide the failures before it with done=N" {
	run -123 qpool -q -j1 --halt now,done=2 < <(printf 'exit 1\n:\ntouch third\n')
	[ ! -e third ]
}
