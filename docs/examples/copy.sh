#!/bin/sh
# copy.sh SRC DST: copies what is in the folder SRC into the folder DST with three workers of qpool(1), and says how far it is.
#
# Folders, also empty ones, are made first; then each file is a job; then come links and the like, and the folders' modes last, so
# that a read-only folder can be filled. qpool calls this script again for each file, as copy.sh SRC DST file FILE. The names go from
# find to qpool with a NUL behind each, so they may hold any byte.
set -u
block=65536

# Control characters would make a mess of a line.
shown()
{
	printf '%s' "$1" | tr '[:cntrl:]' '?'
}

fail()
{
	printf 'copy.sh: %s\n' "$1" >&2
	exit "${2:-1}"
}

# The mode of a file as chmod takes it: POSIX has no other way to ask than ls.
mode_of()
{
	# shellcheck disable=SC2012
	ls -ld "$1" | LC_ALL=C sed '1!d
		s/^.\(...\)\(...\)\(...\).*/u=\1,g=\2,o=\3/
		s/-//g; s/s/xs/g; s/S/s/g; s/t/xt/g; s/T/t/g'
}

copy_meta()
{
	chmod "$(mode_of "$1")" "$2" && touch -r "$1" "$2"
}

# In percent, to whoever reads the lines, and to the display of qpool.
progress()
{
	printf '%s: %d%%\n' "$name" "$1"
	echo "$1" >&5
}

# From descriptor 3 to 4. Both keep their places from one dd to the next.
copy_blocks()
{
	step=$((size / block / 20 + 1)) # about twenty steps for a big file
	copied=0
	while [ "$copied" -lt "$size" ]; do
		progress $((copied * 100 / size))
		said=$(dd bs="$block" count="$step" <&3 2>&1 >&4) || {
			printf 'copy.sh: %s: %s\n' "$name" "$said" >&2
			return 1
		}
		copied=$((copied + step * block))
	done
	# What was appended meanwhile.
	cat <&3 >&4
}

copy_file()
{
	from=$1 to=$2 name=$(shown "$3")
	size=$(wc -c <"$from") || exit 1
	# A link in its place would lead elsewhere, and a read-only file could not be written.
	rm -f "$to" || exit 1
	trap 'rm -f "$to"; exit 1' HUP INT TERM
	# First the display's: it may have any number of one digit.
	exec 5>&"$QPOOL_PROGRESS_FD" 3<"$from" 4>"$to"
	if ! copy_blocks || ! copy_meta "$from" "$to"; then
		rm -f "$to"
		exit 1
	fi
	progress 100
	printf '%s: copied\n' "$name"
}

# The dot keeps a newline at the end of the name.
absolute()
{
	case $1 in
	/*) printf '%s.' "$1" ;;
	*) printf '%s/%s.' "$PWD" "$1" ;;
	esac
}

# Is the folder $2 the folder $1, or somewhere in it? Links are followed.
within()
{
	outer=$(cd "$1" && pwd -P && echo .) && inner=$(cd "$2" && pwd -P && echo .) || return 0
	outer=${outer%??} inner=${inner%??}
	case $inner/ in
	"${outer%/}"/*) return 0 ;;
	esac
	return 1
}

# shellcheck disable=SC2016 # for the inner shell
make_folders()
(
	cd "$src" && DST=$dst find . -type d -exec sh -c '
		for folder; do
			mkdir -p "$DST/$folder" && chmod u+rwx "$DST/$folder" || status=1
		done
		exit "${status:-0}"' sh {} +
)

# shellcheck disable=SC2016 # for the inner shell
copy_links()
(
	cd "$src" && DST=$dst find . ! -type d ! -type f -exec sh -c '
		for link; do
			rm -f "$DST/$link" && cp -RPp "$link" "$DST/$link" || status=1
		done
		exit "${status:-0}"' sh {} +
)

# Those within go first: their parents may let nobody in afterwards.
finish_folders()
(
	cd "$src" && find . -depth -type d -exec sh "$script" "$src" "$dst" folder {} \;
)

copy_tree()
{
	status=0
	make_folders || status=1
	# Not -print0, which not every find has. Lines of the workers may mix, for the percents to be seen as they come.
	(cd "$src" && find . -type f -exec printf '%s\0' {} +) |
	    qpool -0 -j3 --line-buffer --no-template sh "$script" "$src" "$dst" file || status=$?
	copy_links || status=1
	finish_folders || status=1
	return "$status"
}

case $#,${3-} in
4,file)
	copy_file "$1/$4" "$2/$4" "${4#./}"
	exit
	;;
4,folder)
	copy_meta "$1/$4" "$2/$4"
	exit
	;;
esac
if [ "$#" -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
	fail 'usage: copy.sh SRC DST' 2
fi
command -v qpool >/dev/null || fail 'qpool is not in PATH' 127
src=$(absolute "$1") dst=$(absolute "$2") script=$(absolute "$0")
src=${src%.} dst=${dst%.} script=${script%.}
[ -d "$src" ] || fail "$(shown "$1"): not a folder"
if [ -e "$dst" ]; then
	[ -d "$dst" ] || fail "$(shown "$2"): exists already and is not a folder"
	! within "$src" "$dst" || fail "$(shown "$2"): lies in what is to be copied"
	printf '%s exists already and was not made\n' "$(shown "$2")"
else
	mkdir -p "$dst" || exit 1
	if within "$src" "$dst"; then
		rmdir "$dst"
		fail "$(shown "$2"): lies in what is to be copied"
	fi
fi
copy_tree
