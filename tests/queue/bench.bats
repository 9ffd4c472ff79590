#!/usr/bin/env bats
# What a queue costs (tests/bench/queue measures it), held against bounds: with QPOOL_LONG only, since they are times.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	[ -n "${QPOOL_LONG:-}" ] || skip "a time: make check-long measures it"
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers cost more than what is measured"
	command -v python3 >/dev/null || skip "python3 is not installed"
	cd "$BATS_TEST_TMPDIR" || exit 1
	export TMPDIR=$PWD
}

# measure WHAT CONDITION ...: each condition is of awk, with the figures as of["NAME"].
measure() {
	local condition

	"$QPOOL_SRCDIR/tests/bench/queue" "$1" >figures
	cat figures
	shift
	for condition; do
		awk '{ n = split($0, w); unit = w[n] ~ /^[0-9.]+$/ ? 0 : 1; value = w[n - unit]; name = w[1]; for (i = 2; i < n - unit; i++) name = name " " w[i]; of[name] = value }
			END { exit !('"$condition"') }' figures || { echo "not: $condition"; return 1; }
	done
}

@test "it is put and taken 5 times as fast as with Python's queue of a manager" {
	measure rates '1 / of["rate of python put"] + 1 / of["rate of python get"] > 5 * (1 / of["rate of put"] + 1 / of["rate of get, all at once"])' \
		'of["rate of get, 100 a process"] > 0.1 * of["rate of nothing, 100 a process"]'
}

@test "a get that waits has its task within 2 ms more than a pipe takes" {
	measure latency 'of["latency"] > 0' 'of["latency"] < of["latency of a pipe"] + 2'
}

@test "who waits uses less than 5 ms of a processor in 10 s" {
	measure idle 'of["CPU of a waiting get in 10 s"] > 0' 'of["CPU of a waiting get in 10 s"] < 5' 'of["CPU of a waiting put in 10 s"] > 0' \
		'of["CPU of a waiting put in 10 s"] < 5' 'of["CPU of a waiting join in 10 s"] < 5'
}

@test "a million tasks make nothing twice as slow as a thousand" {
	measure size 'of["ratio of put"] > 0 && of["ratio of put"] < 2' 'of["ratio of size"] > 0 && of["ratio of size"] < 2' \
		'of["ratio of get"] > 0 && of["ratio of get"] < 2' 'of["ratio of close"] > 0 && of["ratio of close"] < 2'
}

@test "a get of many tasks takes no more memory than one of fewer" {
	measure memory 'of["ratio of memory"] > 0 && of["ratio of memory"] < 1.2' 'of["memory of get -c 200000"] < 32768'
}
