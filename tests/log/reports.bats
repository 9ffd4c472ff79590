#!/usr/bin/env bats
# What a run makes of its records at its end, beside its log: --html and --trace.

# shellcheck disable=SC2154 # `run --separate-stderr` sets stderr and stderr_lines

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	end_workers
}

# exits STATUS COMMAND ...: it does, and prints what it prints.
exits() {
	local status=0

	"${@:2}" || status=$?
	[ "$status" -eq "$1" ]
}

# jobs PAGE: how many it has.
jobs() {
	grep -o '"count":[0-9]*' "$1" | head -n 1 | cut -d: -f2
}

# records TRACE: how many it has.
records() {
	grep -c '"ph":"X"' "$1"
}

# only NAME ...: nothing else is in the folder.
only() {
	diff <(printf '%s\n' "$@" | sort) <(find . -mindepth 1 -maxdepth 1 ! -name 'separate-stderr-*' -printf '%f\n' | sort)
}

@test "a page and a trace have a record of each job, the command line for a title, and each its place" {
	seq 20 >in
	exits 123 qpool -q -j3 --html page.html --trace=trace.json sh -c "exit \$((\$1 % 5 == 0))" sh <in
	[ "$(jobs page.html)" = 20 ]
	[ "$(records trace.json)" = 20 ]
	grep -qF '<title>qpool -q -j3 --html page.html --trace=trace.json sh -c ' page.html
	only in page.html trace.json
}

@test "the page is of this run, whatever the log has, and in whatever format" {
	for format in tsv jsonl joblog; do
		printf '%s\n' a b c | qpool -q -l "log.$format" echo >/dev/null
		printf '%s\n' d e | qpool -q -l "log.$format" --html page.html echo >/dev/null
		[ "$(jobs page.html)" = 2 ]
	done
	# A joblog has a task's last try only; the page has all.
	exits 123 qpool -q -l retries.joblog --retries 3 --html page.html false <<<x
	[ "$(wc -l <retries.joblog)" -eq 2 ]
	[ "$(jobs page.html)" = 3 ]
}

@test "a log that is a named pipe is no hindrance" {
	mkfifo pipe
	cat pipe >got &
	printf '%s\n' d e | qpool -q -l pipe --html page.html echo >/dev/null
	wait
	[ "$(jobs page.html)" = 2 ]
	[ "$(wc -l <got)" -eq 3 ]
}

@test "what was done before is no part of it, and a run without a job makes a page of none" {
	printf '%s\n' a b c | qpool -q -l log echo >/dev/null
	printf '%s\n' a b c d | qpool -q -l log --resume --html page.html echo >/dev/null
	[ "$(jobs page.html)" = 1 ]
	qpool -q --html page.html --trace trace.json echo </dev/null
	[ "$(jobs page.html)" = 0 ]
	[ "$(records trace.json)" = 0 ]
}

@test "a run that a signal ends has its page, with what was interrupted" {
	make_go
	printf '%s\n' 'true' ': >there; read -r x <go' | qpool -q -j1 --html page.html --trace trace.json 2>err &
	until_true [ -e there ]
	[ ! -e page.html ]
	kill -TERM $!
	exits 143 wait $!
	[ "$(jobs page.html)" = 2 ]
	[ "$(records trace.json)" = 2 ]
	# enum log_end: ok, interrupted
	grep -qF '"outcome":[0,7]' page.html
}

@test "a run that --halt ends has its page" {
	run -123 qpool -q -j1 --halt now,fail=1 --html page.html < <(printf '%s\n' true false true)
	[ "$(jobs page.html)" = 2 ]
}

@test "a place where nothing can be written is found before anything is run" {
	mkdir folder
	for place in folder none/such ''; do
		for option in html trace; do
			run --separate-stderr qpool -q -l log "--$option=$place" touch <<<ran
			[ "$status" -eq 1 ] || [ "$status$place" = 2 ]
			[ "${#stderr_lines[@]}" -eq 1 ]
			[[ $stderr == qpool:* ]]
		done
	done
	TMPDIR=none run --separate-stderr -1 qpool -q --html page.html touch <<<ran
	[[ $stderr == *'(TMPDIR)'* ]]
	only folder
}

@test "where a file cannot be without a name, none stays when nothing is run" {
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers need /proc"
	unshare -rm true 2>/dev/null || skip "no mount of one's own can be had"
	printf '#!/no/such/shell\n' >none && chmod +x none
	# Without /proc a name is what it has from the start.
	cat >inside <<'END'
mount -t tmpfs none /proc || exit 99
qpool -q --html page.html --trace none/such touch
echo $? >>statuses
qpool -q --html page.html -l none/such touch
echo $? >>statuses
qpool --profile --html page.html ./none
echo $? >>statuses
END
	run unshare -rm sh inside <<<ran
	[ "$(cat statuses)" = "$(printf '1\n1\n127')" ]
	[ "$(ls -A)" = "$(printf 'inside\nnone\nstatuses')" ]
}

@test "a page that cannot be written whole leaves the old one, is told, and makes 1 of no status but 0" {
	local job

	echo before >page.html
	for job in true false; do
		yes "$job" | head -n 3 >in
		exits "$([ "$job" = true ] && echo 1 || echo 123)" bash -c 'ulimit -f 8 && qpool -q --html page.html --trace trace.json <in 2>err'
		[ "$(cat page.html)" = before ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q '^qpool: page.html: could not be made: ' err
		[ "$(records trace.json)" = 3 ]
		only in page.html trace.json err
		rm trace.json err
	done
}

@test "records that find no room are told, and what was there stays" {
	echo before >page.html
	yes "true $(printf '%0900d' 1)" | head -n 200 >in
	# The temporary file is what grows beyond the limit.
	exits 1 bash -c 'ulimit -f 100 && qpool -q --html page.html <in 2>err'
	[[ $(cat err) == 'qpool: page.html: could not be made: '* ]]
	[ "$(cat page.html)" = before ]
	only page.html in err
}

@test "two reports, or the log, are not one file" {
	for words in '--html x --trace x' '-l x --html x' '-l x --trace x'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -2 qpool -q $words touch <<<ran
		[[ $stderr == *'name the same file; give each its own' ]]
	done
	run --separate-stderr -2 qpool --one --html x true
	[ ! -e x ]
	[ ! -e ran ]
}

@test "make -n writes neither" {
	MAKEFLAGS=n qpool -q --html page.html --trace trace.json touch <<<ran >out
	[ "$(cat out)" = 'touch ran' ]
	only out
}
