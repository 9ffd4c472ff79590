#!/usr/bin/env bats
# A queue stays whole with an SQLite that has what sqlite.org/wal.html calls the WAL-reset bug (3.7.0 to 3.51.2): tests/lib/queue-reset.c makes it likely.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	# Preloading does not go with the sanitizers: setup skips each test then.
	[ "$QPOOL_SANITIZERS" != yes ] || return 0
	# shellcheck disable=SC2086 # words
	{
		$QPOOL_CC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/queue-reset" "$QPOOL_SRCDIR/tests/lib/queue-reset.c" -lsqlite3
		$QPOOL_CC -shared -fPIC -D_GNU_SOURCE -DPRELOADED -o "$BATS_FILE_TMPDIR/reset.so" "$QPOOL_SRCDIR/tests/lib/queue-reset.c" -lsqlite3 -ldl
	}
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	[ "$QPOOL_SANITIZERS" != yes ] || skip "preloading does not go with the sanitizers"
}

has_bug() {
	rm -f plain.db*
	"$BATS_FILE_TMPDIR/queue-reset" plain.db >plain
	[ "$(cat plain)" != ok ]
}

standing() {
	QUEUE_STANDS=stands LD_PRELOAD=$BATS_FILE_TMPDIR/reset.so "$@"
}

# Four processes put and one gets, all with slow checkpoints; then the queue is whole and has what was put and not got. `count` puts each.
round() {
	local count=$1 i pids=()

	rm -rf q stands put.* got.*
	qctl create q
	for i in 1 2 3 4; do
		putter "$i" "$count" 3>&- &
		pids+=($!)
	done
	while [ -n "$(jobs -rp)" ]; do standing qctl get -n -c 7 q >>got.first || [ $? = 1 ] || return 1; done
	for i in "${pids[@]}"; do wait "$i" || return 1; done
	[ "$(wc -c <stands)" -ge "$count" ] && is_sound q || return 1
	standing qctl get -n -c 100000 q >got.rest || [ $? = 1 ] || return 1
	cut -d. -f1-3 got.first got.rest | sort >got.all
	sort put.? | cmp - got.all
}

# Puts COUNT times some pages, or nearly nothing; notes what was put. bash's RANDOM goes by NAME.
putter() {
	local name=$1 i k tasks

	RANDOM=$1
	for ((i = 0; i < $2; i++)); do
		tasks=()
		for ((k = 0; k <= RANDOM % 40; k++)); do tasks+=("$name.$i.$k.$(printf '%1500s' '')"); done
		standing qctl put -q q "${tasks[@]}" || return 1
		printf '%s\n' "${tasks[@]}" | cut -d. -f1-3 >>"put.$name"
	done
}

@test "SQLite has the bug, or it has it no more" {
	local i

	has_bug || skip "this SQLite ($(sqlite3 --version | cut -d' ' -f1)) is without it"
	for i in 1 2 3 4 5; do has_bug; done
}

@test "a queue stays whole though its checkpoints stand still" {
	local i rounds=2

	[ -z "${QPOOL_LONG:-}" ] || rounds=10
	for ((i = 0; i < rounds; i++)); do round $((20 * rounds)); done
}

@test "it is the lock around each write that keeps it whole" {
	local i

	[ -n "${QPOOL_LONG:-}" ] || skip "it takes luck, and up to minutes: make check-long does it"
	has_bug || skip "this SQLite is without the bug"
	export QUEUE_NO_LOCK=1
	for ((i = 0; i < 20; i++)); do
		if ! round 100 >said 2>&1 && { grep -q malformed said || ! is_sound q; }; then return 0; fi
	done
	return 1
}
