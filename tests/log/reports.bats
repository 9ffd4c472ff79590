#!/usr/bin/env bats
# The reports that a run writes at its end: --html and --trace.

# shellcheck disable=SC2154 # `run --separate-stderr` sets stderr and stderr_lines

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	end_workers
}

# exits STATUS COMMAND ...: checks the exit status and passes the output on.
exits() {
	local status=0

	"${@:2}" || status=$?
	[ "$status" -eq "$1" ]
}

# jobs PAGE: the number of jobs in it.
jobs() {
	grep -o '"count":[0-9]*' "$1" | head -n 1 | cut -d: -f2
}

# records TRACE: the number of records in it.
records() {
	grep -c '"ph":"X"' "$1"
}

# only NAME ...: the directory has no other files.
only() {
	diff <(printf '%s\n' "$@" | sort) <(find . -mindepth 1 -maxdepth 1 ! -name 'separate-stderr-*' -printf \
		'%f\n' | sort)
}

@test "reports: a page and a trace have every record, and the command line as title" {
	seq 20 >in
	exits 123 qpool -q -j3 --html page.html --trace=trace.json sh -c "exit \$((\$1 % 5 == 0))" sh <in
	[ "$(jobs page.html)" = 20 ]
	[ "$(records trace.json)" = 20 ]
	grep -qF '<title>qpool -q -j3 --html page.html --trace=trace.json sh -c ' page.html
	only in page.html trace.json
}

@test "reports: the page has the jobs of this run only, whatever the log and its format" {
	for format in tsv jsonl joblog; do
		printf '%s\n' a b c | qpool -q -l "log.$format" echo >/dev/null
		printf '%s\n' d e | qpool -q -l "log.$format" --html page.html echo >/dev/null
		[ "$(jobs page.html)" = 2 ]
	done
	# A joblog has only the last attempt of a task; the page has all.
	exits 123 qpool -q -l retries.joblog --retries 3 --html page.html false <<<x
	[ "$(wc -l <retries.joblog)" -eq 2 ]
	[ "$(jobs page.html)" = 3 ]
}

@test "reports: the log may be a named pipe" {
	mkfifo pipe
	cat pipe >got &
	printf '%s\n' d e | qpool -q -l pipe --html page.html echo >/dev/null
	wait
	[ "$(jobs page.html)" = 2 ]
	[ "$(wc -l <got)" -eq 3 ]
}

@test "reports: resumed tasks are left out, and a run without jobs makes an empty page" {
	printf '%s\n' a b c | qpool -q -l log echo >/dev/null
	printf '%s\n' a b c d | qpool -q -l log --resume --html page.html echo >/dev/null
	[ "$(jobs page.html)" = 1 ]
	qpool -q --html page.html --trace trace.json echo </dev/null
	[ "$(jobs page.html)" = 0 ]
	[ "$(records trace.json)" = 0 ]
}

@test "reports: a run ended by a signal has its page, with the interrupted jobs" {
	make_go
	printf '%s\n' 'true' ': >there; read -r x <go' | qpool -q -j1 --html page.html --trace trace.json 2>err &
	until_true [ -e there ]
	[ ! -e page.html ]
	kill -TERM $!
	exits 143 wait $!
	[ "$(jobs page.html)" = 2 ]
	[ "$(records trace.json)" = 2 ]
	# enum outcome: ok, interrupted
	grep -qF '"outcome":[0,7]' page.html
}

@test "reports: a run ended by --halt has its page" {
	run -123 qpool -q -j1 --halt now,fail=1 --html page.html < <(printf '%s\n' true false true)
	[ "$(jobs page.html)" = 2 ]
}

@test "reports: a path that cannot be written is an error before any job runs" {
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
	[[ $stderr == *'TMPDIR: cannot create'* ]]
	only folder
}

@test "reports: without unnamed files, no temporary file stays when nothing runs" {
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers need /proc"
	unshare -rm true 2>/dev/null || skip "no mount of one's own can be had"
	printf '#!/no/such/shell\n' >none && chmod +x none
	# Without /proc a file has a name from the start.
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

@test "reports: a page that cannot be completed leaves the old one, is reported and turns status 0 into 1" {
	local job

	echo before >page.html
	for job in true false; do
		yes "$job" | head -n 3 >in
		exits "$([ "$job" = true ] && echo 1 || echo 123)" bash -c \
			'ulimit -f 8 && qpool -q --html page.html --trace trace.json <in 2>err'
		[ "$(cat page.html)" = before ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q '^qpool: page.html: cannot write: ' err
		[ "$(records trace.json)" = 3 ]
		only in page.html trace.json err
		rm trace.json err
	done
}

@test "reports: a full disk is reported, and the old page stays" {
	echo before >page.html
	yes "true $(printf '%0900d' 1)" | head -n 200 >in
	# The temporary file grows beyond the limit.
	exits 1 bash -c 'ulimit -f 100 && qpool -q --html page.html <in 2>err'
	[[ $(cat err) == 'qpool: page.html: cannot write: '* ]]
	[ "$(cat page.html)" = before ]
	only page.html in err
}

@test "reports: two reports, or a report and the log, cannot share a file" {
	for words in '--html x --trace x' '-l x --html x' '-l x --trace x'; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -2 qpool -q $words touch <<<ran
		[[ $stderr == *'must name different files' ]]
	done
	run --separate-stderr -2 qpool --one --html x true
	[ ! -e x ]
	[ ! -e ran ]
}

@test "reports: make -n writes none" {
	MAKEFLAGS=n qpool -q --html page.html --trace trace.json touch <<<ran >out
	[ "$(cat out)" = 'touch ran' ]
	only out
}
