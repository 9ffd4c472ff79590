#!/usr/bin/env bats
# qpool below a make or another jobserver: never more jobs at once than the build allows, and no token is lost.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	compile_tokens
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	PATH=$BATS_FILE_TMPDIR:$PATH
	make_go
}

teardown() {
	end_workers
}

# A worker that records itself in the directory alive and, in the file most, how many were there at once.
counting() {
	mkdir alive
	cat >count <<'END'
#!/bin/sh
: >alive/$$
ls alive | wc -l >>most
: >>ran
echo $$ >>ran
sleep 0.05
rm alive/$$
END
	chmod +x count
}

most() {
	sort -n most | tail -n 1
}

all_gone() {
	local pid

	while read -r pid; do is_gone "$pid" || return 1; done <pids
}

# tokens_are BYTES: the server has these tokens, in any order.
tokens_are() {
	[ "$(fold -w1 tokens | sort | tr -d '\n')" = "$1" ]
}

fill_is() {
	[ "$(tokens fill server)" = "$1" ]
}

@test "jobserver: four pools of a make -j4 run four jobs together, with + and without" {
	local plus

	for plus in '' +; do
		# The pipe of a make above can only be found with /proc.
		[ "$QPOOL_SYSTEM" = linux ] || [ "$plus" = + ] || continue
		rm -rf alive most ran
		counting
		printf 'all: a b c d\na b c d:\n\t%s@seq 6 | qpool -q -j4 --no-template ./count\n' "$plus" >Makefile
		make -j4 >out 2>err
		[ ! -s err ]
		[ "$(most)" -le 4 ]
		[ "$(most)" -ge 2 ]
		[ "$(wc -l <ran)" = 24 ]
	done
}

@test "jobserver: below make -j1 one job runs at a time, whatever -j says" {
	counting
	printf 'all:\n\t@seq 4 | qpool -q -j4 --no-template ./count\n' >Makefile
	make -j1
	[ "$(most)" = 1 ]
}

@test "jobserver: the -l of make limits the jobs, and one may always run" {
	local flags

	# The load counts jobs of the last second too, so it is above this limit while a job runs.
	for flags in "-j4 -l 0.001" "-j4 --load-average=0.001" "-l0.001"; do
		rm -rf alive most ran
		counting
		printf 'all:\n\t+@seq 6 | qpool -q -j4 --no-template ./count\n' >Makefile
		# shellcheck disable=SC2086
		make $flags 2>err
		[ ! -s err ]
		[ "$(most)" = 1 ]
		[ "$(wc -l <most)" = 6 ]
	done
	# Without a make, the flags are meant for others.
	rm -rf alive most ran
	counting
	seq 6 | MAKEFLAGS=-l0.001 qpool -q -j4 --no-template ./count
	[ "$(most)" -ge 2 ]
}

@test "jobserver: -j applies below make without -j, below make -j without a number, and without make" {
	local flags

	for flags in "" -j; do
		rm -rf alive most ran
		counting
		printf 'all:\n\t@seq 4 | qpool -q -j4 --no-template ./count\n' >Makefile
		# shellcheck disable=SC2086
		make $flags
		[ "$(most)" -ge 2 ]
	done
}

@test "jobserver: below make -n commands are printed, below -q and -t nothing runs" {
	printf "all:\n\t+@printf '%%s\\\\n' a 'b c' | qpool -l log touch\n" >Makefile
	make -n >out
	printf '%s\n' "touch a" "touch 'b c'" | cmp - <(tail -n 2 out)
	run make -q
	[ "$status" = 1 ]
	make -t
	[ ! -e a ] && [ ! -e log ]
}

@test "jobserver: --always runs the jobs below make -n, -q and -t" {
	local flag

	printf "all:\n\t+@printf '%%s\\\\n' a b | qpool -q --always -l log touch\n" >Makefile
	printf "\t+@qpool --always --one touch c\n" >>Makefile
	for flag in -n -q -t; do
		rm -f a b c log all
		make $flag >out
		[ -e a ] && [ -e b ] && [ -e c ]
		[ "$(wc -l <log)" = 3 ]
	done
}

@test "jobserver: --beside leaves the slot of a make to its other children, if the jobserver has tokens" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "who has children takes /proc"
	counting
	# The shell of the recipe plays the make.
	printf 'all:\n\t+@cat go >/dev/null & ' >Makefile
	printf 'seq 6 | qpool -q --beside $$$$ --no-template ./count; kill $$!\n' >>Makefile
	timeout 60 make -j3
	[ "$(most)" -le 2 ]
	[ "$(wc -l <most)" = 6 ]
	rm -f most ran
	timeout 60 make -j1
	[ "$(most)" = 1 ]
	rm -f most ran
	printf 'all:\n\t+@qpool -q -a Makefile --beside $$$$ --no-template ./count\n' >Makefile
	timeout 60 make -j2
	[ "$(wc -l <most)" = 2 ]
}

@test "jobserver: two pools in a pipe of one recipe share its slot without a deadlock" {
	local flags

	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	counting
	printf 'all:\n\t@seq 8 | qpool -q -j4 sh -c "./count; echo \\$$0" |' >Makefile
	printf ' qpool -q -j4 --no-template ./count\n' >>Makefile
	for flags in -j1 -j2; do
		rm -f most ran
		timeout 60 make "$flags"
		[ "$(wc -l <ran)" = 16 ]
		[ "$(most)" -le "${flags#-j}" ]
	done
}

# A recipe with two pools in a pipe. The second one, with these options, counts the lines that the only job of the first
# writes: more than fit into any pipe.
second_of_two() {
	cat >Makefile <<END
all:
	@echo 300000 | qpool -q seq | qpool -q -n 5000 $* sh -c 'echo \$\$#' sh | awk '{ n += \$\$1 } END { print n }'
END
}

@test "jobserver: the second pool of a pipe spills its input, so that the first one's job can end" {
	second_of_two
	timeout 60 make -s -j1 >out
	[ "$(cat out)" = 300000 ]
}

@test "jobserver: a pool that cannot spill its input runs a job without a slot, with a message" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	second_of_two --spill-max 64K
	timeout 60 make -s -j1 >out 2>err
	[ "$(cat out)" = 300000 ]
	grep -q 'qpool: another pool has the slot of this recipe, .*; running a job without a slot' err
}

@test "jobserver: each token is returned unchanged" {
	local style

	for style in fifo pipe; do
		seq 40 | tokens serve "$style" abcXYZ qpool -q -j8 true
		tokens_are XYZabc
	done
}

@test "jobserver: a pool takes one token for each job, and none without a task" {
	seq 3 | tokens serve fifo abcdef qpool -q -j8 sh -c 'read x <go' &
	until_true fill_is 4
	let_go 3
	wait $!
	tokens_are abcdef
}

@test "jobserver: a pool that waits for input has no token" {
	mkfifo input
	tokens serve fifo abc qpool -q -j8 -a input sh -c 'echo >>ran' &
	exec {in}>input
	seq 4 >&"$in"
	until_true has_lines ran 4
	until_true fill_is 3
	exec {in}>&-
	wait $!
}

@test "jobserver: a pool that defers jobs because of --load, --delay or --memfree has no token" {
	local option

	for option in "--load 0.001" "--memfree 900000G" "--delay 1000"; do
		# shellcheck disable=SC2086
		seq 4 | tokens serve fifo abc timeout 20 qpool $option -j8 sh -c 'echo >>ran' >out 2>err &
		case $option in
		--delay*) until_true has_lines ran 1 ;;
		*) until_true has_lines err 1 ;;
		esac
		until_true fill_is 3
		pkill -TERM -P "$(pgrep -P $! -x timeout)" -x qpool
		wait $! || true
		tokens_are abc
		rm -f ran
	done
}

@test "jobserver: a pool that waits for the reader of its output takes no token for new jobs" {
	local reader

	mkfifo output
	# 40 outputs of 100 kB: the reader is stuck, the spill is small, so new jobs wait.
	seq 40 | tokens serve fifo abc \
		qpool -q -j8 --spill-max 64K sh -c 'head -c 100000 /dev/zero; echo >>ran' >output 2>err &
	reader=$!
	exec {out}<output
	until_true grep -q 'no space left' err
	# A running job that is blocked in its output keeps its token, and returns it at its end. Here all jobs end,
	# except the head.
	cat <&"$out" >all
	wait "$reader"
	tokens_are abc
	[ "$(wc -c <all)" = 4000000 ]
}

@test "jobserver: however a pool ends, all tokens are returned and no worker is left" {
	local sig style rounds=10 round

	[ -z "${QPOOL_LONG:-}" ] || rounds=200
	for ((round = 0; round < rounds; round++)); do
		case $((round % 5)) in 0) sig=KILL ;; 1) sig=TERM ;; 2) sig=HUP ;; 3) sig=QUIT ;; *) sig=INT ;; esac
		style=fifo
		[ $((round / 5 % 2)) = 0 ] || style=pipe
		: >pids
		tokens serve "$style" abcdef env --default-signal \
			qpool -q -j8 --grace 2 sh -c 'echo $$ >>pids; exec sleep 0.0$(($1 % 10))' sh \
			< <(seq 100000) >/dev/null 2>&1 3>&- &
		until_true has_lines pids 1
		sleep "0.0$((RANDOM % 90 + 10))" # a random moment
		pkill -"$sig" -P $! -x qpool
		wait $! || true
		until_true all_gone
		tokens_are abcdef || { echo "round $round, $sig, $style: $(cat tokens)"; return 1; }
	done
}

@test "jobserver: hundreds of tokens are all returned" {
	local style count bytes

	for style in fifo pipe; do
		for count in 40 100 300; do
			bytes=$(printf '%*s' "$count" '' | tr ' ' t)
			seq 2000 | tokens serve "$style" "$bytes" qpool -q -j0 true
			tokens_are "$bytes"
		done
	done
}

# Each byte that qpool moves occupies a buffer of the pipe, and a make that writes to a pipe without a free buffer would
# block without end.
@test "jobserver: a make of many jobs continues after a pool that had all its tokens" {
	local n

	{
		echo 'all:; $(MAKE) -f inner pool && $(MAKE) -f inner rest'
		echo '.PHONY: all'
	} >Makefile
	{
		echo 'pool:; +@seq 200 | qpool -q -j40 sh -c "sleep 0.05"'
		echo 'rest: $(addprefix job,$(shell seq 200))'
		echo 'job%:; @echo $@'
	} >inner
	for n in 24 40; do
		timeout -k 1 30 make -s "-j$n" >out
		[ "$(sort -u out | wc -l)" = 200 ]
	done
}

@test "jobserver: a file that is not the jobserver is neither read nor written" {
	local target

	mkfifo one two
	exec {a}<>one {b}<>two {file}<>plain
	echo keep >plain
	echo x >&"$a"
	for target in "$file,$file" "$a,$b" "$a,$file" "$a,99" "98,99"; do
		rm -rf alive most ran
		counting
		seq 3 | MAKELEVEL=77 MAKEFLAGS=" -j4 --jobserver-auth=$target" qpool -q -j4 --no-template ./count 2>err
		[ "$(most)" = 1 ]
		grep -q "qpool: MAKEFLAGS: jobserver $target not found; running one job at a time; begin the recipe" err
	done
	[ "$(cat plain)" = keep ]
	[ "$(tokens fill one)" = 2 ]
	[ "$(tokens fill two)" = 0 ]
}

@test "jobserver: standard input and output are never taken for it" {
	local auth

	for auth in --jobserver-auth=0,1 --jobserver-fds=0,1 --jobserver-auth=0,3 --jobserver-auth=3,1; do
		rm -rf alive most ran
		counting
		{
			seq 101 110
			until_true has_lines ran 10
			seq 111 115
		} | MAKEFLAGS="-j4 $auth" qpool -q sh -c './count; echo "<$0>"' 2>err 3<>private | cat >out
		seq -f '<%g>' 101 115 | cmp - out
		[ "$(most)" = 1 ]
		grep -q 'qpool: MAKEFLAGS: invalid --jobserver-auth; running one job at a time' err
	done
}

@test "jobserver: without a make above, no data moves between the pipes of a script" {
	local variable

	mkfifo one two
	for variable in MAKEFLAGS CARGO_MAKEFLAGS; do
		rm -rf alive most ran
		counting
		exec {a}<>one {b}<>two
		printf payload >&"$a"
		seq 6 | env "$variable=-j4 --jobserver-auth=$a,$b" qpool -q --no-template ./count 2>err
		[ "$(most)" = 1 ]
		[ "$(tokens fill one) $(tokens fill two)" = "7 0" ]
		grep -q "qpool: MAKEFLAGS: jobserver $a,$b not found; running one job at a time" err
		exec {a}>&- {b}>&-
	done
}

# Like a program that closes all file descriptors before it runs a script: the script then opens its own in their place.
@test "jobserver: below -J a script's own pipes are not taken for it" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "this requires /proc"
	mkfifo one two
	counting
	cat >script <<'END'
fds=${MAKEFLAGS##*--jobserver-auth=}
fds=${fds%% *}
eval "exec ${fds%,*}<>one ${fds#*,}<>two"
eval "printf payload >&${fds%,*}"
seq 6 | qpool -q --no-template ./count
[ "$(tokens fill one) $(tokens fill two)" = "7 0" ]
END
	echo script | qpool -q -J -j3 --jobserver-style=pipe bash 2>err
	[ "$(most)" = 1 ]
	grep -q 'not found; running one job at a time' err
	rm -rf alive most ran
	counting
	echo 6 | qpool -q -J -j3 --jobserver-style=pipe sh -c 'seq $0 | qpool -q --no-template ./count' 2>err
	[ "$(most)" -ge 2 ]
	[ ! -s err ]
}

@test "jobserver: no value of MAKEFLAGS causes a crash or a hang" {
	local flags auth=--jobserver-auth

	for flags in "$auth" "$auth=" "$auth=fifo:" "$auth=fifo:/" "$auth=fifo:/dev/null" "$auth=fifo:/nonexistent" \
		"$auth=fifo:$PWD/plain" "$auth=3" "$auth=3," "$auth=,3" "$auth=3,4,5" "$auth=-1,-1" "$auth=-2,-2" \
		"$auth=0,0" "$auth=0,1" "$auth=1,1" "$auth=2,2" "$auth=99999999999,1" "$auth=2147483647,2147483647" \
		"$auth=x,y" "$auth=3,4\\" "\\" "\\\\" "-j" "-j1" "-j0" "-j-1" "-j99999999999" "-- $auth=9,9" \
		"A=x\\ $auth=9,9" "k $auth=,, -- $auth=3,4" $'\377\376' "$auth=fifo:$(printf 'x%.0s' {1..5000})" \
		"--jobserver-fds=8,9" "n=n"; do
		: >plain
		seq 3 | MAKELEVEL=1 MAKEFLAGS=$flags timeout 20 qpool -q echo >out 2>err
		seq 3 | cmp - out
	done
	make 'A=x --jobserver-auth=9,9' -f - <<<$'all:\n\t@seq 3 | qpool -q echo >out' 2>err
	seq 3 | cmp - out
	[ ! -s err ]
}

@test "jobserver: --jobserver-auth=none ignores the jobserver, and another value names a different one" {
	seq 4 | tokens serve fifo abc qpool -q --jobserver-auth=none -j4 sh -c 'echo >>ran; read x <go' &
	until_true has_lines ran 4
	fill_is 3
	let_go 4
	wait $!
	mkfifo server2
	exec {s}<>server2
	printf ab >&"$s"
	seq 3 | qpool -q -j8 --jobserver-auth="fifo:$PWD/server2" sh -c 'tokens fill server2 >>fills; read x <go' &
	until_true has_lines fills 3
	[ "$(tokens fill server2)" = 0 ]
	let_go 3
	wait $!
	[ "$(tokens fill server2)" = 2 ]
	run -2 qpool --jobserver-auth=-1,-1 true
	[[ $output = *"--jobserver-auth: must be none, R,W with fds above 2, or fifo:PATH, not '-1,-1'"* ]]
	run -2 qpool --jobserver-auth=0,1 true
}

@test "jobserver: workers inherit a jobserver that they can use, otherwise they get -j1" {
	seq 1 | tokens serve fifo abc qpool -q sh -c 'echo "$MAKEFLAGS" >flags'
	grep -q "jobserver-auth=fifo:$PWD/server" flags
	seq 1 | MAKELEVEL=1 MFLAGS=-j3 MAKEFLAGS="k -j3 --jobserver-auth=98,99 -- A=b" \
		qpool -q sh -c 'echo "$MAKEFLAGS:$MFLAGS" >flags'
	[ "$(cat flags)" = "k -j1 -- A=b:" ]
}

@test "jobserver: a record contains the time that its job waited for a token" {
	mkfifo hold
	tokens serve fifo a sh -c 'tokens take server <hold >took & exec 4>hold; until grep -q taken took; do :; done
		seq 2 | qpool -q -j2 -l log sh -c "echo >>ran; read x <go" 4>&- &
		until [ -s ran ]; do sleep 0.01; done; sleep 0.1; exec 4>&-; wait'  &
	until_true has_lines ran 2
	let_go 2
	wait $!
	awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "token_s") c = i }
		NR > 1 && $c > 0.05 { n++ } END { exit n != 1 }' log
}

@test "jobserver: without the server the recipe's own slot is used" {
	mkfifo pipe
	# The server's end is closed: its pipe has no writer but us, and then none.
	seq 5 | tokens serve pipe abc sh -c 'qpool -q -j4 echo >out'
	seq 5 | cmp - out
}

@test "jobserver: a run that is halted while a task waits for a token has the status and records of what ran" {
	printf 'all:\n\t@seq 5 | qpool -q -l log --halt now,fail=1 sh -c "exit 3"; echo $$? >status\n' >Makefile
	make -s -j1
	[ "$(cat status)" = 123 ]
	printf 'all:\n\t+@seq 5 | qpool -q -l log2 sh -c "echo >>ran; read x <go"; echo $$? >status\n' >Makefile
	make -s -j2 &
	until_true has_lines ran 2
	pkill -TERM -P "$(pgrep -P $! -x sh)" -x qpool
	wait $!
	[ "$(cat status)" = 143 ]
	[ "$(wc -l <log2)" = 3 ]
}

@test "jobserver: one recipe gets all tokens of make, with + and without, whatever files are open" {
	local plus

	[ "$QPOOL_SYSTEM" = linux ] || skip "to find the pipe of a make above takes /proc"
	for plus in '' +; do
		rm -rf alive most ran
		counting
		printf 'all:\n\t%s@seq 12 | qpool -q --no-template ./count\n' "$plus" >Makefile
		make -j4 >out 2>err 5</dev/null 6</dev/null 7</dev/null 8</dev/null
		[ ! -s err ]
		[ "$(most)" = 4 ]
	done
}

@test "jobserver: a make below a pool gets tokens of the make above" {
	counting
	printf 'all: 1 2 3 4 5 6\n1 2 3 4 5 6:\n\t@./count\n' >below
	printf 'all:\n\t+@echo below | qpool -q make -s -f\n' >Makefile
	make -j3 >out 2>err
	[ ! -s err ]
	[ "$(most)" = 3 ]
}

@test "jobserver: with all single-digit fds open none of them is changed" {
	echo something >seven
	echo 1 | qpool -q sh -c 'echo "$QPOOL_PROGRESS_FD"; cat <&7' \
		3</dev/null 4</dev/null 5</dev/null 6</dev/null 7<seven 8</dev/null 9</dev/null >out
	[ "$(tail -n 1 out)" = something ]
	[ "$(head -n 1 out)" -ge 10 ]
}

@test "jobserver: another pipe at the fds of the jobserver is neither read nor written" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "without /proc such a pipe looks like a jobserver"
	counting
	mkfifo private
	cat >script <<'END'
exec 3<>private 4<>private
printf PRIVATE >&4
seq 6 | qpool -q -j8 --no-template ./count
head -c 7 <&3 >left
[ "$(tokens fill private)" = 0 ]
END
	printf 'all:\n\t@bash script\n' >Makefile
	make -s -j2
	[ "$(cat left)" = PRIVATE ]
	[ "$(most)" -le 2 ]
}

@test "jobserver: --jobserver-auth=R,W names a pipe of the caller" {
	mkfifo other
	exec {other}<>other
	printf ab >&"$other"
	counting
	cat >below <<'END'
exec 3<>other 4<>other
seq 20 | qpool -q -j8 --jobserver-auth=3,4 --no-template ./count
END
	tokens serve pipe xyzuvw bash below
	tokens_are uvwxyz
	[ "$(most)" = 3 ]
	fill_of other 2
	exec {other}>&-
}

fill_of() {
	[ "$(tokens fill "$1")" = "$2" ]
}

# ticks PID: the CPU time it has used, in 1/100 s.
ticks() {
	awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}

@test "jobserver: a pool that waits for the recipe's slot uses no CPU time, and does not read a file" {
	local from

	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	seq 100000 >big
	for from in '<big' '-a big'; do
		rm -f first second
		printf 'all:\n\t@echo 1 | qpool -q sh -c "echo >first; read x <go" & ' >Makefile
		printf 'until [ -s first ]; do :; done; ' >>Makefile
		printf 'qpool -q -n 5000 --spill-max 16K %s sh -c "echo >>second" & wait\n' "$from" >>Makefile
		make -s -j1 2>err &
		until_true has_lines first 1
		until_true waits_for_slot
		[ "$(ticks "$second")" -lt 20 ]
		[ ! -s err ]
		[ ! -e second ]
		let_go 1
		wait $!
		[ "$(wc -l <second)" -ge 20 ]
	done
}

# The second pool, of this test's group of processes, has tried for the slot for a while: it has slept many times.
waits_for_slot() {
	second=$(pgrep -n -g 0 -x qpool) || return 1
	[ "$(sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$second/status")" -gt 60 ]
}

@test "jobserver: input that has ended is not read again while the pool waits for the slot" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	printf 'all:\n\t@echo 1 | qpool -q sh -c "echo >first; read x <go" & ' >Makefile
	printf 'until [ -s first ]; do :; done; seq 50000 | qpool -q -n 5000 sh -c "echo >>second" & wait\n' >>Makefile
	make -s -j1 &
	until_true has_lines first 1
	until_true waits_for_slot
	[ "$(ticks "$second")" -lt 20 ]
	let_go 1
	wait $!
	[ "$(wc -l <second)" -ge 10 ]
}

@test "jobserver: pools that share a recipe's slot take turns" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	printf 'all:\n\t@seq 300 | qpool -q sh -c "echo >>first; sleep 0.005" & ' >Makefile
	printf 'until [ -s first ]; do :; done; seq 3 | qpool -q sh -c "wc -l <first >>second" & wait\n' >>Makefile
	make -s -j1
	# Its jobs ran when the first one's 300 were far from done.
	[ "$(tail -n 1 second)" -lt 200 ]
}

@test "jobserver: MAKEFLAGS of the workers names the jobserver of --jobserver-auth" {
	seq 1 | MAKEFLAGS='k -j9 --jobserver-auth=98,99' tokens serve fifo abc sh -c '
		unset MAKEFLAGS
		qpool -q --jobserver-auth="fifo:$PWD/server" sh -c "echo \"\$MAKEFLAGS\"" >flags'
	[ "$(tr -d ' ' <flags)" = "-j--jobserver-auth=fifo:$PWD/server" ]
}

@test "jobserver: the recipe's slot is found whatever the names of make and qpool are" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	counting
	cp "$(command -v make)" make-4.3
	cp "$(command -v qpool)" qp
	printf 'all:\n\t@seq 4 | ./qp -q -j4 ./count & seq 4 | ./qp -q -j4 ./count & wait\n' >Makefile
	timeout 60 ./make-4.3 -s -j1
	[ "$(most)" = 1 ]
	printf 'all:\n\t@echo 1 | ./qp -q -j4 sh -c "echo 2 | ./qp -q -j4 ./count"\n' >Makefile
	timeout 60 ./make-4.3 -s -j1
	[ "$(wc -l <ran)" = 9 ]
}

@test "jobserver: the last task runs even if the input ended while it waited" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "what all pools of a recipe can lock takes /proc"
	printf 'all:\n\t@echo 1 | qpool -q sh -c "echo >first; read x <go" & ' >Makefile
	printf 'until [ -s first ]; do :; done; echo 1 | qpool -q sh -c "echo >>second" & wait\n' >>Makefile
	make -s -j1 &
	until_true has_lines first 1
	until_true waits_for_slot
	let_go 1
	wait $!
	has_lines second 1
}

# Times in seconds: from the return of a token to the start of the job that waited for it.
waits() {
	local round

	mkfifo hold
	for ((round = 0; round < 40; round++)); do
		rm -f ran log
		tokens serve fifo a sh -c '
			tokens take server <hold >took & exec 4>hold
			until grep -q taken took; do :; done
			seq 2 | qpool -q -j2 -l log sh -c "echo >>ran; read x <go" 4>&- &
			until [ -s ran ]; do sleep 0.01; done
			exec 4>&-
			wait' &
		until_true has_lines ran 2
		let_go 2
		wait $!
		awk -F'\t' 'NR == FNR { gave = $1; next } FNR > 1 && $15 > 0 { printf "%.6f\n", $6 - gave }' took log
	done
}

@test "jobserver: a token that becomes free while workers run is used within 5 ms" {
	[ -n "${QPOOL_LONG:-}" ] || skip "a time: make check-long measures it"
	waits | sort -n >waited
	echo "# $(wc -l <waited) waits: median $(sed -n 20p waited) s, 36th $(sed -n 36p waited) s" >&3
	echo "# the longest: $(tail -n 1 waited) s" >&3
	# The machine is busy with other things, so one in ten may take longer.
	awk 'NR == 36 { exit $1 >= 0.005 }' waited
}

# once COMMAND ...: prints how many microseconds it takes.
once() {
	local from=$EPOCHREALTIME till

	"$@"
	till=$EPOCHREALTIME
	echo $((${till/./} - ${from/./}))
}

dispatch() {
	seq 2000 | tokens serve "$1" a qpool -q -j2 --no-template "${@:2}" true
}

@test "jobserver: dispatch is at most 5% slower with a jobserver than without" {
	local round

	[ -n "${QPOOL_LONG:-}" ] || skip "a time: make check-long measures it"
	for ((round = 0; round < 41; round++)); do
		echo "$(once dispatch fifo --jobserver-auth=none) $(once dispatch fifo) $(once dispatch pipe)"
	done | awk '{ print $2 / $1 >"fifo"; print $3 / $1 >"pipe" }'
	fifo=$(sort -n fifo | sed -n 21p) pipe=$(sort -n pipe | sed -n 21p)
	echo "# median of 41 pairs: fifo $fifo, pipe $pipe of the time without" >&3
	awk -v fifo="$fifo" -v pipe="$pipe" 'BEGIN { exit fifo > 1.05 || pipe > 1.05 }'
}

@test "jobserver: joining for a single job costs less than half the time of the job" {
	local round

	[ -n "${QPOOL_LONG:-}" ] || skip "a time: make check-long measures it"
	for ((round = 0; round < 41; round++)); do
		without=$(once tokens serve fifo a qpool -q --jobserver-auth=none true <<<x)
		echo "$without $(once tokens serve fifo a qpool -q true <<<x)"
	done | awk '{ print $2 / $1 >"one" }'
	echo "# median of 41 pairs: $(sort -n one | sed -n 21p) of the time without" >&3
	awk -v one="$(sort -n one | sed -n 21p)" 'BEGIN { exit one > 1.5 }'
}
