#!/usr/bin/env bats
# What `qlog failed` prints, read by a shell: it runs the commands and stays as it was (tests/lib/hostile-commands.py).
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	export LC_ALL=C
}

# failed COMMAND ...: what qlog prints for a log of these commands.
failed() {
	printf 'left\tend\tstart_s\twall_s\tcommand\n' >log
	printf '0\tfail\t1\t1\t%s\n' "${@//\\/\\\\}" >>log
	qlog failed log
}

@test "paste: words that run a program stay as they are, with standard input from /dev/null" {
	local command

	for command in 'cc -c a.c' "cp 'a b' c" 'cp a\ b "c d"' "./x --a=b '' 'it'\\''s'" \
		"sh -c 'exit 3'" "echo 'a!b'" "'time' x"; do
		[ "$(failed "$command")" = "$command </dev/null" ] || { echo "$command"; return 1; }
	done
}

@test "paste: everything else is an argument of sh -c" {
	local command

	for command in 'echo $(foo' 'echo `foo' 'echo ${x' 'echo $((1 +' 'A=1 exit 3' '>x exit 3' \
		'${CC:?unset}' 'X=1 cd / && false' \
		'cat; false' 'read x' 'exit 3' 'time x' '%1 x' 'echo a!b' 'echo "a!b"' 'echo a*' \
		'x # y' 'cd /' 'ls/ x' 'echo "$x"'; do
		[ "$(failed "$command")" = "sh -c '$command' </dev/null" ] || { echo "$command"; return 1; }
	done
	[ "$(failed '"ex"it 3')" = "sh -c '\"ex\"it 3' </dev/null" ]
	# Without the blank, sh would take it for an option.
	[ "$(failed '-x $y')" = "sh -c ' -x \$y' </dev/null" ]
}

@test "paste: dash and bash survive hostile commands (300 of them; 3000 with QPOOL_LONG)" {
	local count=300

	command -v python3 >/dev/null || skip "python3 is not installed"
	command -v dash >/dev/null || skip "dash is not installed"
	[ -z "${QPOOL_LONG:-}" ] || count=3000
	python3 "$QPOOL_SRCDIR/tests/lib/hostile-commands.py" "$count" >said || { cat said; return 1; }
	tail -n 1 said | grep -q " commands, 0 failures$"
	tail -n 1 said
}
