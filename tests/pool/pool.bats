#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154,SC2013,SC2031,SC2030
# The pool from outside: input, order, failures, signals. A worker that must wait blocks on a FIFO until the test
# releases it.

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	end_workers
}

@test "input: each line is one literal argument, whatever it contains" {
	printf '%s\n' 'a b' "it's" '"q"' '-n' 'back\slash' '$(x)' >in
	qpool -q -j2 printf '<%s>\n' <in >out
	sed 's/.*/<&>/' in | cmp - out
}

@test "input: -0 and -d change the delimiter, and the last line does not need one" {
	[ "$(printf 'a\nb\0c' | qpool -q -0 printf '<%s>')" = "$(printf '<a\nb><c>')" ]
	[ "$(printf 'a,b,c' | qpool -q -d , printf '<%s>')" = '<a><b><c>' ]
}

@test "input: -n gives many lines to one job" {
	[ "$(seq 5 | qpool -q -n 2 echo)" = "$(printf '1 2\n3 4\n5')" ]
}

@test "input: a line with a NUL or too many bytes fails alone" {
	{ echo one; printf 'a\0b\n'; head -c 200000 /dev/zero | tr '\0' x; echo; echo four; } >in
	run --separate-stderr qpool -q echo <in
	[ "$status" = 123 ]
	[ "$output" = "$(printf 'one\nfour')" ]
	[[ ${stderr_lines[0]} == "qpool: stdin:2: line contains a NUL"* ]]
	[[ ${stderr_lines[1]} == "qpool: stdin:3: line has 200000 bytes"* ]]
}

@test "input: without a command each line is a shell line" {
	[ "$(printf 'echo a; echo b\nexit 0\n' | qpool -q)" = "$(printf 'a\nb')" ]
}

@test "order: output is in order of input even if a later job ends first" {
	mkfifo go
	{ echo 'cat go; echo first'; echo 'echo second; echo >go'; } >in
	qpool -q -j2 <in >out
	[ "$(cat out)" = "$(printf '\nfirst\nsecond')" ]
}

@test "order: with --order=completion the job that ends first is written first" {
	mkfifo go
	printf '%s\n' 'cat go >/dev/null; echo first' 'echo second; exec 3>go' >in
	qpool -q -j2 --order=completion <in >out
	[ "$(sort out)" = "$(printf 'first\nsecond')" ]
}

@test "input: a task starts as soon as its line arrives" {
	mkfifo in
	qpool -q touch <in &
	exec 7>in
	echo started >&7
	until_true test -e started
	exec 7>&-
	wait $!
}

@test "output: a worker that reopens /dev/stdout loses no byte" {
	local n=50

	[ -z "${QPOOL_LONG:-}" ] || n=1000
	# shellcheck disable=SC2016
	seq "$n" | qpool -q -j2 sh -c 'echo a; echo b >/dev/stdout; echo c; echo d >/dev/stderr' sh >out 2>err
	[ "$(grep -c . out)" = $((3 * n)) ]
	[ "$(grep -c d err)" = "$n" ]
	[ "$(paste -sd '' out | sed 's/abc//g')" = "" ]
}

@test "output: long lines of many workers are never mixed" {
	local order

	for order in --order=input --order=completion --line-buffer; do
		# shellcheck disable=SC2016
		seq 6 | qpool -q -j6 "$order" sh -c 'for i in $(seq 50); do printf "%010000d\n" "$1"; done' sh >out
		[ "$(awk 'length($0) != 10000 || $0 !~ /^0*[1-6]$/ { bad++ }
			END { print NR, bad + 0 }' out)" = "300 0" ]
	done
}

@test "spill: a small --spill-max defers jobs and loses nothing" {
	local order

	for order in input completion; do
		# shellcheck disable=SC2016
		seq 12 | qpool -q -j4 --spill-max 1000000 --order="$order" \
			sh -c 'head -c 2000000 /dev/zero | tr "\0" x; echo " $1"' sh \
			2>err | awk '{ print length($1), $2 }' | sort -k2n >out
		[ "$(awk '$1 != 2000000 || $2 != NR { bad++ } END { print NR, bad + 0 }' out)" = "12 0" ]
	done
}

@test "spill: memory is bounded behind a slow head" {
	mkfifo go
	# shellcheck disable=SC2016
	seq 60 | qpool -q -j2 sh -c '[ "$1" != 1 ] || read -r x <go; head -c 2000000 /dev/zero
		[ "$1" != 60 ] || {
			grep VmHWM /proc/$PPID/status >peak; ls /proc/$PPID/fd | wc -l >fds; echo >go; }' sh >out
	[ "$(wc -c <out)" = 120000000 ]
	[ "$(cat fds)" -le 40 ]
	[ "$QPOOL_SANITIZERS" = yes ] || [ "$(awk '{ print $2 }' peak)" -lt 65536 ]
}

@test "exit status: 0, 123, 124, 125, 126, 127, 1 and 2" {
	run -0 qpool -q <<<true
	run -123 qpool -q <<<'exit 3'
	run -124 qpool -q <<<'exit 255'
	run -125 qpool -q <<<'kill -9 $$'
	touch plain
	run -126 qpool -q ./plain <<<a
	run -127 qpool -q ./nothing <<<a
	run -1 qpool -q -a nothing echo
	run -2 qpool --nonsense
}

@test "halt: a failed job stops the run only with --halt" {
	run -123 qpool -q -j1 < <(printf 'exit 1\necho on\n')
	[ "$output" = on ]
	run -123 qpool -q -j1 --halt soon,fail=1 < <(printf 'exit 1\necho on\n')
	[ "$output" = "" ]
}

@test "retries: a failed job is tried again, and each attempt is logged" {
	run -0 qpool -q --retries 3 -l log <<<'echo x >>tries; [ "$(wc -l <tries)" = 2 ]'
	[ "$(tail -n +2 log | cut -f2,11 | tr '\t\n' ' ,')" = "1 fail,2 ok," ]
}

@test "timeout: a job and its children are ended, by KILL if they ignore TERM" {
	run -125 qpool -q --timeout 0.2 --grace 0.2 -l log <<<'trap "" TERM; sleep 1000 & echo $! >child; wait; wait'
	[ "$(tail -n 1 log | cut -f11)" = timeout ]
	is_gone "$(cat child)"
}

@test "signals: an interrupted run is logged as such, and qpool dies of the signal" {
	local sig number

	for sig in INT:2 TERM:15 HUP:1 QUIT:3; do
		number=${sig#*:} sig=${sig%:*}
		rm -f log pids
		# shellcheck disable=SC2016
		seq 2 | env --default-signal qpool -q -j2 -l log sh -c 'echo $$ >>pids; exec sleep 1000' sh &
		until_true has_lines pids 2
		kill -s "$sig" "$(pgrep -P $$ -x qpool)"
		status=0
		wait $! || status=$?
		[ "$status" = $((128 + number)) ]
		[ "$(tail -n +2 log | cut -f11 | sort -u)" = interrupted ]
		for pid in $(cat pids); do is_gone "$pid"; done
	done
}

@test "signals: no worker is left when qpool is killed by KILL" {
	# shellcheck disable=SC2016
	seq 2 | qpool -q -j2 sh -c 'echo $$ >>pids; exec sleep 1000' sh &
	until_true has_lines pids 2
	kill -KILL "$(pgrep -P $$ -x qpool)"
	for pid in $(cat pids); do until_true is_gone "$pid"; done
}

@test "signals: no worker is left when the make above is killed" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "only Linux tells of a stranger's death, by pidfd"
	# shellcheck disable=SC2016
	printf 'all:\n\t@seq 2 | qpool -q -j2 sh -c '"'"'echo $$$$ >>pids; exec sleep 1000'"'"' sh\n' >Makefile
	make >/dev/null 2>&1 &
	until_true has_lines pids 2
	kill -KILL $!
	for pid in $(cat pids); do until_true is_gone "$pid"; done
}

@test "worker: it has default signals, an empty mask, its own process group, and /dev/null as standard input" {
	# shellcheck disable=SC2016
	(trap '' PIPE USR1; qpool -q sh -c 'grep -E "^Sig(Ign|Blk)" /proc/self/status; readlink /proc/$$/fd/0
		[ "$(ps -o pgid= -p $$ | tr -d " ")" = $$ ]' <<<x) >out
	# Signals 32 and 33 belong to the C library: make passes them on as ignored, and no program can change that with
	# sigaction(2).
	sed -i 's/0000000180000000/0000000000000000/' out
	[ "$(tr '\n\t' ',:' <out)" = "SigBlk::0000000000000000,SigIgn::0000000000000000,/dev/null," ]
}

@test "output: without a reader of standard output qpool dies of SIGPIPE" {
	run bash -c 'yes | qpool -q -j2 echo | head -n 1; echo "${PIPESTATUS[1]}"'
	[ "$output" = "$(printf 'y\n141')" ]
}

@test "log: the limit of ulimit -f is the reason that is reported" {
	run -1 bash -c 'ulimit -f 8; seq 1000 | qpool -q -l log true'
	[[ ${lines[0]} = 'qpool: log: File too large; no more jobs are started'* ]]
}

@test "exit status: a full standard output or log is reported once, and is an error of qpool" {
	run -1 bash -c 'echo a | qpool -q echo >/dev/full'
	[[ $output == "qpool: stdout: No space left on device"* ]]
	run -1 bash -c 'echo a | qpool -q -l /dev/full echo'
	[[ $output == *"qpool: /dev/full: "*"No space left on device"* ]]
}

@test "records: a line for each job on standard error, -R on standard output, -q none" {
	seq 2 | qpool true 2>err
	[ "$(sed 's/ [0-9.]*s / T /' err)" = "$(printf '[1] ok T true 1\n[2] ok T true 2')" ]
	seq 2 | qpool -R echo 2>err | cut -f1,11,18 >out
	head -n 1 out | grep -qx 'seq	end	command'
	[ "$(tr '\t\n' ' ,' <out | sed 's/^seq[^,]*,//')" = "1 ok echo 1,2 ok echo 2," ]
	[ "$(cat err)" = "$(printf '1\n2')" ]
}

@test "resume: tasks are recognized by their command, not by their place" {
	printf '%s\n' a b | qpool -q -l log echo >/dev/null
	run -0 bash -c "printf '%s\n' c a b b | qpool -q -l log --resume echo"
	[ "$output" = "$(printf 'c\nb')" ]
}

@test "resume: GNU parallel and qpool read each other's joblog" {
	command -v parallel >/dev/null || skip "parallel is not installed"
	parallel --joblog log echo {} ::: 'a b' "it's" >/dev/null 2>&1 </dev/null
	run -0 bash -c "printf '%s\n' x \"it's\" 'a b' | qpool -q -l log --log-format=joblog --resume echo"
	[ "$output" = x ]
	printf '%s\n' 1 2 | qpool -q -l ours --log-format=joblog echo >/dev/null
	[ "$(parallel --resume --joblog ours echo {} ::: 1 2 3 2>/dev/null </dev/null)" = 3 ]
}

@test "worker: QPOOL_PROGRESS_FD is always open" {
	# shellcheck disable=SC2016
	run -0 qpool -q sh -c 'echo 50 >&$QPOOL_PROGRESS_FD' <<<x
}

@test "input: a named pipe whose writer has already closed it ends the input" {
	mkfifo input
	exec {rw}<>input
	seq 3 >&"$rw"
	exec {r}<input
	exec {rw}>&-
	timeout 20 qpool -q echo <&"$r" >out
	exec {r}<&-
	seq 3 | cmp - out
}
