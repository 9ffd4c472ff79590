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

# of MEMBER [FILE]: that member of each record, a line each; "-" where it is not there.
of() {
	python3 -c '
import json, sys
for line in open(sys.argv[2], encoding="utf-8"):
    print(json.loads(line).get(sys.argv[1], "-"))' "$1" "${2:-log}"
}

lines() {
	wc -l <log
}

@test "exit statuses 0 to 255 come back, each with its record" {
	local i

	for i in $(seq 0 255); do
		run -"$i" "$SH" -c "exit $i"
		[ "$output" = "" ]
	done
	[ "$(of status)" = "$(seq 0 255)" ]
	[ "$(of end | sort | uniq -c | tr -s ' \n' ' ')" = " 255 fail 1 ok " ]
}

@test "a shell that dies of a signal: so does qpool-sh" {
	local sig

	for sig in KILL TERM SEGV INT QUIT USR1; do
		run -$((128 + $(kill -l "$sig"))) env --default-signal "$SH" -c "kill -$sig \$\$"
	done
	[ "$(of signal | tr '\n' ' ')" = "9 15 11 2 3 10 " ]
	[ "$(of end | sort -u)" = signal ]
	# That it is a signal, and no exit status, its parent sees.
	python3 -c '
import subprocess, sys
for sig in 9, 11, 15:
    assert subprocess.run([sys.argv[1], "-c", "kill -%d $$" % sig]).returncode == -sig' "$SH"
}

@test "there is one core dump, not two" {
	ulimit -c unlimited || skip "no core dumps here"
	[ "$(cat /proc/sys/kernel/core_pattern 2>/dev/null)" = core ] || skip "cores are not written here"
	run -139 "$SH" -c 'kill -SEGV $$'
	[ "$(find . -name 'core*' | wc -l)" -le 1 ]
}

@test "the record: its process, its time, its line" {
	"$SH" -c 'echo $$; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done' >pid
	[ "$(of pid)" = "$(cat pid)" ]
	[ "$(of command)" = 'echo $$; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done' ]
	[ "$(of shell)" = True ]
	[ "$(of parent)$(of target)$(of seq)$(of slot)$(of queued_s)$(of out_bytes)" = "------" ]
	python3 -c '
import json
r = json.loads(open("log").read())
assert 0 < r["user_s"] + r["sys_s"] <= r["wall_s"] + 0.05, r
assert r["maxrss_kib"] > 0 and r["start_s"] > 1e9 and r["try"] == 1 and r["left"] == 0, r'
}

# What a shell of ours is given: the arguments, one a line, whatever they are.
real() {
	cat >real <<'END'
#!/bin/sh
echo "[$0]"
for word; do printf '<%s>\n' "$word"; done
END
	chmod +x real
	export QPOOL_REAL_SHELL=$PWD/real
}

@test "the real shell gets the very same arguments, and its own name" {
	real
	"$SH" -eu -o pipefail -c $'a "b"\n\t-c $x\\' 'two  words' '' -- >out
	printf '%s\n' "[$PWD/real]" '<-eu>' '<-o>' '<pipefail>' '<-c>' $'<a "b"\n\t-c $x\\>' '<two  words>' '<>' '<-->' >want
	diff want out
	"$SH" >out
	[ "$(cat out)" = "[$PWD/real]" ]
	"$SH" ./script -x >out
	[ "$(tail -n 2 out | tr -d '\n')" = '<./script><-x>' ]
	[ "$(of command | tail -n 1)" = "$PWD/real ./script -x" ]
	[ "$(lines)" = 3 ]
	unset QPOOL_LOG
	"$SH" -ec '@x' >out
	[ "$(tail -n 1 out)" = '<@x>' ]
}

@test "a command that is no plain -c is recorded so that a shell can run it" {
	cd "$BATS_TEST_TMPDIR"
	printf '.SHELLFLAGS := -eu -o pipefail -c\nall:\n\t@echo "$$0" | cat\n' >Makefile
	QPOOL_REAL_SHELL=/bin/bash make SHELL="$SH" >out
	[ "$(cat out)" = /bin/bash ]
	[ "$(of command)" = "/bin/bash -eu -o pipefail -c 'echo \"\$0\" | cat'" ]
}

@test "the real shell may be a name" {
	ln -s /bin/sh named
	PATH=$PWD:$PATH QPOOL_REAL_SHELL=named "$SH" -c 'echo "$0"' >out
	[ "$(cat out)" = "$PWD/named" ]
	run -0 env QPOOL_REAL_SHELL=no-such-shell "$SH" -c 'echo "$0"'
	[ "$output" = "qpool-sh: QPOOL_REAL_SHELL: no-such-shell is not another shell; /bin/sh runs
/bin/sh" ]
	QPOOL_REAL_SHELL=/bin/sh "$SH" -c :
	[ "$(of shell)" = $'-\nTrue\nTrue' ]
}

@test "a script, and standard input, as with any shell" {
	printf 'echo "script $1"; cat\n' >script
	[ "$(echo input | "$SH" script one)" = $'script one\ninput' ]
	[ "$(echo 'echo from stdin; exit 0' | "$SH")" = "from stdin" ]
	[ "$(echo word | "$SH" -c 'read x; echo "$x"; cat')" = word ]
	[ "$(lines)" = 3 ]
}

@test "the environment is the same, but for the variables that are qpool-sh's own" {
	env -i A=1 'B=two words' B2= QPOOL_LOG=log QPOOL_TARGET=t MAKELEVEL=1 PATH="$PATH" "$SH" -c 'env' | grep -v '^PWD=' | sort >out
	env -i A=1 'B=two words' B2= MAKELEVEL=1 PATH="$PATH" QPOOL_LOG="$PWD/log" QPOOL_LINE="1:$(of pid)" /bin/sh -c env | grep -v '^PWD=' | sort >want
	diff want out
	# Without a log it is not touched.
	env -i A=1 QPOOL_TARGET=t PATH="$PATH" "$SH" -c env | grep -v '^PWD=' | sort >out
	env -i A=1 QPOOL_TARGET=t PATH="$PATH" /bin/sh -c env | grep -v '^PWD=' | sort >want
	diff want out
}

@test "descriptors, signal dispositions and the process group are the same" {
	local what='ls /proc/self/fd | wc -l; grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status; cut -d" " -f5 /proc/self/stat; true'

	[ "$QPOOL_SYSTEM" = linux ] || skip "looked up in /proc"
	trap '' USR2 HUP
	"$SH" -c "$what" 5</dev/null >out
	/bin/sh -c "$what" 5</dev/null >want
	diff want out
	"$SH" -c "$what" <&- >out
	/bin/sh -c "$what" <&- >want
	diff want out
	[ "$(lines)" = 2 ]
}

@test "a signal that is sent to qpool-sh reaches the shell" {
	local sig status

	for sig in TERM INT HUP QUIT USR1; do
		rm -f ready
		env --default-signal "$SH" -c "trap 'echo got $sig >&2; exit 9' $sig; : >ready; while :; do sleep 0.05; done" 2>err &
		until_true [ -e ready ]
		kill -"$sig" $!
		status=0
		wait $! || status=$?
		[ "$status" = 9 ]
		[ "$(cat err)" = "got $sig" ]
	done
	[ "$(of status | sort | uniq -c | tr -s ' ')" = " 5 9" ]
}

@test "qpool-sh that is killed takes the shell with it" {
	local status

	[ "$QPOOL_SYSTEM" = linux ] || skip "that a process learns of its parent's death takes prctl"
	"$SH" -c 'echo $$ >pid; exec sleep 600' &
	until_true has_lines pid 1
	kill -KILL $!
	status=0
	wait $! || status=$?
	[ "$status" = 137 ]
	until_true is_gone "$(cat pid)"
}

# What make itself says of it differs from time to time, with /bin/sh as well.
@test "Ctrl-C at a make: the shell gets it once, and dies of it unless it will not" {
	command -v expect >/dev/null || skip "expect is not installed"
	printf 'all:\n\t@trap "echo caught" INT; test -t 0 && echo up; until read x; do :; done; echo "read $$x"\nlong:\n\t@echo up; exec sleep 600\n' >Makefile
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
	[ "$(of signal)" = $'0\n2' ]
}

@test "Ctrl-Z stops and fg goes on, as with sh" {
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
# bash waits for its child, not for the child's: that one would take what is typed before it stops too.
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
	[ "$(of status)" = 0 ]
}

@test "a make with its makes: targets unknown, parents known, and the jobserver is theirs" {
	mkdir sub
	printf 'all: a b sub\na b:\n\t@echo $@\nsub:\n\t$(MAKE) -C sub\n.PHONY: sub\n' >Makefile
	printf 'x := $(shell echo x)\nall: c d\nc d:\n\t@echo $@\n' >sub/Makefile
	unset QPOOL_LOG
	QPOOL_LOG=log make -j2 SHELL="$SH" >out 2>&1
	[ "$(grep -c jobserver out)" = 0 ]
	[ ! -e sub/log ]
	# That a $(shell) is no part of a line only the name of its parent tells, which takes /proc.
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

@test "the target, where an exported variable tells it" {
	local name=$'t\xff'

	printf 'export QPOOL_TARGET = $@\nall: dir/a.o sub\ndir/a.o:\n\t@echo "[$$QPOOL_TARGET]"\nsub: ; @$(MAKE) -f sub.mk\nx := $(shell echo x)\n' >Makefile
	printf 'all: %s\n%s: ; @echo "[$$QPOOL_TARGET]"\n' "$name" "$name" >sub.mk
	make -s --no-print-directory SHELL="$SH" >out
	[ "$(cat out)" = $'[]\n[]' ]
	[ "$(of target)" = $'-\ndir/a.o\n-\nsub' ]
	QPOOL_TARGET=$name "$SH" -c : 
	[ "$(of target | tail -n 1)" = $'t\xef\xbf\xbd' ]
	[ "$(of target_hex | tail -n 1)" = 74ff ]
}

@test "a script that is run by \$(SHELL) inside a line is a part of it" {
	printf 'exec $SHELL -c "exit 0"\n' >script
	printf 'export SHELL\nall:\n\t@$(SHELL) ./script; $(SHELL) -c "echo in"\n' >Makefile
	[ "$(make SHELL="$SH")" = in ]
	[ "$(lines)" = 1 ]
}

@test "QPOOL_REAL_SHELL that is qpool-sh itself is no endless loop" {
	ln -s "$SH" other
	for name in "$SH" "$PWD/other" qpool-sh; do
		run -0 env QPOOL_REAL_SHELL="$name" "$SH" -c 'echo once'
		[ "$output" = "qpool-sh: QPOOL_REAL_SHELL: ${name/#qpool-sh/$SH} is not another shell; /bin/sh runs
once" ]
	done
}

@test "a real shell that is not there" {
	run -127 env QPOOL_REAL_SHELL="$PWD/none" "$SH" -c 'echo x'
	[ "$output" = "qpool-sh: $PWD/none: No such file or directory" ]
	: >none
	run -126 env -u QPOOL_LOG QPOOL_REAL_SHELL="$PWD/none" "$SH" -c 'echo x'
	[ "$output" = "qpool-sh: $PWD/none: Permission denied" ]
}

# Make strips the prefixes of inner lines for shells whose names it knows, and passes them to others.
@test ".ONESHELL: prefixes of the lines, here-documents and continued lines are as with sh" {
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
	# Elsewhere nothing is taken away.
	printf 'all:\n\t@$(SHELL) ./script -x "@y"\n' >Makefile
	echo 'echo "$@"' >script
	[ "$(make SHELL="$SH")" = "-x @y" ]
}

@test "2000 lines of make -j8 are all there, each whole" {
	{
		printf 'all:'
		seq -f ' t%.0f' -s '' 2000
		printf '\nt%%:\n\t@: line %s $@\n' "$(head -c 3000 /dev/zero | tr '\0' x)"
	} >Makefile
	make -j8 SHELL="$SH" 2>err
	[ ! -s err ]
	[ "$(of command | sed 's/.* t//' | sort -n)" = "$(seq 2000)" ]
	[ "$(of pid | sort -u | wc -l)" = "$(of pid | wc -l)" ]
}

@test "a line of 120 kB" {
	local text

	text=$(head -c 120000 /dev/zero | tr '\0' '"')
	"$SH" -c ": '$text'"
	[ "$(of command)" = ": '$text'" ]
	text=$(head -c 120000 /dev/zero | tr '\0' '\001')
	"$SH" -c ": '$text'"
	[ "$(of command | tail -n 1)" = ": '$text'" ]
}

@test "an environment that leaves no room for ours: the line runs, unrecorded" {
	# The largest that env -i can hand on to a shell; ours needs some bytes more.
	cat >fill.py <<'END'
import os, sys
def fits(n):
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        try: os.execve(sys.argv[1], [sys.argv[1], "-c", "exit 0"], env(n))
        except OSError: os._exit(99)
    return 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
def env(n): return dict([("QPOOL_LOG", "log"), ("MAKELEVEL", "1" * 500)] + [("V%d" % i, "x" * min(100000, n - i * 100000)) for i in range((n + 99999) // 100000)])
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

@test "a log that cannot be had: said once for a make, and everything runs" {
	local log

	mkdir folder
	echo text >text
	printf 'seq\ttry\n' >tsv
	mkfifo fifo
	printf 'all: a b c d\na b c d:\n\t@echo $@\n' >Makefile
	for log in folder text tsv fifo none/there; do
		cp text text.was
		QPOOL_LOG=$PWD/$log make SHELL="$SH" >out 2>err
		[ "$(cat out)" = $'a\nb\nc\nd' ]
		# Whether make has seen the end of one takes /proc.
		[ "$(wc -l <err)" = 1 ] || [ "$QPOOL_SYSTEM" != linux ]
		grep -q "^qpool-sh: $PWD/$log: .*; what make runs is not recorded$" err
		cmp text text.was
		run -5 env QPOOL_LOG="$log" "$SH" -c 'exit 5'
	done
	[ "$(cat tsv)" = $'seq\ttry' ]
	QPOOL_LOG='' make SHELL="$SH" >out 2>err
	[ ! -s err ]
	QPOOL_LOG=$PWD/text run -0 "$SH" -c :
	[ "$output" = "qpool-sh: $PWD/text: no jsonl log; name another file with QPOOL_LOG; what make runs is not recorded" ]
}

@test "a full disk: the line's status stands, and it is said that it has no record" {
	[ -e /dev/full ] || skip "no /dev/full"
	run -3 env QPOOL_LOG=/dev/full "$SH" -c 'exit 3'
	[ "$output" = "qpool-sh: /dev/full: No space left on device; a line is not recorded" ]
	# A file that may not grow: what was written of the record is taken back, and SIGXFSZ does not end us.
	"$SH" -c :
	cp log before
	run -3 bash -c 'ulimit -f 1; "$1" -c ": $(head -c 3000 /dev/zero | tr "\\0" x); exit 3"' sh "$SH"
	# A build that measures its coverage cannot write that either, and says so.
	output=$(grep -v '^libgcov ' <<<"$output")
	[ "$output" = "qpool-sh: $PWD/log: No space left on device; a line is not recorded" ] || [ "$output" = "qpool-sh: $PWD/log: File too large; a line is not recorded" ]
	cmp log before
}

@test "a log that goes away meanwhile is made again; a torn line is ended" {
	"$SH" -c 'rm log'
	[ "$(of command)" = "rm log" ]
	printf '{"try":1,"le' >>log
	run -1 "$SH" -c 'exit 1'
	run -2 "$SH" -c 'exit 2'
	[ "$(lines)" = 4 ]
	[ "$(sed -n 2p log)" = $'{"try":1,"le\030' ]
	sed -i 2d log
	[ "$(of status)" = $'0\n1\n2' ]
}

@test "a line that another process is just writing is no torn one, for qpool as well" {
	local first other writer

	[ "$(uname -s)" = Linux ] || skip "to stop in the middle of a write takes userfaultfd"
	$QPOOL_CC -D_GNU_SOURCE -pthread -o half-written "$QPOOL_SRCDIR/tests/lib/half-written.c"
	mkfifo finish
	QPOOL_LOG=$PWD/log.jsonl
	for other in '"$SH" -c "exit 0"' 'qpool -q -l log.jsonl true <<<1'; do
		rm -f half log.jsonl
		"$SH" -c :
		./half-written log.jsonl &
		writer=$!
		until [ -e half ]; do
			kill -0 "$writer" 2>/dev/null || { wait "$writer" || first=$?; [ "$first" != 77 ] || skip "userfaultfd is not allowed"; return 1; }
			sleep 0.01
		done
		[ "$(tail -c 1 log.jsonl)" = x ] || skip "this file system shows no half of a write"
		eval "$other &"
		# It waits for the file system's lock.
		until_true state $! D
		echo >finish
		wait "$writer"
		wait $!
		[ "$(of try log.jsonl | wc -l)" = 3 ]
		run -1 grep -q $'\030' log.jsonl
	done
}

@test "a named pipe with a reader takes the records" {
	mkfifo pipe
	cat pipe >got &
	exec {held}>pipe
	QPOOL_LOG=pipe "$SH" -c 'exit 4' || [ $? = 4 ]
	exec {held}>&-
	wait $!
	[ "$(of status got)" = 4 ]
}

@test "closed standard descriptors do not get the log in their place" {
	"$SH" -c 'echo x >&2' 2>&- || true
	QPOOL_REAL_SHELL=$PWD/none "$SH" -c 'exit 1' <&- >&- 2>&- || true
	[ "$(lines)" -ge 1 ]
	of status >/dev/null
}

@test "make -n, -t, -q and -k do what they do" {
	printf 'all: a b\na:\n\ttouch x; false\nb:\n\ttouch y\n' >Makefile
	run -1 make -q SHELL="$SH"
	[ ! -e log ]
	run -0 make -n SHELL="$SH"
	[ "$output" = $'touch x; false\ntouch y' ]
	[ ! -e log ]
	run -2 make -k SHELL="$SH"
	[ "$(of end)" = $'fail\nok' ]
	run -0 make -t SHELL="$SH"
	[ "$(lines)" = 2 ]
}

# cpu COMMAND ...: its user and system time in ms.
cpu() {
	local user system TIMEFORMAT='%3U %3S'

	read -r user system < <({ time "$@" >/dev/null 2>&1; } 2>&1)
	echo $((10#${user/./} + 10#${system/./}))
}

# At most 1 ms a line more than /bin/sh: in pairs, of which the middle one counts. CPU time, for on a machine that is busy with something else the other would tell of that.
@test "what it costs a line" {
	local i plain

	[ -n "${QPOOL_LONG:-}" ] || skip "set QPOOL_LONG=1 for this one"
	[ "$QPOOL_SANITIZERS" = no ] || skip "built with sanitizers"
	printf 'all:%s\nt%%:;@:;:\n' "$(seq -f ' t%.0f' -s '' 500)" >Makefile
	for i in $(seq 21); do
		plain=$(cpu make SHELL=/bin/sh)
		echo $((($(cpu make SHELL="$SH") - plain) * 1000 / 500)) >>costs
	done
	echo "# CPU time more a line, of 21 pairs, us: $(sort -n costs | tr '\n' ' ')" >&3
	[ "$(sort -n costs | sed -n 11p)" -le 1000 ]
}
