#!/usr/bin/env bats
# qpool-sh in the place of make's shell: every line runs as the real shell would run it, and leaves one record.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	SH=$QPOOL_BINDIR/qpool-sh
	export QPOOL_LOG=$PWD/log
	make_go
}

# member NAME [FILE]: prints this member of each record, one a line; "-" if a record does not have it.
member() {
	python3 -c '
import json, sys
for line in open(sys.argv[2], encoding="utf-8"):
    print(json.loads(line).get(sys.argv[1], "-"))' "$1" "${2:-log}"
}

lines() {
	wc -l <log
}

@test "qpool-sh: exit statuses 0 to 255 are passed on and recorded" {
	local i

	for i in $(seq 0 255); do
		run -"$i" "$SH" -c "exit $i"
		[ "$output" = "" ]
	done
	[ "$(member status)" = "$(seq 0 255)" ]
	[ "$(member end | sort | uniq -c | tr -s ' \n' ' ')" = " 255 fail 1 ok " ]
}

@test "qpool-sh: dies of the signal that killed the shell" {
	local sig

	for sig in KILL TERM SEGV INT QUIT USR1; do
		run -$((128 + $(kill -l "$sig"))) env --default-signal "$SH" -c "kill -$sig \$\$"
	done
	[ "$(member signal | tr '\n' ' ')" = "9 15 11 2 3 10 " ]
	[ "$(member end | sort -u)" = signal ]
	# The parent process sees a signal, not an exit status.
	python3 -c '
import subprocess, sys
for sig in 9, 11, 15:
    assert subprocess.run([sys.argv[1], "-c", "kill -%d $$" % sig]).returncode == -sig' "$SH"
}

@test "qpool-sh: a crash leaves one core dump, not two" {
	ulimit -c unlimited || skip "no core dumps here"
	[ "$(cat /proc/sys/kernel/core_pattern 2>/dev/null)" = core ] || skip "core files go elsewhere"
	run -139 "$SH" -c 'kill -SEGV $$'
	[ "$(find . -name 'core*' | wc -l)" -le 1 ]
}

@test "qpool-sh: the record has process, times and command line" {
	"$SH" -c 'echo $$; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done' >pid
	[ "$(member pid)" = "$(cat pid)" ]
	[ "$(member command)" = 'echo $$; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done' ]
	[ "$(member shell)" = True ]
	[ "$(for name in parent target seq slot queued_s out_bytes; do member "$name"; done | tr -d '\n')" = ------ ]
	python3 -c '
import json
r = json.loads(open("log").read())
assert 0 < r["user_s"] + r["sys_s"] <= r["wall_s"] + 0.05, r
assert r["maxrss_kib"] > 0 and r["start_s"] > 1e9 and r["try"] == 1 and r["left"] == 0, r'
}

# real: creates a shell that prints its arguments, one a line, and makes it the real shell.
real() {
	cat >real <<'END'
#!/bin/sh
echo "[$0]"
for word; do printf '<%s>\n' "$word"; done
END
	chmod +x real
	export QPOOL_REAL_SHELL=$PWD/real
}

@test "qpool-sh: the real shell gets the same arguments, and its own name" {
	real
	"$SH" -eu -o pipefail -c $'a "b"\n\t-c $x\\' 'two  words' '' -- >out
	printf '%s\n' "[$PWD/real]" '<-eu>' '<-o>' '<pipefail>' '<-c>' $'<a "b"\n\t-c $x\\>' '<two  words>' \
		'<>' '<-->' >want
	diff want out
	"$SH" >out
	[ "$(cat out)" = "[$PWD/real]" ]
	"$SH" ./script -x >out
	[ "$(tail -n 2 out | tr -d '\n')" = '<./script><-x>' ]
	[ "$(member command | tail -n 1)" = "$PWD/real ./script -x" ]
	[ "$(lines)" = 3 ]
	unset QPOOL_LOG
	"$SH" -ec '@x' >out
	[ "$(tail -n 1 out)" = '<@x>' ]
}

@test "qpool-sh: a command line other than -c is recorded as a shell could run it" {
	cd "$BATS_TEST_TMPDIR"
	printf '.SHELLFLAGS := -eu -o pipefail -c\nall:\n\t@echo "$$0" | cat\n' >Makefile
	QPOOL_REAL_SHELL=/bin/bash make SHELL="$SH" >out
	[ "$(cat out)" = /bin/bash ]
	[ "$(member command)" = "/bin/bash -eu -o pipefail -c 'echo \"\$0\" | cat'" ]
}

@test "qpool-sh: QPOOL_REAL_SHELL may be a name without a path" {
	ln -s /bin/sh named
	PATH=$PWD:$PATH QPOOL_REAL_SHELL=named "$SH" -c 'echo "$0"' >out
	[ "$(cat out)" = "$PWD/named" ]
	run -0 env QPOOL_REAL_SHELL=no-such-shell "$SH" -c 'echo "$0"'
	[ "$output" = "qpool-sh: QPOOL_REAL_SHELL: no-such-shell: not found, or qpool-sh itself; using /bin/sh
/bin/sh" ]
	QPOOL_REAL_SHELL=/bin/sh "$SH" -c :
	[ "$(member shell)" = $'-\nTrue\nTrue' ]
}

@test "qpool-sh: scripts and standard input work as with any shell" {
	printf 'echo "script $1"; cat\n' >script
	[ "$(echo input | "$SH" script one)" = $'script one\ninput' ]
	[ "$(echo 'echo from stdin; exit 0' | "$SH")" = "from stdin" ]
	[ "$(echo word | "$SH" -c 'read x; echo "$x"; cat')" = word ]
	[ "$(lines)" = 3 ]
}

@test "qpool-sh: the environment is unchanged except for its own variables" {
	env -i A=1 'B=two words' B2= QPOOL_LOG=log QPOOL_TARGET=t MAKELEVEL=1 PATH="$PATH" "$SH" -c env |
		grep -v '^PWD=' | sort >out
	env -i A=1 'B=two words' B2= MAKELEVEL=1 PATH="$PATH" QPOOL_LOG="$PWD/log" QPOOL_LINE="1:$(member pid)" \
		/bin/sh -c env | grep -v '^PWD=' | sort >want
	diff want out
	# Without a log, nothing is changed.
	env -i A=1 QPOOL_TARGET=t PATH="$PATH" "$SH" -c env | grep -v '^PWD=' | sort >out
	env -i A=1 QPOOL_TARGET=t PATH="$PATH" /bin/sh -c env | grep -v '^PWD=' | sort >want
	diff want out
}

@test "qpool-sh: file descriptors, signal dispositions and process group are unchanged" {
	local what='ls /proc/self/fd | wc -l; grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status'

	what="$what; "'cut -d" " -f5 /proc/self/stat; true'
	[ "$QPOOL_SYSTEM" = linux ] || skip "needs /proc"
	trap '' USR2 HUP
	"$SH" -c "$what" 5</dev/null >out
	/bin/sh -c "$what" 5</dev/null >want
	diff want out
	"$SH" -c "$what" <&- >out
	/bin/sh -c "$what" <&- >want
	diff want out
	[ "$(lines)" = 2 ]
}

@test "qpool-sh: a signal sent to it reaches the shell" {
	local sig status

	for sig in TERM INT HUP QUIT USR1; do
		rm -f ready
		env --default-signal "$SH" \
			-c "trap 'echo got $sig >&2; exit 9' $sig; : >ready; while :; do sleep 0.05; done" 2>err &
		until_true [ -e ready ]
		kill -"$sig" $!
		status=0
		wait $! || status=$?
		[ "$status" = 9 ]
		[ "$(cat err)" = "got $sig" ]
	done
	[ "$(member status | sort | uniq -c | tr -s ' ')" = " 5 9" ]
}

@test "qpool-sh: SIGKILL of qpool-sh ends the shell too" {
	local status

	[ "$QPOOL_SYSTEM" = linux ] || skip "needs prctl to detect the death of the parent"
	"$SH" -c 'echo $$ >pid; exec sleep 600' &
	until_true has_lines pid 1
	kill -KILL $!
	status=0
	wait $! || status=$?
	[ "$status" = 137 ]
	until_true is_gone "$(cat pid)"
}

# The message of make itself varies, with /bin/sh as well, so it is not compared.
@test "qpool-sh: Ctrl-C below make reaches the shell once" {
	command -v expect >/dev/null || skip "expect is not installed"
	printf 'all:\n\t@%s\nlong:\n\t@echo up; exec sleep 600\n' \
		'trap "echo caught" INT; test -t 0 && echo up; until read x; do :; done; echo "read $$x"' >Makefile
	cat >it <<END
set timeout 20
spawn -noecho sh -c {trap : INT; make SHELL=$SH all; echo "status \$?"}
expect up
send "\003"
expect caught
send "word\n"
expect "read word"
expect -re "status \[0-9\]+"
catch { expect eof }
spawn -noecho sh -c {trap : INT; make SHELL=$SH long; echo "status \$?"}
expect up
send "\003"
expect -re "status \[0-9\]+"
catch { expect eof }
END
	expect it >out
	[ "$(grep -c caught out)" = 1 ]
	[ "$(grep -c 'read word' out)" = 1 ]
	[ "$(grep -cE "status (2|130)" out)" = 2 ]
	[ "$(member signal)" = $'0\n2' ]
}

@test "qpool-sh: Ctrl-Z stops and fg continues, as with sh" {
	command -v expect >/dev/null || skip "expect is not installed"
	command -v bash >/dev/null
	cat >it <<END
set timeout 20
set env(PS1) "> "
spawn -noecho bash --norc --noprofile -i
expect "> "
send "$SH -c 'echo up \\\$\\\$; read x; echo \"got \\\$x\"'\n"
expect -re {up ([0-9]+)\r}
set pid \$expect_out(1,string)
send "\032"
expect "Stopped"
expect "> "
# bash reports the stop of its child. The grandchild could still read what is typed until it has stopped too.
while { ![string match T* [exec ps -o stat= -p \$pid]] } { after 10 }
send "fg\n"
expect "read x"
send "word\n"
expect "got word"
send "exit\n"
catch { expect eof }
END
	expect it >out
	grep -q Stopped out
	grep -q 'got word' out
	[ "$(member status)" = 0 ]
}

@test "qpool-sh: sub-makes are recorded with their parents and keep the jobserver" {
	mkdir sub
	printf 'all: a b sub\na b:\n\t@echo $@\nsub:\n\t$(MAKE) -C sub\n.PHONY: sub\n' >Makefile
	printf 'x := $(shell echo x)\nall: c d\nc d:\n\t@echo $@\n' >sub/Makefile
	unset QPOOL_LOG
	QPOOL_LOG=log make -j2 SHELL="$SH" >out 2>&1
	[ "$(grep -c jobserver out)" = 0 ]
	[ ! -e sub/log ]
	# Only the name of the parent process, from /proc, tells that a $(shell) is not part of a line.
	python3 -c '
import json, sys
rows = [json.loads(line) for line in open("log")]
by = {r["command"]: r for r in rows}
top = by["make -C sub"]
assert len(rows) == 5 + ("echo x" in by), by
assert "echo x" in by or sys.argv[1] != "linux"
for name in by.keys() & {"echo c", "echo d", "echo x"}:
    assert by[name]["parent"] == top["pid"]
for name in "echo a", "echo b", "make -C sub":
    assert "parent" not in by[name]' "$QPOOL_SYSTEM"
}

@test "qpool-sh: the target is recorded from QPOOL_TARGET" {
	local name=$'t\xff'

	printf '%s\n' 'export QPOOL_TARGET = $@' 'all: dir/a.o sub' 'dir/a.o: ; @echo "[$$QPOOL_TARGET]"' \
		'sub: ; @$(MAKE) -f sub.mk' 'x := $(shell echo x)' >Makefile
	printf 'all: %s\n%s: ; @echo "[$$QPOOL_TARGET]"\n' "$name" "$name" >sub.mk
	make -s --no-print-directory SHELL="$SH" >out
	[ "$(cat out)" = $'[]\n[]' ]
	[ "$(member target)" = $'-\ndir/a.o\n-\nsub' ]
	QPOOL_TARGET=$name "$SH" -c : 
	[ "$(member target | tail -n 1)" = $'t\xef\xbf\xbd' ]
	[ "$(member target_hex | tail -n 1)" = 74ff ]
}

@test "qpool-sh: a script run by \$(SHELL) within a line is not recorded separately" {
	printf 'exec $SHELL -c "exit 0"\n' >script
	printf 'export SHELL\nall:\n\t@$(SHELL) ./script; $(SHELL) -c "echo in"\n' >Makefile
	[ "$(make SHELL="$SH")" = in ]
	[ "$(lines)" = 1 ]
}

@test "qpool-sh: QPOOL_REAL_SHELL that names qpool-sh itself does not loop" {
	ln -s "$SH" other
	for name in "$SH" "$PWD/other" qpool-sh; do
		run -0 env QPOOL_REAL_SHELL="$name" "$SH" -c 'echo once'
		[ "${lines[0]#qpool-sh: QPOOL_REAL_SHELL: }" = \
			"${name/#qpool-sh/$SH}: not found, or qpool-sh itself; using /bin/sh" ]
		[ "${lines[1]}" = once ] && [ "${#lines[@]}" = 2 ]
	done
}

@test "qpool-sh: a real shell that does not exist is an error" {
	run -127 env QPOOL_REAL_SHELL="$PWD/none" "$SH" -c 'echo x'
	[ "$output" = "qpool-sh: $PWD/none: No such file or directory" ]
	: >none
	run -126 env -u QPOOL_LOG QPOOL_REAL_SHELL="$PWD/none" "$SH" -c 'echo x'
	[ "$output" = "qpool-sh: $PWD/none: Permission denied" ]
}

# make strips the prefixes of inner lines for shells whose names it knows, and passes them to other shells.
@test "qpool-sh: .ONESHELL prefixes, here-documents and continued lines work as with sh" {
	cat >Makefile <<'END'
.ONESHELL:
all: one two
one:
	@x=1
	@echo "one $$x"
	  -echo two \
	-three
	cat <<EOF
	plus +
	- minus
	EOF
two:
	-@echo single
END
	make SHELL=/bin/sh >want
	make SHELL="$SH" >out
	diff <(grep -v '^make' want) <(grep -v '^make' out)
	unset QPOOL_LOG
	make SHELL="$SH" >out
	diff want out
	# In a command line other than -c, nothing is removed.
	printf 'all:\n\t@$(SHELL) ./script -x "@y"\n' >Makefile
	echo 'echo "$@"' >script
	[ "$(make SHELL="$SH")" = "-x @y" ]
}

@test "qpool-sh: all of 2000 lines of make -j8 are recorded whole" {
	{
		printf 'all:'
		seq -f ' t%.0f' -s '' 2000
		printf '\nt%%:\n\t@: line %s $@\n' "$(head -c 3000 /dev/zero | tr '\0' x)"
	} >Makefile
	make -j8 SHELL="$SH" 2>err
	[ ! -s err ]
	[ "$(member command | sed 's/.* t//' | sort -n)" = "$(seq 2000)" ]
	[ "$(member pid | sort -u | wc -l)" = "$(member pid | wc -l)" ]
}

@test "qpool-sh: a line of 120 kB is recorded" {
	local text

	text=$(head -c 120000 /dev/zero | tr '\0' '"')
	"$SH" -c ": '$text'"
	[ "$(member command)" = ": '$text'" ]
	text=$(head -c 120000 /dev/zero | tr '\0' '\001')
	"$SH" -c ": '$text'"
	[ "$(member command | tail -n 1)" = ": '$text'" ]
}

@test "qpool-sh: with a full environment the line runs unrecorded" {
	# Fills the environment to the largest that execve() accepts; the variables of qpool-sh do not fit any more.
	cat >fill.py <<'END'
import os, sys
def fits(n):
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        try: os.execve(sys.argv[1], [sys.argv[1], "-c", "exit 0"], env(n))
        except OSError: os._exit(99)
    return 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
def env(n):
    filler = [("V%d" % i, "x" * min(100000, n - i * 100000)) for i in range((n + 99999) // 100000)]
    return dict([("QPOOL_LOG", "log"), ("MAKELEVEL", "1" * 500)] + filler)
low, high = 0, 1 << 24
while low + 1 < high:
    mid = (low + high) // 2
    low, high = (mid, high) if fits(mid) else (low, mid)
os.execve(sys.argv[1], [sys.argv[1], "-c", "exit 7"], env(low))
END
	ulimit -s 1024
	run -7 python3 fill.py "$SH"
	[ "$output" = "qpool-sh: cannot start /bin/sh: Argument list too long; a line is not recorded" ]
}

@test "qpool-sh: a log that cannot be opened is reported once per make, and every line runs" {
	local log

	mkdir directory
	echo text >text
	printf 'seq\ttry\n' >tsv
	mkfifo fifo
	printf 'all: a b c d\na b c d:\n\t@echo $@\n' >Makefile
	for log in directory text tsv fifo none/there; do
		cp text text.was
		QPOOL_LOG=$PWD/$log make SHELL="$SH" >out 2>err
		[ "$(cat out)" = $'a\nb\nc\nd' ]
		# Whether make has reaped a line is read from /proc.
		[ "$(wc -l <err)" = 1 ] || [ "$QPOOL_SYSTEM" != linux ]
		grep -q "^qpool-sh: $PWD/$log: .*; the build is not recorded$" err
		cmp text text.was
		run -5 env QPOOL_LOG="$log" "$SH" -c 'exit 5'
	done
	[ "$(cat tsv)" = $'seq\ttry' ]
	QPOOL_LOG='' make SHELL="$SH" >out 2>err
	[ ! -s err ]
	QPOOL_LOG=$PWD/text run -0 "$SH" -c :
	[ "$output" = "qpool-sh: $PWD/text: not a jsonl log; set QPOOL_LOG to another file; the build is not recorded" ]
}

@test "qpool-sh: a full disk is reported and the status of the line kept" {
	[ -e /dev/full ] || skip "no /dev/full"
	run -3 env QPOOL_LOG=/dev/full "$SH" -c 'exit 3'
	[ "$output" = "qpool-sh: /dev/full: No space left on device; a line is not recorded" ]
	# A file that may not grow: a part of a record is removed again, and SIGXFSZ is not fatal.
	"$SH" -c :
	cp log before
	run -3 bash -c 'ulimit -f 1; "$1" -c ": $(head -c 3000 /dev/zero | tr "\\0" x); exit 3"' sh "$SH"
	# A build for coverage cannot write its counters either, and prints that.
	output=$(grep -v '^libgcov ' <<<"$output")
	[ "$output" = "qpool-sh: $PWD/log: No space left on device; a line is not recorded" ] ||
		[ "$output" = "qpool-sh: $PWD/log: File too large; a line is not recorded" ]
	cmp log before
}

@test "qpool-sh: a removed log is created again, and a torn line is ended" {
	"$SH" -c 'rm log'
	[ "$(member command)" = "rm log" ]
	printf '{"try":1,"le' >>log
	run -1 "$SH" -c 'exit 1'
	run -2 "$SH" -c 'exit 2'
	[ "$(lines)" = 4 ]
	[ "$(sed -n 2p log)" = $'{"try":1,"le\030' ]
	sed -i 2d log
	[ "$(member status)" = $'0\n1\n2' ]
}

@test "qpool-sh: a line being written by another process is not taken as torn, by qpool either" {
	local first other writer

	[ "$(uname -s)" = Linux ] || skip "needs userfaultfd to stop in the middle of a write"
	$QPOOL_CC -D_GNU_SOURCE -pthread -o half-written "$QPOOL_SRCDIR/tests/lib/half-written.c"
	mkfifo finish
	QPOOL_LOG=$PWD/log.jsonl
	for other in '"$SH" -c "exit 0"' 'qpool -q -l log.jsonl true <<<1'; do
		rm -f half log.jsonl
		"$SH" -c :
		./half-written log.jsonl &
		writer=$!
		until [ -e half ]; do
			if ! kill -0 "$writer" 2>/dev/null; then
				wait "$writer" || first=$?
				[ "$first" != 77 ] || skip "userfaultfd is not permitted"
				return 1
			fi
			sleep 0.01
		done
		[ "$(tail -c 1 log.jsonl)" = x ] || skip "this file system hides a write until it is complete"
		eval "$other &"
		# It waits for the lock that the file system holds during a write.
		until_true state $! D
		echo >finish
		wait "$writer"
		wait $!
		[ "$(member try log.jsonl | wc -l)" = 3 ]
		run -1 grep -q $'\030' log.jsonl
	done
}

@test "qpool-sh: records can go to a named pipe that has a reader" {
	mkfifo pipe
	cat pipe >got &
	exec {kept}>pipe
	QPOOL_LOG=pipe "$SH" -c 'exit 4' || [ $? = 4 ]
	exec {kept}>&-
	wait $!
	[ "$(member status got)" = 4 ]
}

@test "qpool-sh: the log never replaces a closed standard file descriptor" {
	"$SH" -c 'echo x >&2' 2>&- || true
	QPOOL_REAL_SHELL=$PWD/none "$SH" -c 'exit 1' <&- >&- 2>&- || true
	[ "$(lines)" -ge 1 ]
	member status >/dev/null
}

@test "qpool-sh: make -n, -t, -q and -k behave as with sh" {
	printf 'all: a b\na:\n\ttouch x; false\nb:\n\ttouch y\n' >Makefile
	run -1 make -q SHELL="$SH"
	[ ! -e log ]
	run -0 make -n SHELL="$SH"
	[ "$output" = $'touch x; false\ntouch y' ]
	[ ! -e log ]
	run -2 make -k SHELL="$SH"
	[ "$(member end)" = $'fail\nok' ]
	run -0 make -t SHELL="$SH"
	[ "$(lines)" = 2 ]
}

# cpu COMMAND ...: prints its user and system time in ms.
cpu() {
	local user system TIMEFORMAT='%3U %3S'

	read -r user system < <({ time "$@" >/dev/null 2>&1; } 2>&1)
	echo $((10#${user/./} + 10#${system/./}))
}

# Measured in pairs, of which the median counts, and as CPU time, because elapsed time depends on the load of the
# machine.
@test "qpool-sh: a line costs at most 1 ms more than with sh (QPOOL_LONG)" {
	local i plain

	[ -n "${QPOOL_LONG:-}" ] || skip "QPOOL_LONG is not set"
	[ "$QPOOL_SANITIZERS" = no ] || skip "built with sanitizers"
	printf 'all:%s\nt%%:;@:;:\n' "$(seq -f ' t%.0f' -s '' 500)" >Makefile
	for i in $(seq 21); do
		plain=$(cpu make SHELL=/bin/sh)
		echo $((($(cpu make SHELL="$SH") - plain) * 1000 / 500)) >>costs
	done
	echo "# additional CPU time per line, 21 pairs, us: $(sort -n costs | tr '\n' ' ')" >&3
	[ "$(sort -n costs | sed -n 11p)" -le 1000 ]
}
