#!/usr/bin/env bats
# The rules that hold src/ together, read from its #include lines. docs/design.md tells the layers in words.

# From the bottom up: LAYER FILE [FILE of the same layer that it may include ...]; an included file is named by what stands before its dot.
layers() {
	cat <<'END'
base mem
base buf mem
base clock
base whole
base append buf
system os
system os-spawn os
system os-guarded os
system os-standard os
system os-linux os
system os-posix os
system loop
system loop-private loop
system loop-timer loop-private
system loop-child loop-private
system loop-linux loop-private os
system loop-posix loop-private os
pure job
pure decimal
pure value
pure utf8
pure lines
pure halt
pure order
pure json utf8
pure escape job utf8
pure unescape escape utf8
pure columns escape utf8
pure outcome job
pure jobserver-auth
pure turns
pure oneshell
pure budget
pure template job
pure log-job
pure identity
pure log-lanes log-job
pure log-sums log-job
pure log-sums-text log-sums escape
mechanisms gate
mechanisms whole-file
mechanisms worker
mechanisms held
mechanisms keeper held
mechanisms jobserver-client held keeper
mechanisms jobserver-server worker
mechanisms queue queue-fifo queue-sqlite
mechanisms queue-fifo queue queue-bell
mechanisms queue-bell
mechanisms queue-claims
mechanisms sqlite-load
mechanisms queue-db queue sqlite-load
mechanisms queue-schema queue-db
mechanisms queue-sqlite queue queue-sqlite-private
mechanisms queue-sqlite-private queue-bell queue-claims queue-db queue-sqlite queue
mechanisms queue-sqlite-task queue-sqlite-private
mechanisms queue-sqlite-result queue-sqlite-private
mechanisms capture
mechanisms sink
mechanisms spill
mechanisms store spill
mechanisms input spill
mechanisms outlet sink spill store
mechanisms record
mechanisms record-text record
mechanisms record-tsv record
mechanisms record-jsonl record
mechanisms record-joblog record
mechanisms line-log
mechanisms log-reader log-private
mechanisms log-private log-reader
mechanisms log-field log-private
mechanisms log-tsv log-private
mechanisms log-jsonl log-private
mechanisms log-joblog log-private record
mechanisms log-ninja log-private
mechanisms log-table log-reader
mechanisms resume log-reader
mechanisms page-parts
mechanisms page log-table page-parts
mechanisms trace-events log-table
mechanisms log-trace log-private trace-events
mechanisms reports log-table record spill whole-file
mechanisms progress
mechanisms progress-percent progress
engine settings
engine pool settings pool-private
engine pool-private pool
engine pool-input pool-private
engine pool-task pool-private
engine pool-queue pool-private
engine pool-feed pool-private
engine pool-report pool-private
engine pool-token pool-private
engine pool-stop pool-private
engine one settings
engine profile
commands options-help options
commands options options-help
commands die
commands qpool options die
commands qpool-sh die
commands qctl
commands qctl-common qctl
commands qctl-apply qctl
commands qctl-close qctl
commands qctl-create qctl
commands qctl-done qctl
commands qctl-empty qctl
commands qctl-fail qctl
commands qctl-feed qctl
commands qctl-full qctl
commands qctl-get qctl
commands qctl-join qctl
commands qctl-list qctl
commands qctl-map qctl
commands qctl-move qctl
commands qctl-open qctl
commands qctl-over qctl
commands qctl-purge qctl
commands qctl-put qctl
commands qctl-ready qctl
commands qctl-result qctl
commands qctl-retry qctl
commands qctl-size qctl
commands qctl-stats qctl
commands qctl-successful qctl
commands qctl-terminate qctl
commands qctl-touch qctl
commands qctl-wait qctl
commands qctl-watch qctl
commands qlog
commands qlog-common qlog
commands qlog-diff qlog
commands qlog-failed qlog
commands qlog-html qlog
commands qlog-output qlog
commands qlog-slowest qlog
commands qlog-summary qlog
commands qlog-timeline qlog
commands qlog-trace qlog
END
}

bats_require_minimum_version 1.5.0

setup() {
	cd "$QPOOL_SRCDIR" || return 1
}

# files LAYER: the sources of a layer.
files() {
	local layer=$1 name file
	layers | while read -r is name _; do
		[ "$is" = "$layer" ] || continue
		for file in src/"$name".[ch]; do
			[ -f "$file" ] && echo "$file"
		done
	done
}

# none COMMAND ...: what it prints is what is wrong.
none() {
	local found
	found=$("$@") || true
	[ -z "$found" ] || { echo "$found"; return 1; }
}

@test "every source file has its layer, and every name in the table a file" {
	diff <(layers | cut -d' ' -f2 | sort) <(for file in src/*.[ch]; do basename "${file%.*}"; done | sort -u)
}

# The table comes first, then every line `FILE:#include "NAME.h"`.
upward() {
	{ layers; grep -E '^#include "' src/*.[ch] | sed 's|^src/||'; } | awk '
		!/#include/ {
			if (!($1 in height))
				height[$1] = ++layers_seen
			at[$2] = height[$1]
			for (i = 3; i <= NF; i++)
				peer[$2, $i] = 1
			next
		}
		{
			split($0, part, /[:"]/)
			from = part[1]; sub(/\.[ch]$/, "", from)
			to = part[3]; sub(/\.(h|def)$/, "", to)
			if (!(to in at))
				print part[1] " includes " part[3] ", which has no layer"
			else if (from != to && at[to] >= at[from] && !((from, to) in peer))
				print part[1] " includes " part[3]
		}'
}

@test "includes point downward, or to a peer in the table" {
	none upward
}

# A file without a header of its own takes that of its family: record-text.c takes record.h.
not_own_first() {
	local file name first
	for file in src/*.c; do
		name=$(basename "$file" .c)
		case $name in qpool | qpool-sh) continue ;; esac
		first=$(grep -m 1 -E '^#include [<"]' <(grep -v '<config.h>' "$file") | sed 's/^#include .\(.*\).$/\1/')
		if [ -f "src/$name.h" ]; then
			[ "$first" = "$name.h" ] || echo "$file includes $first first"
		else
			layers | grep -qE "^[a-z]+ $name( .*)? ${first%.h}( |\$)" || echo "$file includes $first first"
		fi
	done
}

@test "a file includes its own header first" {
	none not_own_first
}

foreign_private() {
	local file header
	for header in src/*-private.h; do
		header=${header#src/}
		grep -l "\"$header\"" src/*.[ch] | while read -r file; do
			case ${file#src/} in
			"${header%-private.h}".c | "${header%-private.h}"-*) ;;
			*) echo "$file includes $header" ;;
			esac
		done
	done
}

@test "a private header stays in its family" {
	none foreign_private
}

# shellcheck disable=SC2046 # no blanks in our names
@test "below the commands nothing exits or prints a message" {
	for layer in base system pure mechanisms engine; do
		none grep -nE '(^|[^_[:alnum:]])((exit|err|errx|errc|warn|warnx|warnc|perror|getopt|getopt_long)\(|(printf|puts)\([^1-9])|<err\.h>|<getopt\.h>' $(files $layer) /dev/null
	done
}

# shellcheck disable=SC2046 # no blanks in our names
@test "the pure layer opens nothing, starts nothing and knows no system" {
	none grep -nE '^#include (<(fcntl|unistd|signal|poll|spawn|sys/(socket|stat|mman|epoll))\.h>|"(os|loop)\.h")' $(files pure) /dev/null
}

# shellcheck disable=SC2046 # no blanks in our names
@test "which system it is matters in the system layer alone" {
	for layer in base pure mechanisms engine commands; do
		none grep -nE '^ *#.*(__linux__|__APPLE__|__[A-Za-z]+BSD__|__sun|__GLIBC__|SYSTEM_)|<sys/(epoll|signalfd|prctl|syscall)\.h>' $(files $layer) /dev/null
	done
}

# What other programs load knows their interface, and of ours what reads MAKEFLAGS.
foreign_in_plugin() {
	local file line

	grep -nE '^#include ["<]' plugin/*/*.[ch] | while IFS= read -r line; do
		file=${line#*\"}
		file=${file%\"*}
		case $line in
		*'"jobserver-auth.h"' | *'<gnumake.h>' | *'<'*.h'>') continue ;;
		esac
		[ -f "$(dirname "${line%%:*}")/$file" ] || echo "$line"
	done
}

@test "the plugin includes its host's interface, jobserver-auth.h, and nothing else of ours" {
	none foreign_in_plugin
	none grep -lE '"jobserver-auth\.h"' plugin/make/qpool.c plugin/make/folder.[ch] plugin/make/text.c plugin/make/budget.c
}

# shellcheck disable=SC2046 # no blanks in our names
@test "nothing that make loads exits, jumps or prints" {
	none grep -nE '(^|[^_[:alnum:]])((exit|_exit|abort|err|errx|warn|warnx|perror|longjmp|setjmp|fork|vfork|system|popen|printf|puts|fprintf|fputs)\()|<(err|setjmp)\.h>' plugin/make/*.c plugin/make/*.h
}

unlisted() {
	local file
	for file in src/*.c src/*.h src/*.def plugin/make/*.[ch] plugin/make/*.in tests/*.bats docs/*.[1-9]; do
		grep -qE "(^|[[:space:]])$file([[:space:]]|\$)" Makefile.am || echo "$file"
	done
	for file in tests/unit/*.c; do
		grep -qE "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$)" Makefile.am || echo "$file"
	done
	for file in tests/fuzz/fuzz-*.c; do
		grep -qE "(^|[[:space:]])${file%.c}([[:space:]]|\$)" Makefile.am || echo "$file"
	done
}

@test "Makefile.am knows every file" {
	none unlisted
}
