#!/usr/bin/env bats
# The rules between the directories of src/, checked on the #include lines and on the object files. docs/design.md
# describes the directories.

# DIRECTORY [DIRECTORY that it may include and call ...], from the bottom up. A directory may always use itself.
rules() {
	cat <<'END'
base
sys base
job base
worker base sys job
output base sys
jobserver base sys job worker
queue base sys job queue/sqlite
queue/sqlite base sys job queue
log base sys job output log/page
log/page
pool base sys job worker output jobserver queue log
cli base
qpool base sys job worker output jobserver queue log pool cli
qctl base sys queue cli
qlog base sys job output log cli
completions base cli qpool qctl qlog
qpool-sh base sys job worker log
bats-parallel base worker
END
}

bats_require_minimum_version 1.5.0

setup() {
	cd "$QPOOL_SRCDIR" || return 1
}

# files DIRECTORY ...: prints the sources in these directories of src/.
files() {
	local directory

	for directory; do
		ls src/"$directory"/*.[ch]
	done
}

# none COMMAND ...: fails if the command prints anything.
none() {
	local found
	found=$("$@") || true
	[ -z "$found" ] || { echo "$found"; return 1; }
}

@test "layers: every directory of src has a rule" {
	diff <(rules | cut -d' ' -f1 | grep -vx log/page | sort) <(source_directories | grep -vx log/page)
}

# Prints the directories that contain sources, found without git because an archive has none.
source_directories() {
	find src -name '*.[ch]' | sed 's|^src/||; s|/[^/]*$||' | sort -u
}

# Reads the rules, a line "--", and lines "FROM TO": two files of src/. Prints the pairs that no rule allows.
not_allowed() {
	{ rules; echo --; cat; } | awk '
		function directory(file) { sub(/\/[^\/]*$/, "", file); return file }
		$1 == "--" { rules_read = 1; next }
		!rules_read { for (i = 2; i <= NF; i++) allowed[$1, $i] = 1; next }
		directory($1) != directory($2) && !((directory($1), directory($2)) in allowed) { print $1 " uses " $2 }'
}

# Prints FROM TO for every include of a file of src/ by another one.
includes() {
	grep -E '^#include "' src/*/*.[ch] src/*/*/*.[ch] | sed 's|^src/||; s|:#include "| |; s|"$||'
}

# Prints the object files below the current directory. Left out are tests_*.o, which are made from the same sources
# for a test, and objects that an earlier build left behind, whose source was removed or renamed.
objects() {
	local file

	find . -name '*.o' ! -name 'tests_*' | sed 's|^\./||' | sort | while IFS= read -r file; do
		[ ! -f "${file%.o}.c" ] && [ ! -f "$QPOOL_SRCDIR/src/${file%.o}.c" ] || echo "$file"
	done
}

# Prints FROM TO NAME for every function or variable of one object file that another one uses. An inline function has no
# symbol, so it is not seen.
calls() {
	(cd "$QPOOL_BUILDDIR/src" && objects | xargs nm -A -P) | awk '
		{
			file = $1
			sub(/\.o:$/, ".c", file)
			if ($3 == "U")
				uses[file, $2] = 1
			else if ($3 ~ /^[A-TV-Z]$/)
				where[$2] = file
		}
		END {
			for (pair in uses) {
				split(pair, part, SUBSEP)
				if (part[2] in where && where[part[2]] != part[1])
					print part[1], where[part[2]], part[2]
			}
		}'
}

@test "layers: an include is allowed by the rule of its directory" {
	none not_allowed < <(includes)
}

@test "layers: a call is allowed by the rule of its directory" {
	calls >"$BATS_TEST_TMPDIR/found"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/found")" -gt 500 ]
	none not_allowed <"$BATS_TEST_TMPDIR/found"
}

# Reads FROM TO and prints the files of each ring: those that can be reached from themselves.
rings() {
	awk '
		{ to[$1] = to[$1] " " $2 }
		function walk(file, start,   next_files, n, i) {
			n = split(to[file], next_files, " ")
			for (i = 1; i <= n; i++) {
				if (next_files[i] == start)
					ring[start] = 1
				if (!((start, next_files[i]) in seen)) {
					seen[start, next_files[i]] = 1
					walk(next_files[i], start)
				}
			}
		}
		END {
			for (file in to)
				walk(file, file)
			for (file in ring)
				print file " is in a ring"
		}' | sort
}

@test "layers: the ring test finds a ring" {
	[ "$(printf '%s\n' 'a b' 'b c' 'c b' 'd a' | rings)" = "$(printf '%s\n' 'b is in a ring' 'c is in a ring')" ]
}

@test "layers: headers do not include each other in a ring" {
	none rings < <(includes | grep '\.h .*\.h$')
}

# The directories whose files call each other in one direction only.
WITHOUT_RINGS="base sys job worker output jobserver log pool"

# inside DIRECTORY ...: reads FROM TO and prints the pairs within one of these directories of src/.
inside() {
	awk -v directories=" $* " '
		function directory(file) { sub(/\/[^\/]*$/, "", file); return file }
		directory($1) == directory($2) && index(directories, " " directory($1) " ")'
}

# shellcheck disable=SC2086 # directory names contain no blanks
@test "layers: no ring of calls within a directory" {
	calls | inside $WITHOUT_RINGS >"$BATS_TEST_TMPDIR/calls"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -gt 50 ]
	none rings <"$BATS_TEST_TMPDIR/calls"
}

@test "layers: no ring of calls within src/queue" {
	calls | awk '$1 ~ /^queue\// && $2 ~ /^queue\// { print $1, $2 }' >"$BATS_TEST_TMPDIR/found"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/found")" -gt 50 ]
	none rings <"$BATS_TEST_TMPDIR/found"
}

# A file without a header of its own first includes one of its directory: record-text.c includes record.h.
not_own_first() {
	local file first

	for file in src/*/*.c src/*/*/*.c; do
		case $file in
		src/qpool/qpool.c | src/completions/completions.c | src/qpool-sh/qpool-sh.c) continue ;;
		src/bats-parallel/parallel.c | */parts.c) continue ;;
		esac
		first=$(grep -m 1 -E '^#include [<"]' <(grep -v '<config.h>' "$file") | sed 's/^#include .\(.*\).$/\1/')
		if [ -f "${file%.c}.h" ]; then
			[ "src/$first" = "${file%.c}.h" ] || echo "$file includes $first first"
		else
			[[ src/$first == "$(dirname "$file")"/*.h ]] || echo "$file includes $first first"
		fi
	done
}

@test "layers: a file includes its own header first" {
	none not_own_first
}

# A header whose name ends in private.h is for its own directory.
foreign_private() {
	includes | awk '$2 ~ /private\.h$/ {
		from = $1; sub(/\/[^\/]*$/, "", from)
		to = $2; sub(/\/[^\/]*$/, "", to)
		if (from != to)
			print $1 " includes " $2
	}'
}

@test "layers: a private header stays in its directory" {
	none foreign_private
}

# Prints FROM TO for each include of a backend, or of what only backends include, by another file.
foreign_backends() {
	includes | awk '
		$2 !~ /^queue\// || $2 ~ /^queue\/(queue|task|batch|pipe|notify)\.h$/ { next }
		$1 !~ /^queue\// { print $1 " includes " $2; next }
		$2 == "queue/backend.h" || $1 ~ /^queue\/queue\.c$/ { next }
		{
			from = $1; sub(/\.[ch]$/, "", from); sub(/^queue\/sqlite\/.*/, "queue/sqlite", from)
			to = $2; sub(/\.h$/, "", to); sub(/^queue\/sqlite\/.*/, "queue/sqlite", to)
			if (from != to)
				print $1 " includes " $2
		}'
}

@test "layers: only the front includes a queue backend" {
	none foreign_backends
	none grep -rnE '(->|\.)ops\b' src/qctl src/pool src/qpool
}

LIBRARIES="base sys job worker output jobserver queue queue/sqlite log pool"

# shellcheck disable=SC2046,SC2086 # file names contain no blanks
@test "layers: only a program exits or prints a message" {
	local calls='(exit|(message_)?(err|errx|errc|warn|warnx|warnc)|perror|getopt|getopt_long)\('

	calls+='|(printf|puts)\([^1-9]'

	none grep -nE "(^|[^_[:alnum:]])($calls)|<err\.h>|<getopt\.h>" $(files $LIBRARIES) /dev/null
}

@test "layers: messages are printed only by functions that escape their text" {
	local calls='err|errx|errc|verr|warn|warnx|warnc|vwarn|perror'

	none grep -rnE "(^|[^_[:alnum:]])($calls)\(|fprintf\(stderr|, stderr\)|<err\.h>" src --include=*.[ch]
}

# shellcheck disable=SC2046 # file names contain no blanks
@test "layers: src/job opens no file, starts no process and is independent of the system" {
	none grep -nE '^#include (<(fcntl|unistd|signal|poll|spawn|sys/(socket|stat|mman|epoll))\.h>|"sys/)' \
		$(files job) /dev/null
}

# shellcheck disable=SC2046 # file names contain no blanks
@test "layers: only src/sys asks which system it runs on" {
	local macros='__linux__|__APPLE__|__[A-Za-z]+BSD__|__sun|__GLIBC__|SYSTEM_'

	none grep -nE "^ *#.*($macros)|<sys/(epoll|signalfd|prctl|syscall)\.h>" \
		$(files $(rules | cut -d' ' -f1 | grep -vx sys)) /dev/null
}

# Prints each include of a plugin that is neither its own header, nor a header of its host, nor jobserver/auth.h, which
# reads MAKEFLAGS, nor those for temporary files, whose removal must be written only once.
foreign_in_plugin() {
	local file line

	grep -nE '^#include ["<]' plugin/*/*.[ch] | while IFS= read -r line; do
		file=${line#*\"}
		file=${file%\"*}
		case $line in
		*'"jobserver/auth.h"' | *'"sys/temp-dir.h"' | *'"sys/owner-only.h"') continue ;;
		*'<gnumake.h>' | *'<'*.h'>') continue ;;
		esac
		[ -f "$(dirname "${line%%:*}")/$file" ] || echo "$line"
	done
}

@test "layers: a plugin includes only its own headers, those of its host, and a few listed ones" {
	none foreign_in_plugin
	none grep -lE '"jobserver/auth\.h"' plugin/make/{qpool,text,budget}.c plugin/make/directory.[ch]
}

@test "layers: the object that make loads never exits, jumps or prints" {
	local calls='exit|_exit|abort|err|errx|warn|warnx|perror|longjmp|setjmp|fork|vfork|system|popen'

	calls="$calls|printf|puts|fprintf|fputs"
	none grep -nE "(^|[^_[:alnum:]])($calls)\(|<(err|setjmp)\.h>" plugin/make/*.[ch]
}

unlisted() {
	local file
	for file in src/*/*.[ch] src/*/*.def src/*/*/*.[ch] plugin/make/*.[ch] plugin/make/*.in \
		tests/*.bats tests/*/*.bats docs/*.[1-9]; do
		[ "$file" != src/log/page/parts.c ] || continue
		grep -qE "(^|[[:space:]])$file([[:space:]]|\$)" Makefile.am || echo "$file"
	done
	for file in tests/unit/*.c; do
		grep -qE "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$)" Makefile.am || echo "$file"
	done
	for file in tests/fuzz/fuzz-*.c; do
		grep -qE "(^|[[:space:]])${file%.c}([[:space:]]|\$)" Makefile.am || echo "$file"
	done
}

@test "layers: Makefile.am lists every file" {
	none unlisted
}
