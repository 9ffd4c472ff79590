#!/usr/bin/env bats
# qpool and ninja: programs below a ninja stay within the budget around it, whether this ninja joins jobservers or not,
# and qlog reads its log. tests/peers/peers.bats has newer ninjas.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	command -v ninja >/dev/null || skip "ninja is not installed"
	cd "$BATS_TEST_TMPDIR" || exit 1
	make_count
}

teardown() {
	end_workers
}

most() {
	sort -n most | tail -n 1
}

# Does this version of ninja join a jobserver?
joins() {
	case $(ninja --version) in
	0.* | 1.?.* | 1.1[0-2].*) false ;;
	esac
}

# rules COMMAND EDGES: writes a build.ninja in which that number of edges run the command.
rules() {
	printf 'rule r\n  command = %s\n' "$1" >build.ninja
	seq "$2" | sed 's/.*/build o&: r/' >>build.ninja
}

@test "ninja: below -J a ninja that joins jobservers stays within -j, an older one within its own -j" {
	rules "$PWD/count" 12
	qpool -J -j2 --one ninja >output
	[ "$(wc -l <most)" = 12 ]
	if joins; then
		[ "$(most)" -le 2 ]
	else
		rm most
		qpool -J -j4 --one ninja -j2 >output
		[ "$(most)" -le 2 ]
	fi
}

@test "ninja: qpool in a rule of an older ninja takes its slots from the budget" {
	rules "seq 12 | qpool -q $PWD/count" 1
	# The only job of ninja uses the slot of ninja itself; the other slots are tokens.
	qpool -J -j3 --one ninja -j1 >output
	[ "$(wc -l <most)" = 12 ]
	[ "$(most)" -le 3 ]
	rm most .ninja_log
	qpool -J -j1 --one ninja -j1 >output
	[ "$(wc -l <most)" = 12 ] && [ "$(most)" = 1 ]
}

@test "ninja: make in a rule of an older ninja takes its slots from the budget" {
	printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count\n' "$(seq -s ' ' 12)" >Makefile
	rules "make -s" 1
	qpool -J -j3 --one ninja -j1 >output 2>&1
	[ "$(wc -l <most)" = 12 ]
	[ "$(most)" -le 3 ]
}

@test "ninja: exit status and signal of ninja are passed on" {
	printf 'rule r\n  command = exit 3\nbuild o: r\n' >build.ninja
	status=0
	ninja >output || status=$?
	run -"$status" qpool -J -j2 --one ninja
	[ "$status" != 0 ]
}

@test "ninja: qlog reads .ninja_log as one job for each edge" {
	# The commands differ, because the log merges equal commands with equal times, in ms, into one with two outputs.
	rules "$PWD/count \$out" 12
	ninja -j2 >output
	head -n 1 .ninja_log | grep '^# ninja log v'
	qlog summary .ninja_log >output
	grep '^jobs  *12' output
	[ "$(qlog slowest -n 3 .ninja_log | grep -c 'o[0-9]')" -ge 3 ]
}
