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

# as_xargs STATUS COMMAND: with this command as a job, qpool and GNU xargs exit with STATUS.
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

@test "exec: each errno of execve(2) gives the exit status of xargs" {
	local error

	# Preloading does not work with the sanitizers.
	[ "$QPOOL_SANITIZERS" != yes ] || skip "preloading does not go with the sanitizers"
	# shellcheck disable=SC2086
	$QPOOL_CC -shared -fPIC -D_GNU_SOURCE -o fails.so "$QPOOL_SRCDIR/tests/lib/exec-errno.c" -ldl
	printf '#!/bin/sh\nexit 0\n' >job
	chmod +x job
	export LD_PRELOAD=$PWD/fails.so
	as_xargs 0 ./job
	# xargs divides a command line that is too long (E2BIG), and fails with 1 if that is impossible.
	for error in EACCES EAGAIN EFAULT EINVAL EIO EISDIR ELIBBAD ELOOP EMFILE ENAMETOOLONG ENFILE \
		ENOMEM ENOTDIR EPERM ETXTBSY; do
		EXEC_ERRNO=$error as_xargs 126 ./job
	done
	EXEC_ERRNO=ENOENT as_xargs 127 ./job
	EXEC_ERRNO=E2BIG run -126 qpool -q ./job <<<a
}

@test "exec: a command that cannot be found or executed gives the exit status of xargs" {
	local qpool xargs

	mkdir dir dir/job
	ln -s loop loop
	touch plain
	printf '#!/nothing/here\n' >script
	chmod +x script
	as_xargs 127 ./nothing
	# A directory of the user's own PATH may be closed to him, which would be 126.
	PATH=$QPOOL_BINDIR:/usr/bin:/bin as_xargs 127 nothing-of-this-name
	as_xargs 127 ''
	as_xargs 127 ./script
	as_xargs 126 ./plain
	as_xargs 126 ./dir
	as_xargs 126 /dev/null
	as_xargs 126 /dev/null/job
	as_xargs 126 ./loop
	as_xargs 126 "$(printf '%0256d' 0)"
	as_xargs 126 "./$(printf '%0256d' 0)"
	# The last directory of PATH decides, and a file that may not be executed is remembered.
	qpool=$(command -v qpool)
	xargs=$(command -v xargs)
	while read -r status path; do
		run -"$status" env PATH="$path" "$qpool" -q job <<<a
		"$xargs" --version 2>&1 | grep -q GNU || continue
		run -"$status" env PATH="$path" "$xargs" job <<<a
	done <<-END
		126 /nothing:/dev/null
		127 /dev/null:/nothing
		126 $PWD/dir:/nothing
		126 $PWD/loop:/nothing
	END
}

@test "exec: a file that another process writes is busy, and its job counts as 126" {
	cp "$(type -P true)" job
	exec {busy}>>job
	as_xargs 126 ./job
	exec {busy}>&-
	as_xargs 0 ./job
}
