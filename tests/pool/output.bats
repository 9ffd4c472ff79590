#!/usr/bin/env bats
# Output and records: tags, whole lines, output that waits behind a slow head, and what defers jobs.
# shellcheck disable=SC2016,SC2154

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkfifo go
}

teardown() {
	end_workers
	if [ -e tmux ]; then tmux -S tmux kill-server || true; fi
}

@test "output: --tag puts the task before each line, and completes the last line" {
	[ "$(printf 'a\nb\n' | qpool -q --tag printf 'x\n%s')" = "$(printf 'a\tx\na\ta\nb\tx\nb\tb')" ]
}

@test "output: thousands of outputs wait behind a slow head in the spill, and are written in order" {
	awk 'BEGIN { for (i = 1; i <= 3000; i++) printf "%d %02000d\n", i, i }' >in
	qpool -q -j2 sh -c 'case $1 in "1 "*) read -r x <go ;; "3000 "*) echo >go ;; esac
		echo "$1"; echo e >&2' sh <in >out 2>err
	cmp out in
	[ "$(grep -c '^e$' err)" = 3000 ]
}

@test "output: records wait with the output that they belong to" {
	printf '%s\n' 'read -r x <go; echo 1' 'echo 2; echo >go' >in
	qpool -j2 <in 2>&1 | sed 's/ [0-9.]*s .*//' >out
	[ "$(cat out)" = "$(printf '1\n[1] ok\n2\n[2] ok')" ]
}

@test "output: --line-buffer writes a line that exceeds the memory limit as a whole" {
	seq 3 | qpool -q -j3 --line-buffer sh -c 'head -c 3000000 /dev/zero | tr "\0" "$1"; echo; echo "end $1"' sh >out
	[ "$(awk 'length($0) == 3000000 && $0 ~ /^(1+|2+|3+)$/ { big++ }
		/^end [123]$/ { small++ } END { print NR, big, small }' out)" = "6 3 3" ]
	# Lines of other jobs that are read at the same time as the long one.
	{ seq 3; yes 4 | head -n 60; } | qpool -q -j8 --line-buffer sh -c '[ "$1" -lt 4 ] || exec echo "small $1"
		head -c 3000000 /dev/zero | tr "\0" "$1"; echo; echo "end $1"' sh >out
	[ "$(awk 'length($0) == 3000000 && $0 ~ /^(1+|2+|3+)$/ { big++ }
		/^end [123]$/ { small++ } /^small 4$/ { other++ }
		END { print NR, big, small, other }' out)" = "66 3 3 60" ]
}

@test "output: --order=none passes standard output and standard error to the workers" {
	seq 3 | qpool -q -j1 --order=none sh -c 'readlink /proc/$$/fd/1' >out
	[ "$(sort -u out)" = "$BATS_TEST_TMPDIR/out" ]
	# With records on standard output the workers write to our standard error.
	echo a | qpool -R --order=none echo 2>err | tail -n 1 | cut -f11 >out
	[ "$(cat out err)" = "$(printf 'ok\na')" ]
}

@test "output: a background process does not keep the slot, and its early output is not lost" {
	[ "$(printf '%s\n' 'sleep 1000 & echo $! >pid; echo a' 'echo b' | qpool -q -j1)" = "$(printf 'a\nb')" ]
	kill "$(cat pid)"
}

@test "output: a worker whose standard output is /dev/full or closed fails alone" {
	run -123 qpool -q <<<'echo x >/dev/full'
	run -123 qpool -q <<<'exec >&-; echo x'
}

@test "output: closed standard input, output or error is reported, and corrupts nothing" {
	run -1 --separate-stderr bash -c 'qpool -q echo <&-'
	[ "$stderr" = 'qpool: stdin: Bad file descriptor' ]
	run -1 --separate-stderr bash -c 'echo a | qpool -q -l log echo >&-'
	[[ ${stderr_lines[0]} == 'qpool: stdout: Bad file descriptor'* ]]
	[ "$(wc -l <log)" = 2 ]
	run -0 bash -c 'echo a | qpool -q echo 2>&-'
	[ "$output" = a ]
}

@test "output: a directory or an unreadable file as input is one message" {
	run -1 bash -c 'qpool -q echo <.'
	[ "$output" = 'qpool: stdin: Is a directory' ]
	run -1 qpool -q -a nothing echo
	[ "$output" = 'qpool: nothing: No such file or directory' ]
	run -1 qpool -q -a . echo
	[ "$output" = 'qpool: .: Is a directory' ]
}

@test "output: without a directory for the spill new jobs wait for the head, and nothing is lost" {
	seq 12 | TMPDIR=/nonexistent \
		qpool -q -j4 sh -c 'head -c 2000000 /dev/zero | tr "\0" x; echo " $1"' sh 2>err >out
	[ "$(awk 'length($1) != 2000000 || $2 != NR { bad++ } END { print NR, bad + 0 }' out)" = "12 0" ]
}

@test "output: --delay separates starts, --load and --memfree defer them with a message" {
	seq 3 | qpool -q -j3 --delay 0.1 -l log true
	tail -n +2 log | cut -f6 >starts
	[ "$(awk 'NR > 1 && $1 - was < 0.095 { bad++ } { was = $1 } END { print NR, bad + 0 }' starts)" = "3 0" ]
	# No machine has this much memory.
	echo a | qpool -q --memfree 999999G touch started 2>err &
	until_true grep -q 'qpool: available memory .* is too low; new jobs wait' err
	[ ! -e started ]
	kill $!
	wait $! || true
	[ ! -e started ]
}

@test "output: -t reports each start with its pid" {
	run --separate-stderr -0 qpool -q -t echo <<<a
	[[ $stderr =~ ^\[1\]\ start\ pid\ [0-9]+\ echo\ a$ ]]
	run --separate-stderr -0 qpool -q --say-start echo <<<a
	[[ $stderr =~ ^\[1\]\ start\ pid\ [0-9]+\ echo\ a$ ]]
}

@test "output: the display on a terminal shows counts and running jobs, and leaves a summary" {
	command -v tmux >/dev/null || skip "tmux is not installed"
	local socket=$BATS_TEST_TMPDIR/tmux

	shows() { tmux -S "$socket" capture-pane -p -t 0 | grep -qE "$1"; }
	# Nobody writes to `stay`: a shell that opened `go` while our echo still has it open would read its end of file.
	mkfifo stay
	printf '%s\n' 'echo 42.5 >&$QPOOL_PROGRESS_FD; : >there; read -r x <go' 'exit 3' >in
	tmux -S "$socket" -f /dev/null new-session -d -x 60 -y 12 \
		"exec 3>&-; env PATH='$PATH' TERM=screen qpool -j1 <in; read -r x <stay" 3>&-
	until_true shows '42\.5%'
	shows '\[1\] 0:0.*42\.5% echo'
	shows '0/2 done'
	tmux -S "$socket" resize-window -x 30 -y 8
	until_true shows '42\.5%'
	echo >go
	until_true shows '^\[2\] exit 3'
	until_true shows '^2 done, 1 failed'
	run ! shows '42\.5%'
}

# terminal COMMAND: runs it in a shell on a pseudo-terminal whose keyboard is the named pipe `keys`; its output is in
# `typescript`.
terminal() {
	command -v script >/dev/null || skip "script is not installed"
	mkfifo keys
	exec {keys}<>keys
	TERM=xterm script -qefc "$1" typescript <keys >/dev/null 3>&- {keys}>&- &
}

@test "display: nothing is drawn in the background, and it is drawn in the foreground" {
	{ yes 'sleep 0.05; echo >>ran' | head -n 20; echo 'echo last >>ran; read x <go'; } >in
	mkfifo front
	terminal "bash -ic 'qpool -j1 <in & until grep -q last ran; do sleep 0.01; done; echo SHELL; read x <front; fg'"
	until_true has_lines ran 21
	until_true grep -q SHELL typescript
	run ! grep -q running typescript
	echo >front
	until_true grep -q '20/21 done, 1 running' typescript
	echo >go
	until_true grep -q '21 done in' typescript
	wait $!
}

@test "display: nothing is drawn into a program that reads keys" {
	cat >pager <<'END'
stty -icanon </dev/tty
: >ready
cat >got
stty icanon </dev/tty
END
	terminal "{ until [ -e ready ]; do sleep 0.01; done; yes 'sleep 0.05; echo x' | head -n 20; } |
		qpool -j1 | sh pager; cat got"
	wait $!
	[ "$(grep -c x got)" = 20 ]
	run ! grep -qE 'running|done in' typescript
}

@test "display: nothing is drawn over input that is typed" {
	terminal 'NO_COLOR=1 exec qpool -j2'
	printf 'echo >ran; read x <go\n' >&"$keys"
	until_true has_lines ran 1
	printf 'half a l' >&"$keys"
	until_true grep -q 'half a l' typescript
	run ! grep -q running typescript
	printf 'ine\n\004' >&"$keys"
	until_true grep -q '1/2 done, 1 failed, 1 running' typescript
	echo >go
	wait $! || true
	grep -q '2 done, 1 failed' typescript
}

@test "output: below make the display must be requested" {
	command -v script >/dev/null || skip "script is not installed"
	echo true >in
	script -qec 'MAKELEVEL=1 qpool -j1 <in' out1 >/dev/null </dev/null
	run ! grep -q '1/1' out1
	script -qec 'MAKELEVEL=1 TERM=xterm qpool -j1 --progress=always <in' out2 >/dev/null </dev/null
	grep -q '1 done' out2
}

@test "output: --order=none ends the run when the reader of standard output has gone" {
	mkfifo pipe
	exec 7<>pipe
	exec 8>pipe 7>&-
	seq 50 >in
	run -141 bash -c 'qpool -q -j1 --order=none -a in sh -c "echo >>ran; echo x" >&8'
	[ "$(wc -l <ran)" = 1 ]
	# Jobs that do not write there do not need a reader.
	qpool -q -j1 --order=none -a in sh -c 'echo >>silent' >&8
	[ "$(wc -l <silent)" = 50 ]
	exec 8>&-
}

@test "output: an unwritable standard error does not end the run" {
	local option

	seq 30 >in
	for option in --order=input --order=completion --order=none --progress=always -t; do
		qpool -j2 -a in "$option" sh -c 'echo "$1" >>ran' sh 2>/dev/full
		qpool -j2 -a in "$option" sh -c 'echo "$1" >>ran' sh 2>&-
		run -123 bash -c 'qpool -j2 -a in '"$option"' sh -c '\''echo "$1" >>ran; exit 1'\'' sh 2>/dev/full'
		[ "$(wc -l <ran)" = 90 ]
		rm ran
	done
	run -1 bash -c 'qpool -q -a in echo >/dev/full 2>&-'
}
