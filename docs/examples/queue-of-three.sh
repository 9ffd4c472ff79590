#!/bin/sh
# queue-of-three.sh [COUNT]: a process that writes and one that reads, with a queue of room for three between them. The writer says when it finds the
# queue full, the reader when it finds it empty; both then wait, and are woken.
set -u
count=${1:-10}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
queue=$folder/queue

writer()
{
	n=0
	while [ "$n" -lt "$count" ]; do
		n=$((n + 1))
		if ! qctl put -q -n "$queue" "item $n"; then
			echo 'writer: the queue is full'
			qctl put -q "$queue" "item $n" || return
		fi
		echo "writer: put item $n"
	done
	qctl close "$queue"
}

reader()
{
	while :; do
		if ! item=$(qctl get -n "$queue"); then
			echo 'reader: the queue is empty'
			# Closed and drained, it says so: no more will come.
			item=$(qctl get "$queue") || return
		fi
		echo "reader: got $item"
	done
}

qctl create -m 3 "$queue" || exit 1
writer &
reader
wait
