#!/usr/bin/env bats
# A queue stays intact with an SQLite that has the WAL-reset bug of sqlite.org/wal.html (3.7.0 to 3.51.2), which
# tests/lib/queue-reset.c provokes.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	local source=$QPOOL_SRCDIR/tests/lib/queue-reset.c

	# Sanitizers do not allow preloading: setup skips each test then.
	[ "$QPOOL_SANITIZERS" != yes ] || return 0
	# shellcheck disable=SC2086 # words
	{
		$QPOOL_CC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/queue-reset" "$source" -lsqlite3
		$QPOOL_CC -shared -fPIC -D_GNU_SOURCE -DPRELOADED -o "$BATS_FILE_TMPDIR/reset.so" "$source" \
			-lsqlite3 -ldl
	}
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers do not allow preloading"
}

has_bug() {
	rm -f plain.db*
	"$BATS_FILE_TMPDIR/queue-reset" plain.db >plain
	[ "$(cat plain)" != ok ]
}

slowed() {
	QUEUE_PAUSES=pauses LD_PRELOAD=$BATS_FILE_TMPDIR/reset.so "$@"
}

# round COUNT: four processes make COUNT puts each and one gets, all with checkpoints that pause. Then the queue is
# intact and has the tasks that were put and not taken.
round() {
	local count=$1 i pids=()

	rm -rf q pauses put.* got.*
	qctl create q
	for i in 1 2 3 4; do
		putter "$i" "$count" 3>&- &
		pids+=($!)
	done
	while [ -n "$(jobs -rp)" ]; do
		slowed qctl get -n -c 7 q >>got.first || [ $? = 1 ] || return 1
	done
	for i in "${pids[@]}"; do wait "$i" || return 1; done
	[ "$(wc -c <pauses)" -ge "$count" ] && is_sound q || return 1
	slowed qctl get -n -c 100000 q >got.rest || [ $? = 1 ] || return 1
	cut -d. -f1-3 got.first got.rest | sort >got.all
	sort put.? | cmp - got.all
}

# putter NAME COUNT: puts COUNT times some pages, or almost nothing, and records what was put. NAME seeds RANDOM.
putter() {
	local name=$1 i k tasks

	RANDOM=$1
	for ((i = 0; i < $2; i++)); do
		tasks=()
		for ((k = 0; k <= RANDOM % 40; k++)); do tasks+=("$name.$i.$k.$(printf '%1500s' '')"); done
		slowed qctl put -q q "${tasks[@]}" || return 1
		printf '%s\n' "${tasks[@]}" | cut -d. -f1-3 >>"put.$name"
	done
}

@test "SQLite: has the WAL-reset bug" {
	local i

	has_bug || skip "this SQLite ($(sqlite3 --version | cut -d' ' -f1)) does not have it"
	for i in 1 2 3 4 5; do has_bug; done
}

@test "queue: stays intact when its checkpoints pause" {
	local i rounds=2

	[ -z "${QPOOL_LONG:-}" ] || rounds=10
	for ((i = 0; i < rounds; i++)); do round $((20 * rounds)); done
}

@test "queue: without the lock around each write it gets damaged" {
	local i

	[ -n "${QPOOL_LONG:-}" ] || skip "needs luck and up to minutes; make check-long runs it"
	has_bug || skip "this SQLite does not have the bug"
	export QUEUE_NO_LOCK=1
	for ((i = 0; i < 20; i++)); do
		if ! round 100 >report 2>&1 && { grep -q malformed report || ! is_sound q; }; then return 0; fi
	done
	return 1
}
