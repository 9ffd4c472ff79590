#!/bin/sh
# copy.sh SRC DST: copies the contents of directory SRC into directory DST with three workers of qpool(1), and shows the
# progress.
#
# It first creates all directories, even empty ones. Then it copies the files, one in each job, and then links and
# special files. It sets the modes of the directories last, so that it can fill read-only directories. For each file,
# qpool starts this script again as copy.sh SRC DST file FILE. find passes each name to qpool with a NUL at its end, so
# names may contain any byte.
set -u
block=65536

# Prints a name without control characters, for messages.
printable()
{
	printf '%s' "$1" | tr '[:cntrl:]' '?'
}

fail()
{
	printf 'copy.sh: %s\n' "$1" >&2
	exit "${2:-1}"
}

# Prints the mode of a file in the syntax of chmod. In POSIX, only ls shows the mode.
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

# Prints the percentage, and sends it to the progress display of qpool.
progress()
{
	printf '%s: %d%%\n' "$name" "$1"
	echo "$1" >&5
}

# Copies file descriptor 3 to file descriptor 4. Their offsets persist from one dd to the next.
copy_blocks()
{
	step=$((size / block / 20 + 1)) # about twenty steps for a large file
	copied=0
	while [ "$copied" -lt "$size" ]; do
		progress $((copied * 100 / size))
		message=$(dd bs="$block" count="$step" <&3 2>&1 >&4) || {
			printf 'copy.sh: %s: %s\n' "$name" "$message" >&2
			return 1
		}
		copied=$((copied + step * block))
	done
	# Anything that was appended meanwhile.
	cat <&3 >&4
}

copy_file()
{
	from=$1 to=$2 name=$(printable "$3")
	size=$(wc -c <"$from") || exit 1
	# Through an existing link, the copy would go elsewhere, and an existing read-only file could not be written.
	rm -f "$to" || exit 1
	trap 'rm -f "$to"; exit 1' HUP INT TERM
	# Duplicate the file descriptor of the display first, because it may be 3 or 4.
	exec 5>&"$QPOOL_PROGRESS_FD" 3<"$from" 4>"$to"
	if ! copy_blocks || ! copy_meta "$from" "$to"; then
		rm -f "$to"
		exit 1
	fi
	progress 100
	printf '%s: copied\n' "$name"
}

# Prints the absolute path and a dot. The dot keeps $() from removing a newline at the end of the name.
absolute()
{
	case $1 in
	/*) printf '%s.' "$1" ;;
	*) printf '%s/%s.' "$PWD" "$1" ;;
	esac
}

# Is directory $2 the same as directory $1, or below it? Follows links.
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
make_directories()
(
	cd "$src" && DST=$dst find . -type d -exec sh -c '
		for directory; do
			mkdir -p "$DST/$directory" && chmod u+rwx "$DST/$directory" || status=1
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

# Inner directories first, because the mode of their parent may deny access afterwards.
finish_directories()
(
	cd "$src" && find . -depth -type d -exec sh "$script" "$src" "$dst" directory {} \;
)

copy_tree()
{
	status=0
	make_directories || status=1
	# Some versions of find lack -print0. With --line-buffer, percentages from all workers are printed at once.
	(cd "$src" && find . -type f -exec printf '%s\0' {} +) |
	    qpool -0 -j3 --line-buffer --no-template sh "$script" "$src" "$dst" file || status=$?
	copy_links || status=1
	finish_directories || status=1
	return "$status"
}

case $#,${3-} in
4,file)
	copy_file "$1/$4" "$2/$4" "${4#./}"
	exit
	;;
4,directory)
	copy_meta "$1/$4" "$2/$4"
	exit
	;;
esac
if [ "$#" -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
	fail 'usage: copy.sh SRC DST' 2
fi
command -v qpool >/dev/null || fail 'qpool: command not found; put it into PATH' 127
src=$(absolute "$1") dst=$(absolute "$2") script=$(absolute "$0")
src=${src%.} dst=${dst%.} script=${script%.}
[ -d "$src" ] || fail "$(printable "$1"): not a directory"
if [ -e "$dst" ]; then
	[ -d "$dst" ] || fail "$(printable "$2"): exists and is not a directory"
	! within "$src" "$dst" || fail "$(printable "$2"): must not be inside $(printable "$1")"
	printf '%s exists already and was not created\n' "$(printable "$2")"
else
	mkdir -p "$dst" || exit 1
	if within "$src" "$dst"; then
		rmdir "$dst"
		fail "$(printable "$2"): must not be inside $(printable "$1")"
	fi
fi
copy_tree
