# What the bats files share. Loaded with: load ../lib/helpers
# shellcheck shell=bash

# until_true COMMAND ...: asks again until it holds, for 20 s at most.
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

# A test that failed must not leave workers behind that hold the runner's descriptors. They note themselves in the file pids.
end_workers() {
	local pid

	pkill -KILL -P $$ -x qpool || true
	if [ -e pids ]; then
		while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <pids
	fi
}

# For tests of the jobserver: the program tokens, in the folder of the file's tests.
compile_tokens() {
	$QPOOL_CC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/tokens" "$QPOOL_SRCDIR/tests/lib/tokens.c"
}

# A named pipe that is open, so that who reads a line from it waits until let_go.
make_go() {
	mkfifo go
	exec {go}<>go
}

# let_go COUNT: so many that read a line from go.
let_go() {
	yes '' | head -n "$1" >&"$go"
}

# For tests of what happens to queues: tests/lib/queue-calls.c, to be preloaded into qctl; CALLS names it.
compile_queue_calls() {
	export CALLS=$BATS_FILE_TMPDIR/calls.so
	# shellcheck disable=SC2086 # words
	$QPOOL_CC -shared -fPIC -D_GNU_SOURCE -o "$CALLS" "$QPOOL_SRCDIR/tests/lib/queue-calls.c" -ldl
}

# is_sound QUEUE: is its database whole, and does it count what is there?
is_sound() {
	[ "$(sqlite3 -readonly "$1/queue.db" 'PRAGMA integrity_check;
		SELECT count.state, n FROM count WHERE n <> (SELECT count(*) FROM task WHERE task.state = count.state)')" = ok ]
}
