#!/bin/sh
# three-workers.sh [TASKS]: three workers run ten tasks. Each worker prints its pid and the time when it begins and ends
# a task.
set -u

# qpool starts this script again for each task.
if [ "${1-}" = task ]; then
	echo "$(date +%T) worker $$ begins task $2"
	sleep "0.$(($2 % 4))"
	echo "$(date +%T) worker $$ ends task $2"
	exit 0
fi

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

qctl create "$directory/queue" || exit 1
seq "${1:-10}" | qctl put -q "$directory/queue" || exit 1
qctl close "$directory/queue"
# --line-buffer prints each line at once, not the output of each task as a whole, so the three workers are visible.
qpool -q -j3 --line-buffer -Q "$directory/queue" sh "$0" task
