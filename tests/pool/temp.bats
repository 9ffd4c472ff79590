#!/usr/bin/env bats
# Temporary directories: what is removed, and what is not, also if qpool is killed or another user interferes.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir tmp target
	export TMPDIR=$PWD/tmp
	touch target/1 target/notes target/run
	mkfifo target/2
	list_target >before
	make_go
}

teardown() {
	let_go 20
	end_workers
}

list_target() {
	(cd target && printf '%s\n' *)
}

# start_pool OPTION ...: a pool or a command whose job waits, in its own group; sets pool, keepers and directory.
start_pool() {
	rm -f ready
	setsid qpool "$@" sh -c 'echo >ready; read line <go' <<<a >/dev/null 2>err 3>&- &
	pool=$!
	until_true has_lines ready 1
	# The portable body cannot give the keeper a name of its own.
	mapfile -t keepers < <(pgrep -P "$pool" -x 'pool-keeper|qpool')
	[ "${#keepers[@]}" -ge 1 ]
	directory=$(echo tmp/qpool-*)
	[ -d "$directory" ]
}

keepers_gone() {
	local keeper

	for keeper in "${keepers[@]}"; do
		is_gone "$keeper" || return 1
	done
}

# end_pool SIGNAL
end_pool() {
	kill -"$1" "$pool"
	wait "$pool" || true
	until_true keepers_gone
}

# replace HOW: what another user can do where TMPDIR has no sticky bit.
replace() {
	mv "$directory" tmp/aside
	case $1 in
	link) ln -s "$PWD/target" "$directory" ;;
	directory) mv target "$directory" ;;
	esac
}

# is_untouched HOW: what the other user put there is as it was, and our files are gone.
is_untouched() {
	[ ! -e tmp/aside ] || [ -z "$(ls -A tmp/aside)" ] || return 1
	[ "$1" = link ] || mv "$directory" target
	list_target | cmp - before
}

@test "temporary directory: of a pool or a command with -J, gone however it ends" {
	local signal

	for signal in TERM KILL; do
		start_pool -q -J
		end_pool "$signal"
		[ -z "$(ls tmp)" ]
		start_pool -J --one
		end_pool "$signal"
		[ -z "$(ls tmp)" ]
	done
}

@test "temporary directory: what another user put in its place is neither emptied nor removed" {
	local how signal

	for how in link directory; do
		for signal in TERM KILL; do
			start_pool -q -J
			replace "$how"
			end_pool "$signal"
			is_untouched "$how"
			rm -rf tmp/*
		done
	done
}

@test "temporary directory: a file that a job put there stays" {
	local signal

	for signal in TERM KILL; do
		start_pool -q -J
		echo mine >"$directory/mine"
		end_pool "$signal"
		[ "$(cd tmp && find . -type f -o -type p)" = "./${directory#tmp/}/mine" ]
		rm -r "$directory"
	done
}

@test "temporary directory: of --profile, gone if it is killed" {
	start_pool -q --profile
	[ -e "$directory/log.jsonl" ]
	[ -e "$directory/notes" ]
	end_pool KILL
	[ -z "$(ls tmp)" ]
	start_pool -q --profile -l log
	end_pool KILL
	[ -z "$(ls tmp)" ]
	[ -e log ]
}

@test "temporary directory: of --profile, what another user put in its place stays" {
	local how

	for how in link directory; do
		start_pool -q --profile
		replace "$how"
		end_pool KILL
		is_untouched "$how"
		rm -rf tmp/*
	done
}

@test "temporary directory: --profile does not use one that others may write to" {
	chmod 777 tmp
	printf 'all:\n\t@echo made\n' >Makefile
	run -0 qpool -q --profile make
	[ "$output" = made ]
	rm -f ready
	qpool -q --profile sh -c 'echo >ready; read line <go' </dev/null >/dev/null 2>&1 3>&- &
	until_true has_lines ready 1
	[ -z "$(ls tmp)" ]
	let_go 1
	wait $!
	# With the sticky bit nobody can replace the directory.
	chmod 1777 tmp
	start_pool -q --profile
	end_pool KILL
}

@test "temporary files: no umask keeps them from being used" {
	local umask

	printf 'all:\n\t@echo made\n' >Makefile
	chmod 755 .
	for umask in 177 777; do
		[ "$(umask "$umask"; seq 3 | qpool -q -J echo)" = "$(seq 3)" ]
		[ "$(umask "$umask"; qpool -q --profile make)" = made ]
		[ "$(umask "$umask"; seq 4 | qpool -q -j2 --spill-max 1M sh -c 'head -c 100000 /dev/zero' |
			wc -c)" = 400000 ]
		[ -z "$(ls tmp)" ]
	done
}
