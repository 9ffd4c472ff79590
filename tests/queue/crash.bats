#!/usr/bin/env bats
# qctl is killed at each of its calls that change a file or a lock (by tests/lib/queue-calls.c, which is preloaded).
# What it had reported by then must stay true.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	# Sanitizers do not allow preloading: setup skips each test then.
	[ "$QPOOL_SANITIZERS" != yes ] || return 0
	compile_queue_calls
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers do not allow preloading"
}

# each_kill LEAST MOST CHECK COMMAND ...: runs the command on a copy of the queue `first` (if that exists), killed at
# its first call, its second ..., and CHECK after each. Standard input is the file input, standard output the file out.
# There must be LEAST calls; it is killed at about MOST of them, or at all with QPOOL_LONG.
each_kill() {
	local least=$1 most=$2 check=$3 all step=1 n torn runs=0

	shift 3
	again
	QUEUE_COUNT=calls LD_PRELOAD=$CALLS "$@" <input >out
	all=$(cat calls)
	[ "$all" -ge "$least" ]
	[ -n "${QPOOL_LONG:-}" ] || [ "$all" -le "$most" ] || step=$((all / most + 1))
	for torn in 0 1; do
		for ((n = 1 + torn * step / 2; n <= all; n += step * (1 + torn))); do
			again
			if QUEUE_TORN=$torn QUEUE_KILL=$n LD_PRELOAD=$CALLS "$@" <input >out 2>err; then
				# The number of calls depends on time: by one or two, or, with a pool, by many.
				[ "$n" -gt $((all - ${slack:-3})) ] || { echo "not killed at $n of $all"; return 1; }
				[ -z "${slack:-}" ] || continue
			fi
			"$check" || { echo "killed at $n of $all, torn: $torn"; cat err; return 1; }
			runs=$((runs + 1))
		done
	done
	[ "$runs" -ge "$least" ]
}

again() {
	rm -rf q q.new-*
	[ ! -e first ] || cp -a first q
	: >out
}

# The queue has, in order, all tasks that were in it, then all whose ids were printed; none of them is claimed.
all_put() {
	is_sound q || return 1
	qctl get -n -c 100000 q >got || [ $? = 1 ]
	[ "$(wc -l <got)" -ge $((old + $(wc -l <out))) ] && head -c "$(wc -c <got)" expected | cmp - got &&
		is_drained q
}

# Each task was printed by the process that died, or is in the queue.
all_got() {
	is_sound q || return 1
	qctl get -n -c 100000 q >got || [ $? = 1 ]
	# A line that the kill has cut short was not taken.
	{ head -n "$(wc -l <out)" out; cat got; } | sort -u | cmp - expected && is_drained q
}

# No task is left in any state.
is_drained() {
	is_sound "$1" || return 1
	[ "$(sqlite3 "$1/queue.db" 'SELECT sum(n), (SELECT count(*) FROM task) FROM count')" = '0|0' ]
}

@test "put: a task whose id was printed is in the queue, whenever put is killed" {
	qctl create first
	qctl put -q first a b c
	old=3
	seq 1 2100 >input
	{ printf '%s\n' a b c; cat input; } >expected
	each_kill 30 30 all_put qctl put q
}

@test "put: the same while the log is copied into the database and restarted" {
	local i

	qctl create first
	# Almost enough for a checkpoint: the first batch causes it, the second restarts the log.
	for i in 1 2 3; do head -c 1000000 /dev/zero | tr '\0' "$i"; echo; done >old
	qctl put -q first <old
	old=3
	for i in a b c d; do head -c 600000 /dev/zero | tr '\0' "$i"; echo; done >input
	cat old input >expected
	each_kill 20 25 all_put qctl put q
}

@test "get: no task is lost or stays claimed, whenever get is killed" {
	qctl create first
	seq 101 130 | tee expected | qctl put -q first
	: >input
	each_kill 20 25 all_got qctl get -c 8 q
}

@test "get: the same for a get that follows one that was killed" {
	qctl create first
	seq 101 130 | tee expected | qctl put -q first
	: >input
	killed_get first
	each_kill 20 25 all_got qctl get -c 40 q
}

# A get of this queue is killed when it has claimed tasks and not yet printed any.
killed_get() {
	local n

	for ((n = 1; n < 200; n++)); do
		rm -rf "$1.try"
		cp -a "$1" "$1.try"
		QUEUE_KILL=$n LD_PRELOAD=$CALLS qctl get -c 9 "$1.try" >out 2>err || true
		if [ ! -s out ] &&
			[ "$(sqlite3 -readonly "$1.try/queue.db" 'SELECT n FROM count WHERE state = 2')" = 9 ]; then
			rm -rf "$1"
			mv "$1.try" "$1"
			return 0
		fi
	done
	return 1
}

# A second pool runs the tasks that the first one has left, so that all are done.
all_run() {
	is_sound q && qpool -q -Q q --until-empty >>out && until_true none_left || return 1
	is_sound q && [ "$(sqlite3 q/queue.db 'SELECT count(*), min(state), max(state) FROM task')" = '12|4|4' ]
}

none_left() {
	qpool -q -Q q --until-empty >>out && [ "$(sqlite3 q/queue.db 'SELECT count(*) FROM task WHERE state < 4')" = 0 ]
}

@test "pool: every task is done in the end, whenever the pool is killed" {
	qctl create first
	seq 12 | sed 's/^/echo /' | qctl put -q first
	: >input
	export QUEUE_PROGRAM=qpool
	slack=100000
	each_kill 12 20 all_run qpool -q -j2 -Q q --until-empty
}

@test "create: the queue is complete or does not exist, whenever create is killed" {
	: >input
	each_kill 20 30 whole_or_none qctl create -m 7 q
}

whole_or_none() {
	[ -e q ] || qctl create -m 7 q || return 1
	qctl create -f -m 7 q && [ "$(qctl put q a)" = 1 ] && [ "$(qctl get q)" = a ] && is_drained q
}
