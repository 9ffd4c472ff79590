#!/bin/sh
# three-workers.sh [TASKS]: three workers over ten tasks. Each says with its pid and the time when it begins and when it ends a task.
set -u

# qpool runs this script again for each task.
if [ "${1-}" = task ]; then
	echo "$(date +%T) worker $$ begins task $2"
	sleep "0.$(($2 % 4))"
	echo "$(date +%T) worker $$ ends task $2"
	exit 0
fi

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

qctl create "$folder/queue" || exit 1
seq "${1:-10}" | qctl put -q "$folder/queue" || exit 1
qctl close "$folder/queue"
# Lines as they come, not each task's whole: to see three at a time.
qpool -q -j3 --line-buffer -Q "$folder/queue" sh "$0" task
