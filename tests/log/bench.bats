#!/usr/bin/env bats
# Bounds for the cost of qlog on a million records, as tests/bench/qlog measures it. Only with QPOOL_LONG, because
# they are times.

bats_require_minimum_version 1.5.0

setup() {
	[ -n "${QPOOL_LONG:-}" ] || skip "a time: make check-long measures it"
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers cost more than what is measured"
	command -v python3 >/dev/null || skip "python3 is not installed"
	cd "$BATS_TEST_TMPDIR" || exit 1
	export TMPDIR=$PWD
}

@test "cost: a million records take each verb at most ten times as long as awk, and 400 MiB" {
	"$QPOOL_SRCDIR/tests/bench/qlog" >figures
	cat figures
	[ "$(wc -l <figures)" = 9 ]
	awk '
		{ mib = $NF; cpu = $(NF - 1) }
		$1 == "awk" { floor = cpu }
		$1 != "awk" && (cpu > 10 * floor || mib > 400) { print "too much: " $0; bad = 1 }
		END { exit bad }' figures
}
