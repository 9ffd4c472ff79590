#!/usr/bin/env bats
# qpool and ninja: what runs below a ninja keeps to a budget around it, whether that ninja knows jobservers or not, and qlog reads its log. Newer ninjas: peers.bats.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	command -v ninja >/dev/null || skip "ninja is not installed"
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir alive
	export HERE=$PWD
	cat >count <<'END'
#!/bin/sh
: >"$HERE/alive/$$"
ls "$HERE/alive" | wc -l >>"$HERE/most"
sleep 0.02
rm "$HERE/alive/$$"
END
	chmod +x count
}

teardown() {
	end_workers
}

most() {
	sort -n most | tail -n 1
}

# Does this ninja join a jobserver?
joins() {
	case $(ninja --version) in
	0.* | 1.?.* | 1.1[0-2].*) false ;;
	esac
}

# rules COMMAND EDGES
rules() {
	printf 'rule r\n  command = %s\n' "$1" >build.ninja
	seq "$2" | sed 's/.*/build o&: r/' >>build.ninja
}

@test "ninja below -J -j: one that joins keeps to it, an older one to its own -j" {
	rules "$PWD/count" 12
	qpool -J -j2 --one ninja >said
	[ "$(wc -l <most)" = 12 ]
	if joins; then
		[ "$(most)" -le 2 ]
	else
		rm most
		qpool -J -j4 --one ninja -j2 >said
		[ "$(most)" -le 2 ]
	fi
}

@test "what an older ninja starts takes its slots from the budget: qpool in a rule" {
	rules "seq 12 | qpool -q $PWD/count" 1
	# The one job of ninja has the slot that all of ninja has; the others are tokens.
	qpool -J -j3 --one ninja -j1 >said
	[ "$(wc -l <most)" = 12 ]
	[ "$(most)" -le 3 ]
	rm most .ninja_log
	qpool -J -j1 --one ninja -j1 >said
	[ "$(wc -l <most)" = 12 ] && [ "$(most)" = 1 ]
}

@test "so do makes in rules" {
	printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count\n' "$(seq -s ' ' 12)" >Makefile
	rules "make -s" 1
	qpool -J -j3 --one ninja -j1 >said 2>&1
	[ "$(wc -l <most)" = 12 ]
	[ "$(most)" -le 3 ]
}

@test "ninja's own status comes back, and its signal" {
	printf 'rule r\n  command = exit 3\nbuild o: r\n' >build.ninja
	status=0
	ninja >said || status=$?
	run -"$status" qpool -J -j2 --one ninja
	[ "$status" != 0 ]
}

@test "qlog reads its log: a job for each edge, and how many there were" {
	# Commands that are alike and run at the same time to the millisecond are, in the log, one command with two outputs.
	rules "$PWD/count \$out" 12
	ninja -j2 >said
	head -n 1 .ninja_log | grep '^# ninja log v'
	qlog summary .ninja_log >said
	grep '^jobs  *12' said
	[ "$(qlog slowest -n 3 .ninja_log | grep -c 'o[0-9]')" -ge 3 ]
}
