#!/usr/bin/env bats
# qlog: formats and how they are recognized, every verb, and files that are not logs.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	export LC_ALL=C
}

# status WANTED COMMAND ...: checks the exit status; the output is in the files out and err.
status() {
	local wanted=$1 got=0

	shift
	"$@" >out 2>err </dev/null || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted, of: $*"; cat out err; return 1; }
}

# says TEXT: err is one line of qlog with the text in it.
says() {
	if ! { [ "$(wc -l <err)" = 1 ] && grep -q '^qlog: ' err && grep -qF -- "$1" err; }; then
		cat err
		return 1
	fi
}

# json FILE ... EXPRESSION: is the expression true for the summary s?
json() {
	qlog --json "${@:1:$#-1}" >json.out
	python3 -c 'import json, sys; s = json.load(open("json.out")); sys.exit(0 if eval(sys.argv[1]) else str(s))' \
		"${!#}"
}

# on_terminal COLUMNS COMMAND: what a terminal of this width gets.
on_terminal() {
	script -qec "stty cols $1 -onlcr; $2" /dev/null </dev/null
}

# A tsv log with only the columns that it needs: LEFT END START WALL COMMAND in each word, blanks between.
tsv() {
	local left end start wall command

	printf 'left\tend\tstart_s\twall_s\tcommand\n'
	while read -r left end start wall command; do
		printf '%s\t%s\t%s\t%s\t%s\n' "$left" "$end" "$start" "$wall" "$command"
	done
}

@test "formats: recognized by content, whatever the file name" {
	local format

	for format in tsv jsonl joblog; do
		seq 5 | qpool -j2 -l "log.$format" sh -c 'exit $(($1 == 3))' x {} || [ $? = 123 ]
		mv "log.$format" "is-$format"
		json "is-$format" '(s["jobs"], s["ok"], s["failed"], s["killed"]) == (5, 4, 1, 0)'
		json "is-$format" 's["slots"] in (1, 2)'
		json - <"is-$format" 's["jobs"] == 5'
	done
	json is-* 's["jobs"] == 15 and s["lost"] == 3'
	json is-tsv 's["user_s"] is not None'
	json is-tsv 'abs(s["idle_s"] - sum(s["idle_%s_s" % n] for n in ("tokens", "tasks", "end", "other"))) < 1e-4'
	json is-joblog '(s["user_s"], s["idle_tasks_s"]) == (None, None) and s["idle_end_s"] != None'
}

@test "formats: concatenated logs are one log" {
	local format

	for format in tsv jsonl joblog; do
		seq 2 | qpool -q -l "log.$format" true
		cat "log.$format" "log.$format" "log.$format" >all
		status 0 qlog --json all
		[ ! -s err ]
		grep -q '"jobs":6,' out
	done
	# A command that looks like a header is a command.
	printf 'seq\tend\n' | qpool -q -l words.tsv true
	json words.tsv 's["jobs"] == 1'
}

@test "formats: a joblog of GNU parallel is read" {
	command -v parallel >/dev/null || skip "GNU parallel is not installed"
	parallel -j2 --joblog log 'sleep 0.{}; exit {}' ::: 0 1 2 || true
	json log 's["jobs"] == 3 and s["ok"] == 1 and s["failed"] == 2 and 0.3 <= s["busy_s"] < 30 and s["slots"] <= 2'
	[ "$(qlog failed log)" = "$(printf "sh -c 'sleep 0.%d; exit %d' </dev/null\n" 1 1 2 2)" ]
	parallel --timeout 2 --joblog late 'sleep {}' ::: 30 0 2>/dev/null || true
	json late 's["jobs"] == 2 and s["killed"] == 1 and s["ok"] == 1'
	[ "$(qlog slowest -n 1 late | tail -n 1 | grep -c 'timeout.*sleep 30')" = 1 ]
}

@test "formats: a ninja log has one job for each command, and the latest build counts" {
	command -v ninja >/dev/null || skip "ninja is not installed"
	printf 'rule t\n command = touch $out && sleep 0.1\nbuild a b: t in\nbuild c: t a\n' >build.ninja
	touch in
	ninja >/dev/null
	json .ninja_log 's["jobs"] == 2 and s["ok"] == 2 and 0.2 <= s["busy_s"] < 20 and s["slots"] == 1'
	json .ninja_log 's["longest_target"] in ("a", "c")'
	touch -d '+2 seconds' in
	ninja >/dev/null
	json .ninja_log 's["jobs"] == 2'
	status 0 qlog failed .ninja_log
	[ ! -s out ]
}

@test "formats: ninja logs are read in versions 5 to 7 only" {
	local version

	for version in 5 6 7; do
		printf '# ninja log v%s\n0\t1500\t7\ta\tf0\n0\t1500\t7\tb\tf0\n5\t700\t7\tc\tf1\n' "$version" >log
		json log 's["jobs"] == 2 and s["busy_s"] == 2.195 and s["longest_target"] == "a"'
	done
	for version in 4 8 x; do
		printf '# ninja log v%s\n0\t1500\t7\ta\tf0\n' "$version" >log
		status 2 qlog log
		says 'log:1: unsupported version of this log format'
	done
}

@test "input: a file that is not a log is rejected in one line" {
	: >empty
	printf 'a text\n' >text
	printf '{\n "name": 1\n}\n' >object.json
	head -c 4096 /bin/sh >binary
	mkdir folder
	status 2 qlog empty; says 'empty: empty'
	status 2 qlog text; says 'text:1: not a log'
	status 2 qlog object.json; says 'object.json:1: not a log'
	status 2 qlog binary; says 'binary:1: not a log'
	status 2 qlog /dev/zero; says '/dev/zero:1: not a log'
	status 2 qlog -; says 'stdin: empty'
	status 1 qlog folder; says 'folder: Is a directory'
	status 1 qlog missing; says 'missing: neither a file nor a verb'
	status 1 qlog slowest missing; says 'missing: No such file or directory'
	status 1 qlog $'sum\033mary'; says 'sum\x1bmary: neither'
	tsv <<<'0 ok 1 1 true' >log
	status 2 qlog diff log text; says 'text:1: not a log'
}

@test "input: a torn last line and senseless lines are skipped with a warning" {
	tsv <<<'0 ok 1 1 true' >log
	printf '0\tok\t2\t1\tfalse' >>log
	status 0 qlog --json log
	says 'log:3: not a record; line skipped'
	grep -q '"jobs":1,' out
	printf '\n\nx\n0\tfail\t3\t1\tfalse\n' >>log
	status 0 qlog failed log
	says 'log: skipped 2 lines that are not records; the first is line 4'
	[ "$(cat out)" = 'false </dev/null' ]
	printf '{"seq":1,"en' >begun
	status 0 qlog begun
	says 'begun:1: not a record'
	grep -q '^Nothing ran' out
}

# joblog START RUNTIME ...: a log of GNU parallel with these values, as they are.
joblog() {
	local seq=0

	printf 'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n'
	while [ $# -gt 0 ]; do
		seq=$((seq + 1))
		printf '%d\t:\t%s\t%s\t0\t0\t0\t0\tjob %d\n' "$seq" "$1" "$2" "$seq"
		shift 2
	done
}

@test "input: times with a decimal comma or an exponent are read" {
	joblog 1700000000,250 '     1,000' 1700000001.25 1e-3 1.7000000025e9 2.5E0 1700000005 1e+01 >log
	status 0 qlog slowest log
	[ ! -s err ]
	[ "$(awk 'NR > 1 { print $1, $NF }' out)" = "$(printf '%s\n' '10.0 4' '2.500 3' '1.000 1' '0.001 2')" ]
	json log 's["wall_s"] == 14.75'
}

@test "input: a value that is not valid is reported, and its line is kept" {
	joblog 100 -1.5 101 1,234.5 102 1,234,567 103 1e 104 x 105 2 >log
	status 0 qlog log
	says 'log: 5 lines have an invalid time or number, treated as unknown; the first is line 2'
	grep -q '^jobs      6: 6 ok' out
	json log 's["busy_s"] == 2'
	printf 'slot\tleft\tend\tstart_s\twall_s\tuser_s\tcommand\n1\t0\tok\t1\t1\t-\ta\n' >log
	printf 'x\t0\tok\t3\t1\t\tb\n1\t0\tok\t5\t1\t1.0s\tc\n' >>log
	status 0 qlog log
	says 'log: 2 lines have an invalid time or number, treated as unknown; the first is line 3'
	printf 'left\tend\tstart_s\twall_s\tcommand\n0\tok\t1\t1,000\ta\n' >log
	status 0 qlog log
	says 'log:2: invalid time or number, treated as unknown'
}

@test "input: a copy with CRLF is the same log" {
	local format verb

	printf '# ninja log v5\n0\t5000\t7\ta.o\tf0\n' >log.ninja
	joblog 100 1 101 2 >log.parallel
	for format in tsv jsonl joblog; do
		seq 3 | qpool -j1 -l "log.$format" sh -c 'exit $(($1 == 3))' x {} || [ $? = 123 ]
	done
	for format in ninja parallel tsv jsonl joblog; do
		sed 's/$/\r/' "log.$format" >copy
		for verb in summary slowest failed; do
			status 0 qlog "$verb" "log.$format"
			mv out want
			status 0 qlog "$verb" copy
			diff want out
			[ ! -s err ]
		done
	done
}

# run_log START:SLOT:WALL ...: the log of a run, in the order in which the jobs ended.
run_log() {
	local seq=0 job

	printf 'seq\ttry\tleft\tslot\tstart_s\twall_s\tend\tqueued_s\ttoken_s\tcommand\n'
	for job; do
		seq=$((seq + 1))
		IFS=: read -r start slot wall <<<"$job"
		printf '%d\t1\t0\t%d\t%s\t%s\tok\t0\t0\tjob %d\n' "$seq" "$slot" "$start" "$wall" "$seq"
	done
}

@test "clock: set back during a run, it does not make the run longer" {
	run_log 20000:1:2 20000.1:2:2 9202:1:2 9202.1:2:2 >log
	status 0 qlog log
	says 'log: the clock was set back by at least 3:00 h during the run; start times are corrected'
	grep -q '^wall      4.100 s, on 2 slots$' out
	json log '3.9 < s["wall_s"] < 4.2 and s["slots"] == 2 and s["busiest"] == 2'
}

@test "clock: set forward during a run, it does not make the run longer if a job shows it" {
	# Job 1 runs from before the jump to after the end of job 2, which starts after it.
	run_log 20000:1:20 30802:2:5 >log
	{ sed -n 1p log; sed -n 3p log; sed -n 2p log; } >ends
	status 0 qlog ends
	says 'ends: the clock was set forward by at least 2:59 h during the run; start times are corrected'
	grep -q '^wall      20.0 .*, on 2 slots$' out
	# Without such a job it is a pause like any other.
	run_log 20000:1:2 30802:1:2 >log
	status 0 qlog log
	[ ! -s err ]
	grep -q 'the clock was set forward, or these are several runs' out
}

@test "clock: starts before 1970 are times" {
	run_log -5:1:2 -3:2:2.5 >log
	status 0 qlog log
	[ ! -s err ]
	grep -q '^wall      4.500 s, on 2 slots$' out
	grep -q '^busy      4.500 s, 50% of' out
	json log 's["wall_s"] == 4.5 and s["idle_s"] == 4.5'
	qlog trace -o trace log
	json trace 's["wall_s"] == 4.5'
	qlog timeline log >out
	[ "$(wc -l <out)" = 4 ]
	qlog html log >page
}

@test "usage: wrong words are rejected before a log is read" {
	status 2 qlog; says 'missing file; usage: qlog summary [option ...] file ...'
	status 2 qlog summary; says 'missing file; usage: qlog summary '
	status 2 qlog diff one; says 'missing after-file; usage: qlog diff '
	status 2 qlog diff one two three; says 'too many arguments; usage: qlog diff '
	status 2 qlog --nonsense one; says '--nonsense: unknown option; see qlog summary --help'
	status 2 qlog slowest -xn4 one; says '-x: unknown option'
	status 2 qlog slowest one -n; says '-n: requires a value'
	status 2 qlog slowest --count; says '--count: requires a value, N'
	status 2 qlog slowest -n 0 one; says "-n: must be a number from 1 to 1000000000, not '0'"
	status 2 qlog timeline -w 5x one; says "-w: must be a number from 20 to 10000, not '5x'"
	status 2 qlog --slots one one; says "--slots: must be a number from 1 to 100000, not 'one'"
}

@test "output: a write error is reported" {
	local verb

	tsv <<<'0 fail 1 1 true' >log
	for verb in summary slowest failed timeline --json --help; do
		status 1 sh -c "qlog $verb log >/dev/full"
		says 'stdout: No space left on device'
	done
	status 1 sh -c 'qlog diff log log >/dev/full'
	status 1 sh -c 'qlog log >&-'
}

@test "summary: the sentence says what limited the run" {
	tsv <<'END' >log
0 ok 0 10 long
0 ok 0 1 short
END
	status 0 qlog log
	grep -q '^jobs      2: 2 ok, 0 failed, 0 killed$' out
	grep -q '^wall      10.0 s, on 2 slots$' out
	grep -q '^longest   10.0 s: long$' out
	grep -q '^bound     10.0 s: the longest job$' out
	grep -q '^The longest job alone took 10.0 s of 10.0 s' out
	json --slots 1 log 's["held_back_by"] == "slots" and s["slots"] == 1 and s["bound_s"] == 11'
	json log 's["held_back_by"] == "longest" and s["idle_end_s"] == 9 and s["utilisation"] == 0.55'
}

@test "summary: in a narrow window lines are broken, not cut" {
	tsv <<'END' >log
0 ok 0 10 this-is-a-command-that-is-far-too-long-for-the-window
0 ok 0 1 short
0 ok 5 1 short
END
	qlog log | sed /^longest/d | tr -s ' \n' ' ' >want
	on_terminal 40 'qlog log' >out
	[ "$(wc -L <out)" -le 40 ]
	grep -q '^longest   10.0 s: this-is' out
	grep -q '^          [^ ]' out
	sed /^longest/d out | tr -s ' \n' ' ' | cmp - want
}

@test "summary: idle times have the right reasons" {
	# All tasks are there and three may run at a time, so slots are idle only at the end.
	printf 'true\nsleep 0.3\ntrue\n' | qpool -j3 -l end
	json end 's["held_back_by"] in ("longest", "end") and s["idle_tokens_s"] == 0'
	# The second task arrives late.
	{ echo true; echo true; sleep 0.4; echo true; } | qpool -j2 -l late
	json late 's["held_back_by"] == "tasks" and s["idle_tasks_s"] > s["idle_end_s"] + s["idle_other_s"]'
	grep -q '"sentence":"For .*% of the time nothing ran' json.out
	# There is one token, and the job that has it runs long.
	printf 'all:\n\t+@seq 12 | qpool -j6 -l tokens sh -c "sleep 0.05"\n' >Makefile
	make -s -j2 >/dev/null
	# Only as many slots as tokens are used; two jobs that end at different times leave one idle at the end.
	json tokens 's["held_back_by"] in ("tokens", "slots", "end") and s["slots"] <= 6 and s["busiest"] <= 2'
	json --slots 6 tokens 's["held_back_by"] == "tokens" and s["idle_tokens_s"] > s["idle_other_s"]'
}

@test "summary: parent jobs are left out" {
	printf 'left\tpid\tparent\tstart_s\twall_s\tuser_s\tsys_s\tend\tstatus\tcommand\n' >log
	printf '0\t%d\t%d\t%s\t%s\t%d\t%d\t%s\t%d\t%s\n' 10 0 100.0 9.0 4 1 fail 2 'make -C sub' \
		11 10 100.5 3.0 2 1 ok 0 'cc a.c' 12 10 103.5 1.0 1 0 fail 1 'cc b.c' >>log
	json log 's["jobs"] == 3 and s["holders"] == 1 and s["busy_s"] == s["user_s"] + s["sys_s"] == 4'
	json log 's["slots"] == 1 and s["longest_command"] == "cc a.c"'
	[ "$(qlog failed log)" = 'cc b.c </dev/null' ]
	[ "$(qlog slowest log | grep -c sub)" = 0 ]
	[ "$(qlog timeline log | wc -l)" = 3 ]
}

@test "failed: a parent job is left out only if a job of its make failed" {
	cat <<'END' >log
{"try":1,"left":0,"pid":10,"start_s":100.0,"wall_s":9.0,"end":"fail","status":2,"command":"make -C first"}
{"try":1,"left":0,"pid":11,"parent":10,"start_s":100.5,"wall_s":3.0,"end":"ok","status":0,"command":"cc a.c"}
{"try":1,"left":0,"pid":20,"start_s":100.0,"wall_s":9.0,"end":"fail","status":2,"command":"make -C second"}
{"try":1,"left":0,"pid":21,"parent":20,"start_s":101.0,"wall_s":1.0,"end":"fail","status":1,"command":"cc b.c"}
{"try":1,"left":0,"pid":22,"parent":20,"start_s":102.0,"wall_s":1.0,"end":"fail","status":1,"command":"cc c.c"}
{"try":1,"left":0,"pid":10,"start_s":200.0,"wall_s":9.0,"end":"fail","status":2,"command":"make -C third"}
{"try":1,"left":0,"pid":11,"parent":10,"start_s":201.0,"wall_s":1.0,"end":"fail","status":1,"command":"cc d.c"}
END
	[ "$(qlog failed log)" = "$(printf '%s </dev/null\n' 'make -C first' 'cc b.c' 'cc c.c' 'cc d.c')" ]
	# The parent of a job is in the same log.
	head -n 2 log >one
	tail -n 1 log | sed 's/201/101/' >other
	[ "$(qlog failed one other)" = "$(printf '%s </dev/null\n' 'make -C first' 'cc d.c')" ]
}

@test "failed: 60,000 failed lines of make cost no more than their records (QPOOL_LONG)" {
	local sums failures

	[ -n "${QPOOL_LONG-}" ] || skip "QPOOL_LONG is not set"
	awk 'BEGIN { for (i = 1; i <= 60000; i++) {
		printf "{\"left\":0,\"pid\":%d,\"start_s\":100,\"wall_s\":9,\"end\":\"fail\",", i
		printf "\"command\":\"make %d\"}\n", i
		printf "{\"left\":0,\"pid\":%d,\"parent\":%d,\"start_s\":101,\"wall_s\":1,", i + 60000, i
		printf "\"end\":\"fail\",\"command\":\"cc %d\"}\n", i
	} }' >log
	sums=$(best qlog log)
	failures=$(best qlog failed log)
	echo "# summary $sums ms, failed $failures ms" >&3
	[ "$failures" -le $((6 * sums)) ]
}

@test "slowest: the longest first, as many as requested" {
	tsv <<'END' >log
0 ok 0 1 one
0 fail 1 30 thirty
0 ok 2 2 two
0 signal 3 2.5 more
END
	qlog slowest -n 3 log >out
	[ "$(tail -n +2 out | awk '{ print $NF }' | tr '\n' ' ')" = 'thirty more two ' ]
	grep -q '^   30.0 s          -  exit 0       thirty$' out
	[ "$(qlog slowest log | wc -l)" = 5 ]
	seq 20 | qpool -j1 -l many true
	[ "$(qlog slowest many | wc -l)" = 11 ]
}

@test "failed: the exact command, whatever its bytes, in a form that a shell runs" {
	local bytes=$'a b\377\300"$x`\'\\\t\033[1m'

	printf '#!/bin/sh\nprintf "%%s|" "$@" >>ran\nexit 1\n' >fails
	chmod +x fails
	for format in tsv jsonl joblog; do
		printf '%s\0' "$bytes" $'two\nlines' '' '*' | qpool -0 -j1 -l "log.$format" ./fails -- {} ||
			[ $? = 123 ]
		mv ran first
		qlog failed "log.$format" >again
		[ "$(grep -c fails again)" = 4 ]
		sh again || true
		cmp ran first
		rm ran
	done
}

@test "failed: a script of what is printed runs every command and goes on" {
	printf '%s\n' 'echo "a" >one; false' 'echo "b' 'echo c \' 'true' 'echo d >>four; exit 4' 'cd / && exit 3' >lines
	qpool -j1 -l log -a lines 2>/dev/null || true
	qlog failed log >again
	[ "$(wc -l <again)" = 4 ]
	grep -qxF "sh -c 'echo \"b' </dev/null" again
	rm one four
	{ cat again; echo 'pwd >end'; } >script
	sh script >/dev/null 2>&1
	[ "$(cat one four end)" = "$(printf 'a\nd\n%s' "$PWD")" ]
}

@test "failed: a record without a command is left out" {
	printf 'left\tend\tstart_s\twall_s\tcommand\n0\tinvalid\t1\t0\t\n0\tnotrun\t1\t0\tnone\n' >log
	[ "$(qlog failed log)" = 'none </dev/null' ]
}

@test "failed: the last attempt counts, and a later run" {
	tsv <<'END' >log
1 fail 0 1 flaky
0 ok 2 1 flaky
1 fail 4 1 bad
0 timeout 6 1 bad
0 ok 7 1 good
0 halted 8 1 cut
END
	[ "$(qlog failed log)" = "$(printf '%s </dev/null\n' bad cut)" ]
	tsv <<'END' >later
0 ok 100 1 cut
0 fail 101 1 bad
END
	[ "$(qlog failed log later)" = 'bad </dev/null' ]
}

@test "failed: control bytes reach the shell but not the terminal" {
	printf '#!/bin/sh\nprintf "%%s|" "$@" >>ran\nexit 1\n' >fails
	chmod +x fails
	printf '%s\0' $'\033]0;title\007 $(false) 100% "x" it'"'"'s \303\244 \377' |
		qpool -0 -l log ./fails -- {} || [ $? = 123 ]
	mv ran first
	on_terminal 80 'qlog failed log' >again
	[ "$(LC_ALL=C tr -d '\n\t\40-\176' <again | wc -c)" = 0 ] || { od -c again; return 1; }
	sh again || true
	cmp ran first
	printf '\033[1m\n' | qpool -l title false {} || [ $? = 123 ]
	on_terminal 80 'qlog slowest title; qlog title; qlog diff title title; qlog timeline title' >shown
	run ! grep -q $'\033' shown
	grep -qF '\x1b[1m' shown
}

@test "diff: by the words of the command, whatever the format and the quotes" {
	tsv <<'END' >before
0 ok 0 1 cp 'a b' c
0 ok 1 2 gone
0 ok 3 3 same
0 ok 6 4 faster
END
	printf 'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n' >after
	printf '1\t:\t10\t%s\t0\t0\t0\t0\t%s\n' 8.5 'cp a\ b "c"' 3 same 0.5 faster 1 new >>after
	status 0 qlog diff before after
	cat >want <<'END'
   before      after       diff  job
   10.0 s    8.500 s   -1.500 s  (the whole run)
  1.000 s    8.500 s   +7.500 s  cp 'a b' c
  4.000 s    0.500 s   -3.500 s  faster
  2.000 s          -       gone  gone
        -    1.000 s        new  new
  3.000 s    3.000 s    0.000 s  same
END
	diff want out
	[ "$(qlog diff -n 2 before after | wc -l)" = 4 ]
	status 0 qlog diff before before
}

@test "diff: by the target where both logs have one" {
	cat <<'END' >make.jsonl
{"left":0,"start_s":100.0,"wall_s":2.0,"end":"ok","target":"a.o","command":"echo CC a.o"}
{"left":0,"start_s":102.0,"wall_s":1.0,"end":"ok","target":"a.o","command":"cc a.c"}
{"left":0,"start_s":103.0,"wall_s":1.0,"end":"ok","command":"ld"}
END
	printf '# ninja log v5\n0\t5000\t7\ta.o\tf0\n' >.ninja_log
	qlog diff make.jsonl .ninja_log >out
	grep -q '^  3.000 s    5.000 s   +2.000 s  a.o$' out
	grep -q '^  1.000 s          -       gone  ld$' out
}

@test "timeline: a line for each slot, in letters to a file, in blocks on a terminal" {
	tsv <<'END' >log
0 ok 100 5 a
0 ok 100 10 b
0 fail 107.5 2.5 c
END
	qlog timeline -w 26 log >out
	cat >want <<'END'
      0             10.0 s
    1 ##########     ####x
    2 ####################
  all ##########:::::####x
END
	diff want out
	[ "$(qlog timeline log | awk '{ if (length($0) > most) most = length($0) } END { print most }')" = 80 ]
	[ "$(on_terminal 60 'LC_ALL=C qlog timeline log' | grep -c '#')" = 3 ]
	on_terminal 60 'LC_ALL=C.UTF-8 qlog timeline log' >seen
	grep -q '█' seen
	grep -q '×$' seen
	run ! grep -q '#' seen
	[ "$(LC_ALL=C.UTF-8 awk '{ gsub(/[^ ]/, "x"); if (length($0) > most) most = length($0) } END { print most }' \
		<(LC_ALL=C.UTF-8 sed 's/[█▇▆▅▄▃▂▁×]/x/g' seen))" = 60 ]
}

@test "output: a terminal cuts lines at its width" {
	tsv <<<"0 fail 0 1 $(printf 'x%.0s' {1..300})" >log
	on_terminal 50 'qlog slowest log; qlog log; qlog diff log log' >out
	[ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' out)" = 50 ]
	[ "$(on_terminal 50 'qlog failed log' | tr -d '\n' | wc -c)" = 311 ]
}

# The verbs, by their files.
verbs() {
	grep -l '^const struct qlog_verb qlog_verb_' "$QPOOL_SRCDIR"/src/qlog/*.c | sed 's/.*\///; s/\.c$//'
}

# The long options in the --help of a verb.
options() {
	qlog "$1" --help | sed -nE 's/^  (-.,|   ) --([a-z-]+) .*/\2/p'
}

@test "documentation: every verb and option is in the help, the manual and the completions" {
	local verb name

	[ "$(verbs | wc -l)" -ge 5 ]
	[ "$(qlog --help | wc -L)" -le 80 ]
	[ "$(qlog --help | sed -nE 's/^  ([a-z]+) +.*/\1/p' | sort)" = "$(verbs | sort)" ]
	bash -n "$QPOOL_DATADIR/bash-completion/completions/qlog"
	# shellcheck source=/dev/null
	. "$QPOOL_DATADIR/bash-completion/completions/qlog"
	for verb in $(verbs); do
		[ "$(qlog "$verb" --help | wc -L)" -le 80 ]
		grep -q "^\\.Ss $verb\$" "$QPOOL_MANDIR/man1/qlog.1"
		COMP_WORDS=(qlog "$verb" --) COMP_CWORD=2 COMPREPLY=()
		_qlog
		for name in $(options "$verb"); do
			sed -n "/^\\.Ss $verb\$/,/^\\.S[sh] /p" "$QPOOL_MANDIR/man1/qlog.1" |
				grep -qE "^\\.It .*Fl -$name( |\$)" || { echo "$verb: --$name"; return 1; }
			[[ " ${COMPREPLY[*]} " == *" --$name "* ]]
			grep -qE "^complete -c qlog -n '__qlog_at $verb' .*-l $name " \
				"$QPOOL_DATADIR/fish/vendor_completions.d/qlog.fish"
			sed -n "/^	$verb)\$/,/;;/p" "$QPOOL_DATADIR/zsh/site-functions/_qlog" |
				grep -qE -- "--${name}[=[]"
		done
	done
}

# offers WORD ...: what bash offers for the last word.
offers() {
	COMP_WORDS=(qlog "$@") COMP_CWORD=$# COMPREPLY=()
	_qlog || :
	echo "${COMPREPLY[*]}"
}

@test "completions: verbs, options and files are offered in any order" {
	# shellcheck source=/dev/null
	. "$QPOOL_DATADIR/bash-completion/completions/qlog"
	touch a.log b.log
	[ "$(offers slo)" = slowest ]
	[ "$(offers a)" = a.log ]
	[ "$(offers --j)" = --json ]
	[ "$(offers a.log --j)" = --json ]
	[ "$(offers --slots 4 a)" = a.log ]
	[ "$(offers slowest -n '')" = '' ]
	[ "$(offers slowest a.log -- b)" = b.log ]
	[ "$(offers diff a.log b)" = b.log ]
	[ "$(offers diff a.log b.log '')" = '' ]
	if command -v zsh >/dev/null; then
		zsh -n "$QPOOL_DATADIR/zsh/site-functions/_qlog"
	fi
	command -v fish >/dev/null || skip "fish is not installed"
	export HOME=$BATS_TEST_TMPDIR
	mkdir -p .config/fish
	ask() { fish -c "source '$QPOOL_DATADIR/fish/vendor_completions.d/qlog.fish'; complete -C '$1'" | cut -f1 |
		tr '\n' ' '; }
	[ "$(ask 'qlog tim')" = 'timeline ' ]
	[ "$(ask 'qlog --js')" = '--json ' ]
	[ "$(ask 'qlog a.log --js')" = '--json ' ]
	[ "$(ask 'qlog slowest --js')" = '' ]
	[ "$(ask 'qlog diff a.log b')" = 'b.log ' ]
}

# many COUNT FORMAT: a log with this number of records, in the order of their ends.
many() {
	awk -v count="$1" -v format="$2" 'BEGIN {
		if (format == "tsv")
			print "seq\ttry\tleft\tslot\tpid\tstart_s\twall_s\tuser_s\tsys_s\tmaxrss_kib\t" \
				"end\tstatus\tsignal\tqueued_s\ttoken_s\tout_bytes\terr_bytes\tcommand"
		tsv = "%d\t1\t0\t%d\t%d\t%d.%06d\t0.%06d\t0.001000\t0.000020\t2048\t" \
			"ok\t0\t0\t0.000100\t0.000000\t7\t0\tconvert '"'in %d.png'"' -resize 50%% out/%d.jpg\n"
		jsonl = "{\"seq\":%d,\"try\":1,\"left\":0,\"slot\":%d,\"pid\":%d,\"start_s\":%d.%06d," \
			"\"wall_s\":0.%06d,\"user_s\":0.001000,\"sys_s\":0.000020,\"maxrss_kib\":2048," \
			"\"end\":\"ok\",\"status\":0,\"signal\":0,\"queued_s\":0.000100,\"token_s\":0.000000," \
			"\"out_bytes\":7,\"err_bytes\":0," \
			"\"command\":\"convert '"'in %d.png'"' -resize 50%% out/%d.jpg\"}\n"
		for (i = 0; i < count; i++)
			printf format == "tsv" ? tsv : jsonl, i + 1, i % 8 + 1, 100 + i % 4000000, \
				1795408061 + int(i / 100), 10000 * (i % 100), 70000 + i * 7919 % 9000, i, i
	}'
}

# The limit is on the address space, which is larger than the memory in use.
@test "cost: 100,000 records need at most a tenth of 400 MiB" {
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers need more memory"
	many 100000 tsv >log
	( ulimit -v 40960 && exec qlog --json log ) >out
	grep -q '"jobs":100000,"tasks":100000,"ok":100000,' out
	many 100000 jsonl >log
	( ulimit -v 40960 && exec qlog --json log ) >out
	grep -q '"jobs":100000,"tasks":100000,"ok":100000,' out
}

# best COMMAND ...: the time of the fastest of three runs, in ms.
best() {
	local start took least=''

	for _ in 1 2 3; do
		start=$(date +%s%N)
		"$@" >/dev/null
		took=$((($(date +%s%N) - start) / 1000000))
		[ -n "$least" ] && [ "$least" -le "$took" ] || least=$took
	done
	echo "$least"
}

@test "cost: 1,000,000 records take at most 2 s more than awk, and 400 MiB" {
	local format floor took

	[ -n "${QPOOL_LONG-}" ] || skip "QPOOL_LONG is not set"
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers take longer"
	for format in tsv jsonl; do
		many 1000000 "$format" >log
		floor=$(best awk -F '\t' '{ n += length($7) } END { print n }' log)
		took=$(best qlog log)
		echo "# $format: qlog $took ms, awk $floor ms" >&3
		[ "$took" -le 2000 ] || [ "$took" -le $((6 * floor)) ]
		( ulimit -v 409600 && exec qlog --json log ) >out
		grep -q '"jobs":1000000,' out
	done
}
