#!/usr/bin/env bats
# qlog trace: valid by the rules of its format, complete, and readable as the log from which it was made.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	command -v python3 >/dev/null || skip "python3 is not installed"
}

# check TRACE RECORDS [LOG]: checks a trace; the numbers of its events are in `counted`.
check() {
	python3 "$QPOOL_SRCDIR/tests/lib/trace-check.py" "$@" >counted || return 1
}

# Records whose sums show each field: seconds, MiB, an outcome, tokens.
make_log() {
	printf '{"seq":1,"try":1,"left":1,"slot":2,"pid":11,"start_s":1700000000.500000,"wall_s":1.250000,'
	printf '"user_s":1.000000,"sys_s":0.125000,"maxrss_kib":2048,"end":"fail","status":3,"signal":0,'
	printf '"queued_s":0.250000,"token_s":0.125000,"out_bytes":7,"err_bytes":8,"command":"false x"}\n'
	printf '{"seq":2,"try":1,"left":0,"slot":1,"pid":12,"start_s":1700000000.500001,"wall_s":0.999999,'
	printf '"user_s":0.000000,"sys_s":0.000000,"maxrss_kib":1,"end":"signal","status":0,"signal":9,'
	printf '"queued_s":0.000000,"token_s":0.000000,"out_bytes":0,"err_bytes":0,"command":"kill"}\n'
	printf '{"seq":1,"try":2,"left":0,"slot":2,"pid":13,"start_s":1700000001.750000,"wall_s":0.000000,'
	printf '"user_s":0.000000,"sys_s":0.000000,"maxrss_kib":1,"end":"ok","status":0,"signal":0,'
	printf '"queued_s":2.000000,"token_s":1.500000,"out_bytes":0,"err_bytes":0,"command":"false x"}\n'
}

@test "trace: every record of a run is on the thread of its slot" {
	for i in $(seq 30); do echo "sleep 0.00$((i % 7)); exit $((i % 5 == 0))"; done >in
	run -123 qpool -q -j4 -l log.jsonl <in
	qlog trace log.jsonl >trace.json
	check trace.json 30 log.jsonl
	grep -qx 'X 30' counted
	[ "$(awk '/concurrency/ { print ($3 >= 1 && $3 <= 4) }' counted)" = 1 ]
	[ "$(grep -c '"name":"slot [1-4]"' trace.json)" = "$(grep -c thread_name trace.json)" ]
	[ "$(grep -c '"cname":"terrible"' trace.json)" = 6 ]
}

@test "trace: counters show how many jobs run and how many wait for a token" {
	make_log >log.jsonl
	qlog trace log.jsonl >trace.json
	check trace.json 3 log.jsonl
	printf 'C 8\nM 6\nX 3\nconcurrency jobs 2\ntokens waiting 2\n' | diff - counted
	# Waiting for a token came first, so that is time 0; the trace has its date.
	grep -q '"epoch_s":1700000000.250000' trace.json
	sed -n 's/.*"ph":"C","ts":\([0-9]*\),.*"args":{\(.*\)}},*$/\1 \2/p' trace.json >counters
	printf '%s\n' '250000 "jobs":1' '250001 "jobs":2' '1250000 "jobs":1' '1500000 "jobs":0' '0 "waiting":1' \
		'125000 "waiting":2' '250000 "waiting":1' '1500000 "waiting":0' >wanted
	diff wanted counters
}

@test "trace: JSON for commands of any bytes, which are read back exactly" {
	printf '{"left":0,"end":"ok","start_s":3,"wall_s":1,"command":""}\n' >log.jsonl
	python3 - >in <<'END'
import sys
for i in range(1, 256):
    sys.stdout.buffer.write(bytes([i, i, 0]))
for text in ['\u2028</script><!--', '"args":{', ',"args":{"left":0}}', '\\', '"', '\U0010ffff', '\ufffd', 
             'é' * 49 + 'x' + 'é' * 9, 'x' * 100, 'x' * 101, '\x85\x9b31m']:
    sys.stdout.buffer.write(text.encode() + b'\0')
for i in range(8):
    sys.stdout.buffer.write(b'x' * (86 + i) + '\U0001f600é\U0001f600é'.encode() + b'\0')
sys.stdout.buffer.write(b'\xed\xa0\x80\0\xc0\x80\0\xf4\x90\x80\x80\0' + b'x' * 99 + b'\xc3\0' + b'x' * 98 +
                        '\U0001f600'.encode() + b'\0')
END
	qpool -q -0 -j3 -l real.jsonl true <in
	cat real.jsonl >>log.jsonl
	sed -i 's/"wall_s":1,/"wall_s":1.000000,/
		s/"start_s":3,/"start_s":3.000000,"status":0,"signal":0,"slot":4,/' log.jsonl
	qlog trace log.jsonl >trace.json
	check trace.json "$(wc -l <log.jsonl)" log.jsonl
	qlog trace --title log.jsonl trace.json >again
	cmp trace.json again
}

@test "trace: read as a log, it gives the same summary and the same trace" {
	for i in $(seq 20); do echo "sleep 0.00$((i % 7)); kill -$((i % 3 * 9)) \$\$"; done >in
	for format in tsv jsonl joblog; do
		run -125 qpool -q -j3 --retries 1 -l "log.$format" <in
		qlog trace --title x "log.$format" >trace.json
		check trace.json "$(($(grep -c . "log.$format") - $(head -n 1 "log.$format" | grep -cv '^{')))"
		qlog summary "log.$format" >of-log
		qlog summary trace.json >of-trace.json
		diff of-log of-trace.json
		qlog trace --title x trace.json >again
		cmp trace.json again
	done
}

@test "trace: made from logs of other programs too" {
	printf 'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n' >joblog
	printf '%d\t:\t%s\t     %s\t0\t3\t%d\t%d\tcc %s\n' 1 1700000000.001 2.500 0 0 a \
		2 1700000000.002 1.000 -1 15 b 3 1700000001.002 1.000 2 0 c >>joblog
	qlog trace joblog >trace.json
	check trace.json 3
	# Two at a time make two threads, though the log has no slots.
	[ "$(grep -c thread_name trace.json)" = 2 ]
	printf '# ninja log v5\n0\t500\t0\ta.o\t1\n0\t400\t0\tb.o\t2\n400\t600\t0\tprogram\t3\n' >.ninja_log
	qlog trace .ninja_log >trace.json
	check trace.json 3
	grep -q '"name":"program"' trace.json
}

@test "trace: parent jobs have threads of their own, and jobs that never ran share one" {
	printf '%s\n' '{"left":0,"end":"ok","pid":5,"start_s":1,"wall_s":9,"target":"all","command":"make"}' \
		'{"left":0,"end":"ok","pid":6,"parent":5,"start_s":2,"wall_s":7,"target":"sub","command":"make"}' \
		'{"left":0,"end":"ok","pid":7,"parent":6,"start_s":3,"wall_s":1,"target":"a.o","command":"cc"}' \
		'{"left":0,"end":"ok","pid":8,"parent":6,"start_s":3.5,"wall_s":1,"target":"b.o","command":"cc"}' \
		'{"left":0,"end":"invalid","start_s":3.5,"wall_s":0,"command":"x"}' >log
	qlog trace log >trace.json
	check trace.json 5
	[ "$(sed -n 's/.*thread_name.*"args":{"name":"\(.*\)"}},/\1/p' trace.json)" = \
		"$(printf 'slot 1\nslot 2\nparent job 1\nparent job 2\nnever ran')" ]
	grep -qx 'concurrency jobs 2' counted
	qlog trace --title log trace.json | cmp trace.json -
}

# As after two pools appended to one log, or a clock was set.
@test "trace: jobs that overlap in their slots are moved apart" {
	awk 'BEGIN {
		srand(4)
		print "left\tend\tslot\tstart_s\twall_s\tcommand"
		for (i = 0; i < 3000; i++)
			printf "0\tok\t%d\t%.6f\t%.6f\tc%d\n", rand() * 4, 1700000000 + int(i / 8) + rand() / 100, \
				rand() < .9 ? 1 - rand() / 90 : rand() * 3, i
	}' >log
	qlog trace log >trace.json
	check trace.json 3000
	qlog trace --title log trace.json >again
	cmp trace.json again
}

@test "trace: an empty run has a trace that can be read" {
	head -c 0 /dev/null | qpool -q -l log.tsv true
	qlog trace log.tsv >trace.json
	check trace.json 0
	qlog trace --title log.tsv trace.json >again
	cmp trace.json again
}

@test "trace: cut, edited and foreign traces are handled" {
	make_log >log.jsonl
	qlog trace -o trace.json log.jsonl
	head -c "$(($(grep -b '"seq":2' trace.json | cut -d: -f1) + 40))" trace.json >cut.json
	run -0 --separate-stderr qlog trace cut.json
	[ "$stderr" = 'qlog: cut.json:8: not a record; line skipped' ]
	[ "$(grep -c '"ph":"X"' <<<"$output")" = 1 ]
	grep -v '^]' trace.json >open
	run -0 --separate-stderr qlog trace --title log.jsonl open
	[ -z "$stderr" ]
	diff trace.json - <<<"$output"
	sed 's/"qpool_records":1,/"qpool_records":2,/' trace.json >later
	run -2 qlog trace later
	[[ $output == 'qlog: later:1: unsupported version of this log format'* ]]
	sed 's/"qpool_records":1,//' trace.json >foreign
	run -2 qlog trace foreign
	[[ $output == 'qlog: foreign:1: not a log '* ]]
}

@test "trace: -o replaces the file only when complete" {
	make_log >log.jsonl
	qlog trace log.jsonl >wanted
	echo before >trace.json
	ln -s trace.json link
	qlog trace -o link log.jsonl
	cmp wanted trace.json
	[ -L link ]
	qlog trace -o - log.jsonl | cmp wanted -
	qlog trace -o /dev/stdout log.jsonl | cmp wanted -
	run -1 qlog trace -o none/trace.json log.jsonl
	[ "$output" = 'qlog: none/trace.json: No such file or directory' ]
	run -1 qlog trace -o /dev/full log.jsonl
	[ "$output" = 'qlog: /dev/full: No space left on device' ]
	run -1 bash -c 'qlog trace log.jsonl >/dev/full'
	[ "$output" = 'qlog: stdout: No space left on device' ]
	for i in $(seq 1000); do cat log.jsonl; done >long.jsonl
	run -1 bash -c 'trap "" XFSZ; ulimit -f 100; qlog trace -o trace.json long.jsonl'
	[ "$output" = 'qlog: trace.json: File too large' ]
	cmp wanted trace.json
	[ "$(ls -A)" = "$(printf 'link\nlog.jsonl\nlong.jsonl\ntrace.json\nwanted')" ]
}

@test "trace: not written to a terminal" {
	command -v script >/dev/null || skip "script is not installed"
	make_log >log.jsonl
	run -2 script -qec 'qlog trace log.jsonl' /dev/null
	[[ $output == 'qlog: '*' -o FILE'* ]]
}
