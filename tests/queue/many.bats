#!/usr/bin/env bats
# Twenty processes put into a queue with free space for three tasks, and twenty get.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	each=6
	[ -z "${QPOOL_LONG:-}" ] || each=200
	loops=()
}

teardown() {
	local pid

	for pid in "${loops[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		pkill -KILL -P "$pid" -x qctl || true
	done
}

# watch_for EVENT: records when the queue has more than three tasks after INSERT ON or UPDATE OF state ON.
watch_for() {
	sqlite3 q/queue.db 'CREATE TABLE IF NOT EXISTS too_many (n)'
	sqlite3 q/queue.db "CREATE TRIGGER more_after_${1%% *} AFTER $1 task
		WHEN (SELECT count(*) FROM task WHERE state = 0) > 3
		BEGIN INSERT INTO too_many SELECT count(*) FROM task WHERE state = 0; END"
}

# Puts its lines, from standard input or as arguments. A put that is killed before it has printed an id is repeated.
producer() {
	local name=$1 i

	if [ $((name % 2)) = 0 ] && [ ! -e killing ]; then
		seq -f "$name %g" "$each" | qctl put -q q
		return
	fi
	for ((i = 1; i <= each; i++)); do
		until [ -n "$(qctl put q "$name $i" 2>>noise)" ]; do [ -e killing ] || return 1; done
	done
}

# Takes tasks until the queue is closed and drained.
consumer() {
	local status

	while :; do
		status=0
		qctl get q >>"got.$1" 2>>noise || status=$?
		[ "$status" != 3 ] || return 0
		[ "$status" = 0 ] || { [ "$status" = 137 ] && [ -e killing ]; } ||
			{ echo "get: exit $status" >>wrong; return 1; }
	done
}

start() {
	local i

	for i in {1..20}; do
		: >"got.$i"
		consumer "$i" 3>&- &
		consumers+=($!)
		producer "$i" 3>&- &
		producers+=($!)
	done
	loops=("${consumers[@]}" "${producers[@]}")
}

finish() {
	local pid

	for pid in "${producers[@]}"; do wait "$pid" || return 1; done
	qctl close q
	for pid in "${consumers[@]}"; do wait "$pid" || { cat wrong; return 1; }; done
	loops=()
	is_sound q && qctl empty q || return 1
	[ "$(sqlite3 q/queue.db 'SELECT count(*) FROM too_many; SELECT count(*) FROM task')" = "$(printf '0\n0')" ]
}

all_lines() {
	for i in {1..20}; do seq -f "$i %g" "$each"; done | sort
}

@test "many processes: never more than three tasks, each is taken once, and in the order of its producer" {
	local consumers=() producers=()

	qctl create -m 3 q
	watch_for 'INSERT ON'
	watch_for 'UPDATE OF state ON'
	start
	finish
	cat got.* | sort | cmp - <(all_lines)
	for i in {1..20}; do sort -s -k1,1n -k2,2n -c <(sort -s -k1,1n "got.$i"); done
}

@test "many processes: when some are killed, no task is lost, and at most one for each kill is taken twice" {
	local consumers=() producers=() kills=0 left=1 most=20 pid

	[ -z "${QPOOL_LONG:-}" ] || most=1000
	: >killing
	qctl create -m 3 q
	watch_for 'INSERT ON'
	start
	# Consumers still wait when all tasks are put.
	while [ "$left" -gt 0 ] || [ "$kills" -lt 8 ]; do
		left=0
		for pid in "${producers[@]}"; do ! kill -0 "$pid" 2>/dev/null || left=$((left + 1)); done
		if [ "$kills" -lt "$most" ] && pkill -KILL -P "${loops[RANDOM % ${#loops[@]}]}" -x qctl; then
			kills=$((kills + 1))
		fi
		sleep 0.01
	done
	finish
	sort -u got.* | cmp - <(all_lines)
	[ "$(cat got.* | wc -l)" -le $((20 * each + kills)) ]
}
