#!/bin/sh
# write-then-read.sh: waits for a job that writes a file before it puts the job that reads the file, like
# Pool.apply_async and AsyncResult.get of Python. Prints the output of the reader and exits with its status.
set -u
directory=$(mktemp -d) || exit 1
trap 'qctl close "$directory/queue"; wait; rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
queue=$directory/queue

qctl create "$queue" || exit 1
qpool -q -j2 -Q "$queue" >/dev/null &

id=$(qctl put "$queue" "echo 'written by a job' >'$directory/file'; echo writer done") || exit 1
echo "put task $id; waiting for it"
# Prints the output of the task and exits with its status.
qctl result "$queue" "$id" || exit 1
qctl apply "$queue" "echo reader begins; cat '$directory/file'"
