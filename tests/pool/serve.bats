#!/usr/bin/env bats
# qpool as a jobserver, -J: its jobs and all that they start keep to -j together, and no death reduces the budget. And
# --one.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	compile_tokens
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	PATH=$BATS_FILE_TMPDIR:$PATH
	mkdir tmp
	export TMPDIR=$PWD/tmp
	make_go
	make_count
}

teardown() {
	end_workers
}

# directories NAME ...: makes these directories, each with a Makefile of 12 jobs that count themselves.
directories() {
	local name

	for name in "$@"; do
		mkdir -p "$name"
		printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count %s\n' \
			"$(seq -s ' ' 12)" "${how:-}" >"$name/Makefile"
	done
}

most() {
	sort -n most | tail -n 1
}

alive_are() {
	# shellcheck disable=SC2012
	[ "$(ls alive | wc -l)" = "$1" ]
}

# The styles that the installed make supports: fifo since 4.4.
styles() {
	echo auto pipe
	case $(make --version | head -n 1) in *" 4."[0-3]* | *" 3."*) ;; *) echo fifo ;; esac
}

@test "serve: parallel makes never run more jobs together than -j allows" {
	local n style

	directories a b c
	for style in $(styles); do
		for n in 1 2 4; do
			rm -f most
			printf '%s\n' a b c | qpool -q -J -j"$n" --jobserver-style="$style" make -s -C >out 2>&1
			[ ! -s out ]
			[ "$(wc -l <most)" = 36 ]
			[ "$(most)" = "$n" ]
		done
	done
	rmdir tmp
}

@test "serve: slots that one job does not use are available to others" {
	how="wait" directories a
	mkdir idle
	printf 'all:\n\t@read x <$(HERE)/hold\n' >idle/Makefile
	mkfifo hold
	printf '%s\n' idle a | qpool -q -J -j4 make -s -C &
	until_true alive_are 3
	let_go 12
	until_true has_lines most 12
	until_true alive_are 0
	echo >hold
	wait $!
	[ "$(most)" = 3 ]
}

@test "serve: an idle slot is offered to each job in turn" {
	local i

	how="wait" directories a
	mkfifo hold
	for i in 1 2 3 4; do
		mkdir "idle$i"
		printf 'all:\n\t@read x <$(HERE)/hold\n' >"idle$i/Makefile"
	done
	printf '%s\n' idle1 idle2 a idle3 idle4 | qpool -q -J -j6 make -s -C &
	until_true alive_are 2
	let_go 12
	until_true has_lines most 12
	until_true alive_are 0
	printf '\n\n\n\n' >hold
	wait $!
	[ "$(most)" = 2 ]
}

@test "serve: a new job goes before what the children of running jobs would start" {
	how="wait" directories a b
	mkfifo input
	qpool -q -J -j3 make -s -C <input &
	exec {in}>input
	echo a >&"$in"
	until_true alive_are 3
	echo b >&"$in"
	# The slot of a job that ends goes to b's first job.
	let_go 23
	exec {in}>&-
	until_true has_lines most 24
	let_go 1
	wait $!
	[ "$(most)" = 3 ]
}

@test "serve: the slots of a killed job are available again" {
	how="wait" directories a
	directories b
	mkfifo input
	qpool -J -j4 sh -c 'echo $$ >pid; exec make -s -C "$1"' sh <input 2>err &
	exec {in}>input
	echo a >&"$in"
	until_true alive_are 4
	kill -KILL "$(cat pid)"
	# Its children were ended with it, without a chance to clear their notes.
	until_true has_lines err 1
	rm -f alive/* most
	echo b >&"$in"
	exec {in}>&-
	wait $! || [ $? = 125 ]
	[ "$(most)" = 4 ]
	grep -q '^qpool: job 1: its processes did not return 3 tokens; the budget was restored$' err
}

@test "serve: a job that keeps or invents a token is reported, and the budget is restored" {
	directories b
	cat >thief <<'END'
#!/bin/sh
fifo=${MAKEFLAGS##*fifo:}
case $1 in
keep) exec dd if="${fifo%% *}" of=/dev/null bs=1 count=1 status=none ;;
skip) ;;
make) printf '++' >"${fifo%% *}" ;;
*) exec make -s -C "$1" ;;
esac
END
	chmod +x thief
	printf '%s\n' keep | qpool -v -J -j2 ./thief 2>err
	printf '%s\n' skip make b | qpool -v -J -j2 ./thief 2>>err
	grep -q '^qpool: job 1: its processes did not return 1 token; the budget was restored$' err
	grep -q '^qpool: job 2: its processes returned 2 tokens more than they took; the budget was restored$' err
	[ "$(most)" = 2 ]
}

@test "serve: each style names the jobserver differently, and keeps the rest of MAKEFLAGS" {
	local flags='echo "$MAKEFLAGS:$CARGO_MAKEFLAGS:${MFLAGS-none}"'

	export MAKEFLAGS='k -j7 -- A=b' MFLAGS=-k
	echo "$flags" | qpool -q -J -j3 >out
	makeflags="^k -j3 --jobserver-fds=([0-9]+,[0-9]+) --jobserver-auth=fifo:$TMPDIR/qpool-[^/]*/1"
	grep -Eq "$makeflags --jobserver-a=\1 -- A=b:-j3 --jobserver-fds=[^:]* --jobserver-auth=fifo:[^:]*:none$" out
	echo "$flags" | qpool -q -J -j3 --jobserver-style=fifo >out
	grep -Eq "^k -j3 --jobserver-auth=fifo:$TMPDIR/qpool-[^/]*/1 -- A=b:-j3 --jobserver-auth=fifo:[^:]*:none$" out
	echo "$flags" | qpool -q -J -j3 --jobserver-style=pipe >out
	grep -Eq '^k -j3 --jobserver-auth=[0-9]+,[0-9]+ -- A=b:-j3 --jobserver-auth=[0-9]+,[0-9]+:none$' out
}

@test "serve: a recipe that passes MFLAGS on keeps to the budget too" {
	local style

	directories b
	printf 'all:\n\t+@$(MAKE) $(MFLAGS) -s -C b\n' >Makefile
	for style in $(styles); do
		rm -f most
		qpool -J -j2 --jobserver-style="$style" --one make -s 2>err
		# What a plain make -j2 does with it: a jobserver of its own.
		[ "$(most)" -le 2 ]
	done
}

@test "serve: /tmp replaces a TMPDIR that does not exist or would break MAKEFLAGS" {
	mkdir 'a b'
	echo 'echo "$MAKEFLAGS"' | TMPDIR="$PWD/a b" qpool -q -J -j3 | grep -q 'fifo:/tmp/qpool-'
	echo 'echo "$MAKEFLAGS"' | TMPDIR=/nonexistent qpool -q -J -j3 | grep -q 'fifo:/tmp/qpool-'
}

@test "serve: below another jobserver -J creates no second budget" {
	directories a
	seq 1 | tokens serve fifo abc qpool -q -J -j2 sh -c 'echo "$MAKEFLAGS" >flags'
	grep -q "jobserver-auth=fifo:$PWD/server" flags
	printf 'all:\n\t+@printf "%%s\\n" a a a | qpool -q -J -j8 make -s -C\n' >Makefile
	make -s -j2 2>err
	[ ! -s err ]
	[ "$(most)" = 2 ]
}

@test "serve: each attempt has its own jobserver" {
	echo 'echo "${MAKEFLAGS##*qpool-}" | grep -o "/[0-9]*"; exit 1' | qpool -q -J -j2 --retries 3 >out || true
	printf '/1\n/2\n/3\n' | cmp - out
}

@test "serve: however it ends, no worker and no directory is left" {
	local sig

	how="wait" directories a b
	for sig in INT TERM HUP QUIT KILL; do
		printf '%s\n' a b | env --default-signal qpool -q -J -j4 --grace 1 make -s -C 2>/dev/null &
		until_true alive_are 4
		kill -s $sig $!
		wait $! || true
		until_true all_ended
		until_true rmdir tmp
		mkdir tmp
		rm -f alive/*
	done
}

all_ended() {
	local file

	for file in alive/*; do is_gone "${file##*/}" || return 1; done
}

none_pending() {
	grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$1/status"
}

@test "serve: USR1 and USR2 change the budget while it is in use" {
	local i

	how="wait" directories a
	qpool -J -j2 --one make -s -C a &
	until_true alive_are 2
	kill -USR1 $!
	until_true alive_are 3
	# Two pending signals of the same kind are one: signal(7).
	for i in 1 2 3; do
		kill -USR2 $!
		until_true none_pending $!
	done
	let_go 2
	until_true alive_are 1
	let_go 1
	until_true has_lines most 4
	alive_are 1
	let_go 9
	wait $!
	[ "$(most)" = 3 ]
}

@test "serve: processes that a killed job left behind are ended before the next job starts" {
	how="wait" directories a b
	mkfifo input
	qpool -q -J -j1 sh -c 'echo $$ >pid; exec make -s -C "$1"' sh <input &
	exec {in}>input
	printf '%s\n' a b >&"$in"
	exec {in}>&-
	until_true alive_are 1
	first=$(ls alive)
	kill -KILL "$(cat pid)"
	until_true alive_are 2
	is_gone "$first"
	rm "alive/$first"
	let_go 12
	wait $! || [ $? = 125 ]
}

@test "serve: a job that closes its jobserver causes no busy loop" {
	[ -r /proc/self/stat ] || skip "no /proc"
	echo 1 | qpool -q -J -j2 bash -c 'for fd in {10..30}; do eval "exec $fd>&-"; done; echo >closed; read x <go' &
	until_true has_lines closed 1
	# This is the time in which CPU time is measured.
	sleep 0.5
	[ "$(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$!/stat")" -lt 20 ]
	let_go 1
	wait $!
}

@test "serve: file descriptors suffice for -j served jobs" {
	(ulimit -Sn 256 && seq 60 | qpool -q -J -j60 sh -c 'echo >>ran; read x <go') 2>err &
	until_true has_lines ran 60
	let_go 60
	wait $!
	[ ! -s err ]
}

@test "serve: a MAKEFLAGS without space for a jobserver is reported" {
	run -1 env "MAKEFLAGS=A=$(printf '%0131000d' 0)" qpool -J -j2 --one true
	[ "$output" = "qpool: true: Argument list too long" ]
	[ -z "$(ls tmp)" ]
}

@test "serve: a pool below -J uses its tokens in each style, even without a make" {
	local style

	for style in auto fifo pipe; do
		rm -f most
		MAKELEVEL=77 qpool -J -j4 --jobserver-style="$style" --one \
			sh -c 'seq 12 | qpool -q --no-template ./count' 2>err
		[ ! -s err ]
		[ "$(most)" = 4 ]
	done
}

@test "serve: cargo, gcc -flto and ninja keep to the budget" {
	printf 'int main(void) { return 0; }\n' >x.c
	printf 'all:\n\t+@gcc -O2 -flto=jobserver x.c -o x\n' >Makefile
	echo . | qpool -q -J -j2 make -s -C >out 2>&1
	[ ! -s out ]
	cat >build.ninja <<END
rule count
  command = $PWD/count
$(for i in 1 2 3 4 5 6; do echo "build o$i: count"; done)
END
	case $(ninja --version || true) in
	1.1[3-9]* | 1.[2-9][0-9]*) qpool -J -j2 --one ninja >/dev/null && [ "$(most)" = 2 ] ;;
	*) echo "# ninja 1.13 or newer is not installed" >&3 ;;
	esac
}

@test "one: the status, signal, standard input and output are those of the command" {
	local status=0

	echo hello | qpool --one cat | grep -q '^hello$'
	run -7 qpool --one sh -c 'exit 7'
	run -127 qpool --one nosuchprogram
	[ "$output" = "qpool: nosuchprogram: command not found in PATH" ]
	# The signal itself, not a shell's exit status for it.
	qpool --one sh -c 'kill -KILL $$' || status=$?
	[ $status = 137 ]
	[ "$(qpool --one sh -c 'echo {} $1' sh '{.}')" = "{} {.}" ]
}

@test "one: a signal is passed to the command, which may continue" {
	qpool --one sh -c 'trap "echo got TERM" TERM; echo up >&2; while ! read x <go; do :; done; echo end' >out 2>up &
	until_true has_lines up 1
	kill -TERM $!
	until_true has_lines out 1
	kill -0 $!
	let_go 1
	wait $!
	printf 'got TERM\nend\n' | cmp - out
}

@test "one: USR1 is passed to the command unless a budget is served" {
	qpool --one sh -c 'trap "echo got USR1" USR1; echo up >&2; while ! read x <go; do :; done' >out 2>up &
	until_true has_lines up 1
	kill -USR1 $!
	until_true has_lines out 1
	let_go 1
	wait $!
}

@test "one: the command is ended when the make above is killed" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "only Linux tells of a stranger's death, by pidfd"
	printf 'all:\n\t@qpool --one sh -c '"'"'echo $$$$ >pids; exec sleep 1000'"'"'\n' >Makefile
	make -s >/dev/null 2>&1 3>&- &
	until_true has_lines pids 1
	kill -KILL $!
	wait $! || true
	until_true is_gone "$(cat pids)"
}

@test "one: ignored signals remain ignored" {
	(trap '' HUP; qpool --one sh -c 'kill -HUP $$; echo on') | grep -q on
}

@test "one: no command and no directory is left when qpool is killed" {
	qpool -J -j3 --grace 1 --one sh -c 'echo $$ >pids; exec sleep 1000' &
	until_true has_lines pids 1
	kill -KILL $!
	wait $! || true
	until_true is_gone "$(cat pids)"
	until_true rmdir tmp
}

@test "one: the command has the terminal, and gets Ctrl-C once" {
	command -v expect >/dev/null || skip "expect is not installed"
	cat >it <<'END'
set timeout 20
spawn -noecho sh -c {trap : INT
	qpool --one sh -c 'trap "echo caught" INT; test -t 0 && echo up; until read x; do :; done
		echo "read $x"; exec 3<>/dev/tty && echo tty'
	echo "status $?"}
expect up
send "\003"
expect caught
send "word\n"
expect "read word"
expect tty
expect "status 0"
catch { expect eof }
END
	expect it >out
	[ "$(grep -c caught out)" = 1 ]
	grep -q 'status 0' out
}

@test "one: below a make it waits for a slot" {
	printf 'all:\n\t@qpool --one ./count & qpool --one ./count & qpool --one ./count & wait\n' >Makefile
	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	make -s -j1
	[ "$(most)" = 1 ]
	[ "$(wc -l <most)" = 3 ]
}

@test "one: below make -n it prints the command" {
	printf 'all:\n\t+@qpool -J -j2 --one touch "a b"\n' >Makefile
	[ "$(make -sn | tail -n 1)" = "touch 'a b'" ]
	[ ! -e 'a b' ]
}

@test "one: options that have no effect are rejected" {
	run -2 qpool --one -l log true
	[[ $output == "qpool: --one cannot be combined with --log: qpool then reads no input"*"; omit --log" ]]
	run -2 qpool --one
	[ "$output" = "qpool: --one requires a command" ]
}

@test "-J: a program with a -j of its own is reported once, with its job" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "this requires /proc"
	local command

	printf 'all: 1 2\n1 2:\n\t@read x <go\n' >Makefile
	for command in 'make -j6' 'sh -c "make -s -j 6; :"' 'make -s --jobs=6' 'make -j'; do
		rm -f err
		printf '%s\n' 'read x <go' "$command" "$command" | qpool -q -J -j3 2>err &
		until_true grep -q '^qpool: job [23]: "make .* does not share the slots of -J' err
		let_go 5
		wait $!
		[ "$(grep -c 'does not share' err)" = 1 ]
	done
	# --one reports it at the end.
	printf 'all:\n\t@sleep 1\n' >Makefile
	qpool -J -j3 --one make -s -j6 2>err
	grep -q '^qpool: make: "make -s -j6" does not share the slots of -J' err
}

@test "-J: a make that shares the slots is not reported" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "this requires /proc"
	# Long enough for several looks.
	printf 'all: 1 2\n1 2:\n\t@sleep 0.5\n' >Makefile
	printf '%s\n' 'make -s' 'make -s -j1 2>/dev/null' 'sh -c "sleep 0.5" make -j4' | qpool -q -J -j3 2>err
	[ ! -s err ]
}
