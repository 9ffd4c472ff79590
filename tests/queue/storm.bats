#!/usr/bin/env bats
# Producers, pools and workers are killed at random times: no task that was accepted is lost, no two workers run the
# same task at a time, and the queue stays intact.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	local pid

	while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <all
	end_workers
}

# producer N: puts small batches until it is killed; the ids that were printed go to ids.N.
producer() {
	local n=$1 begin end

	begin='read -r _ _ _ _ group _ </proc/self/stat; echo "$QPOOL_TASK_ID" >>runs; echo "$group" >>groups'
	end='sleep 0.00$((QPOOL_TASK_ID % 8)); echo "$QPOOL_TASK_ID" >>ends'
	while :; do
		yes "$begin; $end" | head -n 20 | qctl put q >>"ids.$n" || break
	done
}

# Kills a producer, a pool, or the process group of a worker.
kill_one() {
	local victims victim

	mapfile -t victims < <(cat all; tail -n 3 groups 2>/dev/null | sed 's/^/-/')
	victim=${victims[RANDOM % ${#victims[@]}]}
	kill -KILL -- "$victim" 2>/dev/null || true
}

# The tasks of a dead pool are ready again only when its keeper has ended the workers, and a put may still be running:
# so this is called until it succeeds.
all_settled() {
	qpool -q -j4 -Q q --until-empty >/dev/null || [ $? -lt 128 ] || return 1
	[ "$(sqlite3 q/queue.db 'SELECT count(*) FROM task WHERE state < 4')" = 0 ]
}

# Whether every task whose id was printed has finished.
all_completed() {
	local n missing

	for n in 1 2 3; do
		# A producer that was killed may leave a part of a line.
		[ ! -s "ids.$n" ] || [ -z "$(tail -c1 "ids.$n")" ] || sed -i '$d' "ids.$n"
	done
	sqlite3 q/queue.db 'SELECT id FROM task WHERE state IN (4, 5)' | sort >finished
	missing=$(cat ids.1 ids.2 ids.3 | sort | comm -23 - finished)
	[ -z "$missing" ] || { echo "lost: $missing"; return 1; }
	# Each attempt is counted before it begins; a job that was killed at once may not have written to runs.
	missing=$(sqlite3 q/queue.db 'SELECT id FROM task WHERE state IN (4, 5) AND attempts < 1')
	missing+=$(sort runs | uniq -c | awk '$1 > 1' | while read -r count id; do
		[ "$(sqlite3 q/queue.db "SELECT attempts >= $count FROM task WHERE id = $id")" = 1 ] || echo "$id"
	done)
	[ -z "$missing" ] || { echo "run more often than counted: $missing"; return 1; }
}

@test "kill: producers, pools and workers killed at random lose no task that was accepted" {
	local rounds=4 round n kills
	local again=0 tasks=0

	[ -z "${QPOOL_LONG:-}" ] || rounds=200
	for ((round = 0; round < rounds; round++)); do
		rm -rf q ids.* runs ends groups
		qctl create -k 1000000 q
		: >all
		touch ids.1 ids.2 ids.3 runs ends groups
		for n in 1 2 3; do
			producer "$n" 2>/dev/null 3>&- &
			echo $! >>all
			qpool -q -j4 -Q q >/dev/null 2>&1 3>&- &
			echo $! >>all
		done
		for ((kills = RANDOM % 5 + 2; kills > 0; kills--)); do
			sleep "0.0$((RANDOM % 90 + 10))" # kills at a random time
			kill_one
		done
		# The producers that are left exit after their current batch; then the queue is drained.
		while read -r n; do
			[ "$(cat "/proc/$n/comm" 2>/dev/null)" = qpool ] || kill -KILL "$n" 2>/dev/null || true
		done <all
		pkill -KILL -P $$ -x yes || true
		until_true all_settled
		qctl close q
		wait 2>/dev/null || true
		all_completed || { echo "round $round"; return 1; }
		[ "$(sqlite3 q/queue.db 'PRAGMA integrity_check')" = ok ]
		[ -z "$(sqlite3 q/queue.db \
			'SELECT state FROM count c WHERE n <> (SELECT count(*) FROM task t WHERE t.state = c.state)')" ]
		again=$((again + $(sort runs | uniq -d | wc -l)))
		tasks=$((tasks + $(sort -u runs | wc -l)))
	done
	echo "# $rounds rounds, $tasks tasks, $again of them run more than once" >&3
}
