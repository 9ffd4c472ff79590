#!/usr/bin/env bats
# Power cuts: the writes of qctl are recorded (tests/lib/queue-calls.c). For many points of the record, the queue is
# made as a cut at that point may leave it (tests/lib/queue-replay.py).
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
	command -v python3 >/dev/null || skip "python3 is not installed"
	cuts=8
	[ -z "${QPOOL_LONG:-}" ] || cuts=150
	seed=${QPOOL_SEED:-$RANDOM}
	: >printed
	: >taken
}

recorded() {
	QUEUE_RECORD=$PWD/record LD_PRELOAD=$CALLS "$@"
}

# each_cut FIRST CHECK: runs CHECK for each cut, with the queue in `left` and the variables cut, way, p and t: the call,
# how later writes were treated, and the number of bytes of the files printed and taken at that time.
each_cut() {
	local cut way p t runs=0

	coproc python3 "$QPOOL_SRCDIR/tests/lib/queue-replay.py" \
		record "$1" "$PWD/q" left "$cuts" "$seed" printed taken 2>python.err 3>&-
	while read -r cut way p t <&"${COPROC[0]}"; do
		"$2" 2>err ||
			{ echo "QPOOL_SEED=$seed, cut after call $cut, kept: $way"; cat err; return 1; }
		runs=$((runs + 1))
		echo >&"${COPROC[1]}"
	done
	[ ! -s python.err ] || { cat python.err; return 1; }
	# A short record has fewer calls than the number of cuts.
	[ "$runs" -ge 24 ]
}

# Each task whose id had been printed is in the queue or was taken, and the queue has only tasks that were put.
is_kept() {
	is_sound left && qctl get -n -c 100000 left >there || [ $? = 1 ] || return 1
	is_sound left && [ "$(sqlite3 -readonly left/queue.db 'SELECT sum(n) FROM count')" = 0 ] || return 1
	# A task is its id and some padding.
	{ cut -d' ' -f1 there; head -c "$t" taken | cut -d' ' -f1; } | sort >have
	head -c "$p" printed | sort | comm -23 - have | cmp - /dev/null && [ -z "$(sort there | comm -23 - all)" ]
}

# tasks FROM TO BYTES: prints lines that begin with their ids.
tasks() {
	awk -v from="$1" -v to="$2" -v len="$3" 'BEGIN { for (i = from; i <= to; i++) printf "%d %0*d\n", i, len, i }'
}

@test "power cut: what put and get had reported is true, whatever else was written" {
	qctl create q
	tasks 1 20 100 | qctl put -q q
	seq 20 >printed
	cp -a q first
	recorded qctl put q >>printed < <(tasks 21 40 100)
	recorded qctl get -c 7 q >>taken
	recorded qctl put q >>printed < <(tasks 41 60 3000)
	recorded qctl get -c 30 q >>taken
	recorded qctl put q "$(tasks 61 61 100)" >>printed
	{ tasks 1 40 100; tasks 41 60 3000; tasks 61 61 100; } | sort >all
	each_cut first is_kept
}

@test "power cut: the same while the log is copied into the database and restarted" {
	qctl create q
	tasks 1 60 50000 | qctl put -q q
	seq 60 >printed
	cp -a q first
	recorded qctl put q >>printed < <(tasks 61 80 50000)
	recorded qctl get -c 40 q >>taken
	recorded qctl put q >>printed < <(tasks 81 99 50000)
	recorded qctl get -c 40 q >>taken
	[ "$(stat -c %s q/queue.db)" -gt 2000000 ]
	tasks 1 99 50000 | sort >all
	each_cut first is_kept
}

# No task that was taken is in the queue once get has exited: then the next command, which syncs nothing, has printed a
# line.
is_removed() {
	is_sound left && qctl get -n -c 100000 left >there || [ $? = 1 ] || return 1
	[ "$p" = 0 ] || [ -z "$(cut -d' ' -f1 there | sort | comm -12 - <(cut -d' ' -f1 taken | sort))" ]
}

@test "power cut: with create --sync full, tasks that were taken are not in the queue again" {
	qctl create --sync full q
	tasks 1 20 100 | qctl put -q q
	cp -a q first
	recorded qctl get -c 7 q >>taken
	recorded qctl size q >>printed
	each_cut first is_removed
}

@test "power cut: create has made a complete queue, or none" {
	recorded qctl create -m 7 q
	each_cut - is_new
	# The last cut was after create had exited.
	[ -e left ]
}

is_new() {
	[ ! -e left ] || { is_sound left && [ "$(qctl put left a)" = 1 ] && [ "$(qctl get left)" = a ]; }
}
