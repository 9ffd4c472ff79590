# Functions for the bats files. Load with: load ../lib/helpers
# shellcheck shell=bash

# until_true COMMAND ...: repeats the command until it succeeds, for at most 20 s.
until_true() {
	local tries=0

	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 400 ] || return 1
		sleep 0.05
	done
}

has_lines() {
	[ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

# state PID LETTERS: is the process in one of these states of proc(5)?
state() {
	local letter

	letter=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[[ -n $letter && $2 == *$letter* ]]
}

is_gone() {
	! kill -0 "$1" 2>/dev/null || state "$1" Z
}

# end_workers: ends the workers that a failed test left behind, because they would keep the runner's file descriptors
# open. Workers append their pids to the file `pids`.
end_workers() {
	local pid

	pkill -KILL -P $$ -x qpool || true
	if [ -e pids ]; then
		while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <pids
	fi
}

# For tests of the jobserver: compiles the program `tokens` into $BATS_FILE_TMPDIR.
compile_tokens() {
	$QPOOL_CC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/tokens" "$QPOOL_SRCDIR/tests/lib/tokens.c"
}

# make_go: creates and opens the named pipe `go`. A job that reads a line from it blocks until let_go.
make_go() {
	mkfifo go
	exec {go}<>go
}

# make_count: creates the program `count` and the directory `alive`. A job that runs it is a file in `alive` meanwhile,
# and appends to the file `most` how many ran at that moment. `count wait` runs until let_go.
make_count() {
	mkdir -p alive
	export HERE=$PWD
	cat >count <<'END'
#!/bin/sh
: >"$HERE/alive/$$"
ls "$HERE/alive" | wc -l >>"$HERE/most"
if [ "${1:-}" = wait ]; then read x <"$HERE/go"; else sleep 0.02; fi
rm "$HERE/alive/$$"
END
	chmod +x count
}

# let_go COUNT: unblocks COUNT readers of `go`.
let_go() {
	yes '' | head -n "$1" >&"$go"
}

# For tests of queues: compiles tests/lib/queue-calls.c, a library to preload into qctl, and sets CALLS to its path.
compile_queue_calls() {
	export CALLS=$BATS_FILE_TMPDIR/calls.so
	# shellcheck disable=SC2086 # words
	$QPOOL_CC -shared -fPIC -D_GNU_SOURCE -o "$CALLS" "$QPOOL_SRCDIR/tests/lib/queue-calls.c" -ldl
}

# is_sound QUEUE: is its database intact, and do its counts agree with its tasks?
is_sound() {
	[ "$(sqlite3 -readonly "$1/queue.db" 'PRAGMA integrity_check;
		SELECT count.state, n FROM count
			WHERE n <> (SELECT count(*) FROM task WHERE task.state = count.state)')" = ok ]
}
