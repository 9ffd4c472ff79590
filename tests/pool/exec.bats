#!/usr/bin/env bats
# Finding and executing a command: scripts without #!, and what each failure of execve(2) is worth as an exit status.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	end_workers
}

# A script that the kernel rejects with ENOEXEC.
make_script() {
	printf 'echo "$0:$1"\n' >"$1"
	chmod +x "$1"
}

# as_xargs STATUS COMMAND: a job of that command ends qpool with STATUS, and GNU xargs too.
as_xargs() {
	run -"$1" qpool -q "$2" <<<a
	run -"$1" qpool --one "$2" a
	! xargs --version 2>/dev/null | grep -q GNU || run -"$1" xargs "$2" <<<a
}

@test "exec: a script without #! is run by sh" {
	make_script s
	make_script ./-s
	mkdir dir
	make_script dir/t
	[ "$(qpool -q ./s <<<a)" = ./s:a ]
	[ "$(PATH=$PATH:$PWD/dir qpool -q t <<<a)" = "$PWD/dir/t:a" ]
	# The shell must not take the name of a file for an option.
	[ "$(PATH=$PATH: qpool -q -- -s <<<a)" = ./-s:a ]
	[ "$(qpool -q '{}' a <<<./s)" = ./s:a ]
	: >empty
	chmod +x empty
	run -0 qpool -q ./empty <<<a
	[ "$output" = "" ]
}

@test "exec: a script without #! takes a batch as long as any other command" {
	printf 'echo $#\n' >s
	chmod +x s
	[ "$(seq 300000 | qpool -q -n 300000 ./s | awk '{ n += $1 } END { print n }')" = 300000 ]
}

@test "exec: --one runs a script without #! by sh" {
	make_script s
	[ "$(qpool --one ./s a)" = ./s:a ]
	printf 'exit 7\n' >s
	run -7 qpool --one ./s
	printf 'kill -9 $$\n' >s
	run -137 sh -c 'qpool --one ./s; exit $?'
}

@test "exec: a queue's tasks and qctl map run a script without #! by sh" {
	make_script s
	qctl create q
	qctl put -q q a
	[ "$(qpool -q -Q q --until-empty ./s)" = ./s:a ]
	printf '%s\n' b c | qctl map q >out &
	until_true eval '[ "$(qctl size q)" = 2 ]'
	qpool -q -Q q --until-empty ./s >unused
	wait $!
	printf '%s\n' ./s:b ./s:c | cmp - out
}

@test "exec: qpool-sh runs a shell without #! by sh, recorded or not" {
	make_script s
	run -0 env QPOOL_REAL_SHELL="$PWD/s" "$QPOOL_BINDIR/qpool-sh" -c line
	[ "$output" = "$PWD/s:-c" ]
	run -0 env QPOOL_REAL_SHELL="$PWD/s" QPOOL_LOG="$PWD/log" "$QPOOL_BINDIR/qpool-sh" -c line
	[ "$output" = "$PWD/s:-c" ]
	run -0 "$QPOOL_BINDIR/qpool-sh" --record=log --target=t -- ./s a
	[ "$output" = ./s:a ]
	[ "$(grep -c '"end":"ok"' log)" = 2 ]
}
