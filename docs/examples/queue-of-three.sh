#!/bin/sh
# queue-of-three.sh [COUNT]: a writer and a reader share a queue for three tasks. When the queue is full, the writer
# prints a message and waits for the reader. When the queue is empty, the reader prints a message and waits for
# the writer.
set -u
count=${1:-10}
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
queue=$directory/queue

writer()
{
	n=0
	while [ "$n" -lt "$count" ]; do
		n=$((n + 1))
		if ! qctl put -q -n "$queue" "task $n"; then
			echo 'writer: the queue is full'
			qctl put -q "$queue" "task $n" || return
		fi
		echo "writer: put task $n"
	done
	qctl close "$queue"
}

reader()
{
	while :; do
		if ! task=$(qctl get -n "$queue"); then
			echo 'reader: the queue is empty'
			# Fails once the queue is closed and drained.
			task=$(qctl get "$queue") || return
		fi
		echo "reader: got $task"
	done
}

qctl create -m 3 "$queue" || exit 1
writer &
reader
wait
