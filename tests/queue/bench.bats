#!/usr/bin/env bats
# The cost of a queue, as measured by tests/bench/queue, compared with bounds. Runs only with QPOOL_LONG, since it
# compares times.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	[ -n "${QPOOL_LONG:-}" ] || skip "compares times; make check-long runs it"
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers change the times"
	command -v python3 >/dev/null || skip "python3 is not installed"
	cd "$BATS_TEST_TMPDIR" || exit 1
	export TMPDIR=$PWD
}

# measure WHAT CONDITION ...: each condition is an awk expression over the figures, of["NAME"], on any number of lines.
measure() {
	local condition

	"$QPOOL_SRCDIR/tests/bench/queue" "$1" >figures
	cat figures
	shift
	for condition; do
		awk '
			{
				n = split($0, w)
				unit = w[n] ~ /^[0-9.]+$/ ? 0 : 1
				name = w[1]
				for (i = 2; i < n - unit; i++)
					name = name " " w[i]
				of[name] = w[n - unit]
			}
			END { exit !('"${condition//$'\n'/ }"') }' figures || { echo "not: $condition"; return 1; }
	done
}

@test "speed: put and get take a fifth of the time of Python's Manager().Queue()" {
	measure rates '1 / of["rate of python put"] + 1 / of["rate of python get"] >
			5 * (1 / of["rate of put"] + 1 / of["rate of get, all at once"])' \
		'of["rate of get, 100 a process"] > 0.1 * of["rate of nothing, 100 a process"]'
}

@test "speed: a waiting get has its task at most 2 ms later than through a pipe" {
	measure latency 'of["latency"] > 0' 'of["latency"] < of["latency of a pipe"] + 2'
}

@test "speed: a waiting process uses less than 5 ms of processor time in 10 s" {
	measure idle 'of["CPU of a waiting get in 10 s"] > 0' 'of["CPU of a waiting get in 10 s"] < 5' \
		'of["CPU of a waiting put in 10 s"] > 0' 'of["CPU of a waiting put in 10 s"] < 5' \
		'of["CPU of a waiting join in 10 s"] < 5'
}

@test "speed: with a million tasks no verb takes twice as long as with a thousand" {
	measure size 'of["ratio of put"] > 0 && of["ratio of put"] < 2' \
		'of["ratio of size"] > 0 && of["ratio of size"] < 2' \
		'of["ratio of get"] > 0 && of["ratio of get"] < 2' \
		'of["ratio of close"] > 0 && of["ratio of close"] < 2'
}

@test "memory: a get of many tasks needs no more than a get of few" {
	measure memory 'of["ratio of memory"] > 0 && of["ratio of memory"] < 1.2' \
		'of["memory of get -c 200000"] < 32768'
}
