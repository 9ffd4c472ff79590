#!/bin/sh
# write-then-read.sh: one pool; a job that writes a file is waited for before the job that reads it is put, as Pool.apply_async and AsyncResult.get
# of Python do. The reader's output and exit status are the script's.
set -u
folder=$(mktemp -d) || exit 1
trap 'qctl close "$folder/queue"; wait; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
queue=$folder/queue

qctl create "$queue" || exit 1
qpool -q -j2 -Q "$queue" >/dev/null &

id=$(qctl put "$queue" "echo 'written by a job' >'$folder/file'; echo writer done") || exit 1
echo "put task $id; waiting for it"
# What it printed; its exit status is ours to look at.
qctl result "$queue" "$id" || exit 1
qctl apply "$queue" "echo reader begins; cat '$folder/file'"
