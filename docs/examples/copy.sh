#!/bin/sh
# copy.sh SRC DST: copies a tree with three workers of qpool(1), and says for each file how far it is.
#
# Each worker is this script again, with one file; its progress goes to stdout, and to qpool's display when there is one.
set -eu

# Twenty steps at most, each of whole blocks, so that the percentage is real and a small file is one step.
copy_file()
{
	src=$1 dst=$2 name=$3
	block=65536
	size=$(($(wc -c <"$src")))
	step=$((size / block / 20 + 1)) done=0
	# Both descriptors keep their places from one dd to the next.
	exec 3<"$src" 4>"$dst"
	while [ "$done" -lt "$size" ]; do
		dd bs="$block" count="$step" <&3 >&4 2>/dev/null
		done=$((done + step * block))
		[ "$done" -lt "$size" ] || done=$size
		percent=$((100 * done / size))
		printf '%s: %d%%\n' "$name" "$percent"
		echo "$percent" >&"$QPOOL_PROGRESS_FD"
	done
	cp -p --attributes-only "$src" "$dst"
	printf '%s: copied\n' "$name"
}

if [ "${1-}" = --one ]; then
	copy_file "$2/$4" "$3/$4" "$4"
	exit
fi
if [ $# != 2 ]; then
	echo "usage: copy.sh SRC DST" >&2
	exit 2
fi
self=$(cd "$(dirname "$0")" && pwd)/${0##*/}
if ! [ -d "$1" ]; then
	echo "copy.sh: $1: not a folder" >&2
	exit 1
fi
if [ -e "$2" ]; then
	echo "$2 exists already and was not made"
else
	mkdir -p -- "$2"
fi
src=$(cd -- "$1" && pwd) dst=$(cd -- "$2" && pwd)
cd "$src"
# shellcheck disable=SC2016 # for the inner shells
{
	find . -type d -exec sh -c 'dst=$1; shift; for folder; do mkdir -p "$dst/$folder"; done' sh "$dst" {} +
	find . -type l -exec sh -c 'dst=$1; shift; for link; do cp -P "$link" "$dst/$link"; done' sh "$dst" {} +
}
find . -type f -print0 | qpool -0 -j3 sh "$self" --one "$src" "$dst"
