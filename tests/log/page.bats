#!/usr/bin/env bats
# The page that qlog html writes: its contents for any commands, and what a reader sees and does in a headless Chromium.

# shellcheck disable=SC2154 # `run --separate-stderr` sets stderr

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# log JOBS: a jsonl log of this number of jobs in three slots with gaps between them; every second one has the word
# "word".
log() {
	awk -v jobs="$1" 'BEGIN {
		split("ok ok ok fail ok signal ok timeout", ends, " ")
		for (i = 0; i < jobs; i++) {
			end = ends[i % 8 + 1]; slot = i % 3 + 1
			start = 1700000000 + int(i / 3) * 2 + slot / 10
			wall = i == 1 ? 0.5 : 1 + i % 7 / 10 + i / 100000
			printf "{\"seq\":%d,\"try\":1,\"left\":0,\"slot\":%d,\"pid\":%d,", i + 1, slot, 100 + i
			printf "\"start_s\":%.6f,\"wall_s\":%.6f,\"user_s\":0.1,\"sys_s\":0.02,", start, wall
			printf "\"maxrss_kib\":2000,\"end\":\"%s\",\"status\":%d,", end, end == "fail" ? 3 : 0
			printf "\"signal\":%d,\"queued_s\":0.5,\"token_s\":0.000000,", end == "signal" ? 9 : 0
			printf "\"out_bytes\":0,\"err_bytes\":0,\"command\":\"%s %d\"}\n", \
				i % 2 ? "word" : "other", i + 1
		}
	}'
}

# drive SCENARIO [PAGE LOG]: runs a scenario of page-drive.py.
drive() {
	local python status=0

	for python in python3 /usr/bin/python3; do
		"$python" -c 'import selenium' 2>/dev/null && break
	done
	# The browser writes to HOME.
	HOME=$BATS_TEST_TMPDIR timeout 240 "$python" "$QPOOL_SRCDIR/tests/lib/page-drive.py" "${2:-page.html}" "$1" \
		"${3:-log.jsonl}" >said || status=$?
	[ "$status" -ne 77 ] || skip "$(cat said)"
	cat said
	return "$status"
}

# page JOBS: a page of such a log.
page() {
	log "$1" >log.jsonl
	qlog html -o page.html log.jsonl
}

# sound PAGE [COMMAND ...]: the page is well-formed, loads nothing, and its records have exactly these commands.
sound() {
	python3 - "$@" <<'END'
import html.parser, json, os, sys

void = {'meta', 'link', 'input', 'br'}
page = open(sys.argv[1], 'rb').read().decode('utf-8')  # strictly
assert '\0' not in page and page.startswith('<!DOCTYPE html>\n')


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.scripts, self.ids, self.policy = [], {}, [], [], ''

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name in ('src', 'href', 'action', 'srcset', 'data'):
            assert attrs.get(name, 'data:').startswith('data:'), (tag, attrs)
        if attrs.get('http-equiv') == 'Content-Security-Policy':
            self.policy = attrs['content']
        if 'id' in attrs:
            self.ids.append(attrs['id'])
        if tag == 'script':
            self.scripts.append('')
        if tag not in void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], '') + data
            if self.open[-1] == 'script':
                self.scripts[-1] += data


reader = Reader()
reader.feed(page)
reader.close()
assert not reader.open, reader.open
assert len(reader.ids) == len(set(reader.ids)), 'an id twice'
assert reader.policy.startswith("default-src 'none';") and 'http' not in reader.policy, reader.policy
assert len(reader.scripts) == 2, len(reader.scripts)
for part in (reader.text['style'], reader.scripts[1]):
    for word in ('http:', 'https:', '//www', '@import', 'fetch(', 'XMLHttpRequest', 'WebSocket', 'sendBeacon',
                 'import('):
        assert word not in part, word
data = json.loads(reader.scripts[0])
assert data['count'] == len(data['command'])
for name, column in data.items():
    assert not isinstance(column, list) or len(column) == data['count'], name
expected = [os.fsencode(c).decode('utf-8', 'replace') for c in sys.argv[2:]]
assert not expected or data['command'] == expected, (data['command'], expected)
END
}

@test "page: well-formed, and complete in one file" {
	page 24
	sound page.html
	[ "$(grep -c 'http' page.html)" -le 1 ] # http-equiv
}

# The last one is not UTF-8, and is shown as qpool shows it elsewhere.
hostile() {
	# shellcheck disable=SC1003 # a quote and a backslash
	commands=('echo </script><script>window.broken=1</script>' '<!-- <script>'
		'<![CDATA[ ]]> &lt; &amp; " '\'' \ \\'
		$'a\u2028b\u2029c' $'tab\tand\nnewline' $'\u202eturned\u200b' 
		'{{data}}{{script}}' $'\e[31mred\a' $'caf\u00e9 \U1f600' '' $'bad \xff\xc0\xaf')
}

@test "page: no command can break out of its string" {
	local commands

	hostile
	printf '%s\0' "${commands[@]::10}" | python3 -c '
import json, sys
for n, c in enumerate(sys.stdin.buffer.read().decode().split("\0")[:-1]):
    record = {"left": 0, "seq": n + 1, "slot": 1, "start_s": n, "wall_s": 0.5, "end": "ok", "command": c}
    print(json.dumps(record, ensure_ascii=n % 2 == 0))' >log.jsonl
	printf '{"left":0,"seq":11,"slot":1,"start_s":10,"wall_s":0.5,%s}\n' \
		'"end":"ok","command":"?","command_hex":"62616420ffc0af"' >>log.jsonl
	qlog html -o page.html log.jsonl
	sound page.html "${commands[@]::10}" 'bad \xff\xc0\xaf'
	SHOWN=$(python3 -c '
import json
print(json.dumps(["echo </script><script>window.broken=1</script>", "<!-- <script>",
    "<![CDATA[ ]]> &lt; &amp; \" '\'' \\ \\\\",
    "a\\u2028b\\u2029c", "tab\\tand\nnewline",
    "\\u202eturned\\u200b", "{{data}}{{script}}", "\\x1b[31mred\\x07", "café \U0001f600", "", "bad \\xff\\xc0\\xaf"]))')
	export SHOWN
	drive hostile
}

@test "page: a title is shown as text, whatever its characters" {
	log 3 >log.jsonl
	qlog html -o page.html --title $'</title><script>alert(1)<script>&amp; \xff' log.jsonl
	sound page.html
	grep -qF '<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;script&gt;&amp;amp; \xff</title>' page.html
}

@test "page: an empty log makes a page that says so; unknown values are left out" {
	printf 'seq\ttry\tleft\tend\tcommand\n' >log.tsv
	qlog html -o page.html log.tsv
	sound page.html
	: >log.jsonl
	drive empty
	printf 'left\tend\tcommand\n0\tok\tone\n0\tfail\ttwo\n' >log.tsv
	qlog html log.tsv >page.html
	sound page.html one two
	printf '{}\n{}\n' >log.jsonl
	drive untimed
	grep -c -E '^"(wall|user|rss|seq|pid)":' page.html | grep -qx 0
}

@test "page: the page of a log equals the page of its run" {
	printf '%s\n' true false 'echo x >&2' | qpool -q -j2 -l log.jsonl --html run.html 2>/dev/null || [ $? -eq 123 ]
	qlog html -o log.html log.jsonl
	diff <(sed -n '/id="data"/,/<script type="module">/p' run.html) \
		<(sed -n '/id="data"/,/<script type="module">/p' log.html)
}

@test "page: bad input and bad output are one-line errors, and the old file stays" {
	local words status

	log 3 >log.jsonl
	head -c 1000 /dev/urandom >binary
	: >empty
	echo before >page.html
	while read -r status words; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "-$status" qlog html $words
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == qlog:* ]]
		[ -z "$output" ]
		[ "$(cat page.html)" = before ]
	done <<-'END'
		2 -o page.html binary
		2 -o page.html empty
		1 -o page.html none
		2 -o page.html
		1 -o none/page.html log.jsonl
		1 -o . log.jsonl
		1 -o /dev/full log.jsonl
	END
	# A page on a terminal is useless.
	run -2 script -qec 'qlog html log.jsonl' /dev/null </dev/null
	[ "${#lines[@]}" -eq 1 ]
}

@test "chart: every record has a bar, by the page's count, the pointer and the picture's colours" {
	page 24
	drive bars
	# The second is in the slot of the first and ends before it, as far as two clocks show.
	printf '{"left":0,"slot":1,"start_s":%s,"wall_s":%s,"end":"ok","command":"%s"}\n' 100 100 long 199.5 0.3 \
		short >log.jsonl
	qlog html -o page.html log.jsonl
	drive bars
}

@test "chart: the pointer shows the record at its times, and a click keeps it" {
	page 24
	drive hover
}

@test "chart: the keyboard selects jobs, zooms and moves" {
	page 24
	drive keyboard
}

@test "accessibility: every control has a name" {
	page 24
	drive names
}

@test "filters: the chart and the table show the same jobs" {
	page 24
	drive filters
}

@test "table: sorted by any column, with elements only for visible rows" {
	page 300
	drive sorting
}

@test "chart: with wheel, buttons and dragging, the time below the pointer stays there" {
	page 24
	drive zooming
}

@test "chart: a parent job is faint and above the jobs of its make" {
	# record PID PARENT START WALL COMMAND
	record() {
		printf '{"left":0,"pid":%d,"parent":%d,"start_s":%s,"wall_s":%s,"end":"ok","command":"%s"}\n' "$@"
	}
	{
		record 10 1 100 10 'make -C sub'
		record 20 10 100.5 3 'cc a.c'
		record 21 10 101 3 'cc b.c'
		record 22 10 104.5 5 'cc c.c'
	} >log.jsonl
	qlog html -o page.html log.jsonl
	drive nested
}

@test "page: light, dark, narrow and printed" {
	page 24
	drive looks
}

# Hours of ticks a microsecond apart would keep the browser busy until it gives up.
@test "chart: a frame without free space is drawn too" {
	printf '{"seq":1,"try":1,"left":0,"slot":1,"start_s":1700000000.0,"wall_s":72000,%s}\n' \
		'"end":"ok","status":0,"signal":0,"command":"long"' >log.jsonl
	qlog html -o page.html log.jsonl
	drive shut
}

@test "chart: jobs without a start share one row" {
	printf 'left\tend\twall_s\tcommand\n0\tok\t1.5\tone\n0\tfail\t2\ttwo\n' >log.tsv
	qlog html -o page.html log.tsv
	printf '{}\n{}\n' >log.jsonl
	drive unstarted
}

# A search from the end for what these have in common would take longer than `drive` waits.
@test "table: commands of any length may have a common beginning" {
	printf 'left\tend\tcommand\n' >log.tsv
	for last in a b; do
		printf '0\tok\t%s%s\n' "$(head -c 600000 /dev/zero | tr '\0' x)" \
			"$(head -c 600000 /dev/zero | tr '\0' "$last")" >>log.tsv
	done
	qlog html -o page.html log.tsv
	printf '{}\n{}\n' >log.jsonl
	drive unstarted
}

# Shows that these tests can fail.
@test "page: the tests find a page that loads something, logs something or lacks a bar" {
	page 24
	drive bars
	sed 's|</body>|<script>new Image().src = "http://192.0.2.1/x";</script></body>|; s|img-src data:|img-src *|' \
		page.html >asks.html
	run -1 drive bars asks.html
	[[ $output == *'it asks for http://192.0.2.1/x'* ]]
	sed 's|</body>|<script>new Image().src = "http://192.0.2.1/x";</script></body>|' page.html >forbidden.html
	run -1 drive bars forbidden.html
	[[ $output == *'the console says: '*'Content Security Policy'* ]]
	cover='chart.fillStyle = colours.back; chart.fillRect(x0 - 2, y, x1 - x0 + 4, height);'
	sed "s|drawn.jobs += next - k;|&\\n if (i === 3) { $cover }|" page.html >lacks.html
	run -1 drive bars lacks.html
	[[ $output == *'there are 23 bars in the picture, of 24'* ]]
}

@test "cost: a redraw of 20,000 jobs, compared with bare rectangles" {
	[ -n "${QPOOL_LONG:-}" ] || skip "needs QPOOL_LONG=1"
	page 20000
	drive many
	sed 's/^/# /' said >&3
}

@test "cost: a page of a million jobs" {
	[ -n "${QPOOL_LONG:-}" ] || skip "needs QPOOL_LONG=1"
	page 1000000
	[ "$(grep -o '"count":[0-9]*' page.html)" = '"count":1000000' ]
	: >none.jsonl
	drive many page.html none.jsonl
	sed 's/^/# /' said >&3
}
