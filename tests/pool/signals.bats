#!/usr/bin/env bats
# What signals do to a running pool. However it ends, no worker is left.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkfifo go
}

teardown() {
	end_workers
}

all_gone() {
	while read -r pid; do is_gone "$pid" || return 1; done <pids
}

status_of() {
	local status=0

	wait "$1" || status=$?
	echo "$status" >status
}

# pool OPTION ...: runs a pool in the background with its pid in $pool, as if from a terminal: without ignored signals.
pool() {
	# A command in the background has no input unless it is redirected.
	env --default-signal qpool "$@" <&0 3>&- &
	pool=$!
}

@test "signals: workers are stopped and continued with the pool" {
	pool -q -j2 sh -c 'echo $$ >>pids; read -r x <go; echo "$1"' sh < <(seq 2) >out
	until_true has_lines pids 2
	kill -TSTP "$pool"
	until_true state "$pool" T
	while read -r pid; do until_true state "$pid" T; done <pids
	kill -CONT "$pool"
	while read -r pid; do until_true state "$pid" SRD; done <pids
	(echo; echo) >go
	wait "$pool"
	[ "$(cat out)" = "$(printf '1\n2')" ]
}

@test "signals: USR1 and USR2 change the number of slots, down to 0" {
	pool -q -j1 sh -c 'echo $$ >>pids; read -r x <go' sh < <(seq 5)
	exec 8<>go
	until_true has_lines pids 1
	kill -USR1 "$pool"
	until_true has_lines pids 2
	kill -USR2 "$pool"
	until_true state "$pool" S
	kill -USR2 "$pool"
	until_true state "$pool" S
	echo >&8
	echo >&8
	until_true all_gone
	has_lines pids 2
	run ! has_lines pids 3
	kill -USR1 "$pool"
	until_true has_lines pids 3
	printf '\n\n\n' >&8
	wait "$pool"
	[ "$(wc -l <pids)" = 5 ]
}

@test "signals: a worker that ignores TERM is killed after the grace period, with its children" {
	pool -q -j1 --grace 0.2 sh -c 'trap "" TERM
		sh -c "trap \"\" TERM; echo \$\$ >>pids; while :; do sleep 1000; done" &
		echo $$ >>pids; wait; wait' < <(echo 1)
	until_true has_lines pids 2
	kill -TERM "$pool"
	status_of "$pool"
	[ "$(cat status)" = 143 ]
	until_true all_gone
}

@test "signals: a second signal kills at once" {
	pool -q -j1 --grace 1000 sh -c 'trap "" INT TERM; echo $$ >>pids; exec sleep 1000' < <(echo 1)
	until_true has_lines pids 1
	# Two pending signals of the same kind are one to the kernel.
	kill -INT "$pool"
	kill -TERM "$pool"
	status_of "$pool"
	[ "$(cat status)" = 130 ]
	until_true all_gone
}

@test "signals: captured output is written in order before qpool dies" {
	pool -q -j2 sh -c 'echo "begun $1"; echo $$ >>pids; exec sleep 1000' sh < <(seq 2) >out
	until_true has_lines pids 2
	kill -TERM "$pool"
	status_of "$pool"
	[ "$(cat out)" = "$(printf 'begun 1\nbegun 2')" ]
}

@test "signals: a signal that was ignored at the start remains ignored" {
	(
		trap '' HUP
		exec qpool -q sh -c 'echo $$ >>pids; read -r x <go; echo went on' 3>&-
	) < <(echo 1) >out &
	pool=$!
	until_true has_lines pids 1
	kill -HUP "$pool"
	echo >go
	wait "$pool"
	[ "$(cat out)" = 'went on' ]
}

@test "signals: the time of a job does not run while nobody reads its output" {
	mkfifo out
	exec 8<>out
	# More than the pipes can hold: the worker blocks until its output is read.
	pool -q --timeout 0.5 sh -c 'head -c 500000 /dev/zero; echo $$ >>pids' sh < <(echo 1) >out
	sleep 1 # longer than the timeout, which must not have passed for the job
	head -c 500000 <&8 | wc -c >count
	wait "$pool"
	[ "$(cat count)" -eq 500000 ]
}

@test "signals: a worker that wants the terminal is reported once" {
	pool -q sh -c 'echo $$ >>pids; kill -TTIN $$; echo on' < <(echo 1) >out 2>err
	until_true has_lines pids 1
	until_true has_lines err 1
	grep -q 'qpool: job 1 (pid [0-9]*): stopped because it reads from the terminal' err
	kill -CONT "$(cat pids)"
	wait "$pool"
	[ "$(cat out)" = on ]
}

@test "signals: a signal to the process group or to the make above leaves no worker" {
	local sig target

	# make does not pass on INT and HUP that are sent to it alone: it waits for its jobs (GNU make 4.3).
	for target in group:INT group:TERM group:HUP group:KILL make:TERM make:KILL; do
		sig=${target#*:} target=${target%:*}
		# The portable body cannot watch the make, and make passes TERM only to the recipe's shell.
		[ "$QPOOL_SYSTEM" = linux ] || [ "$target" != make ] || continue
		: >pids
		printf 'all:\n\t@seq 2 | qpool -q -j2 --grace 1 %s\n' \
			"sh -c 'echo \$\$\$\$ >>pids; exec sleep 1000' sh" >Makefile
		setsid env --default-signal make >/dev/null 2>&1 3>&- &
		until_true has_lines pids 2
		case $target in group) kill -s "$sig" -- "-$!" ;; make) kill -s "$sig" "$!" ;; esac
		until_true all_gone
		wait $! || true
	done
}

@test "signals: any signal at any moment leaves no worker" {
	local rounds=8 round sig

	[ -z "${QPOOL_LONG:-}" ] || rounds=200
	for ((round = 0; round < rounds; round++)); do
		case $((round % 5)) in 0) sig=INT ;; 1) sig=TERM ;; 2) sig=HUP ;; 3) sig=QUIT ;; *) sig=KILL ;; esac
		: >pids
		pool -q -j4 --grace 2 sh -c 'echo $$ >>pids; exec sleep 0.0$(($1 % 10))' sh < <(seq 100000)
		sleep "0.0$((RANDOM % 90 + 10))" # a random moment
		kill -s "$sig" "$pool"
		wait "$pool" || true
		until_true all_gone
	done
}
