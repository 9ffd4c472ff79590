# Small suites of bats tests, and the reports of a bats that runs them below another bats. Load with: load
# ../lib/bats-suite
#
# SUITE is the directory of the suite, SHIM the directory of plugin/bats's parallel, and BATS_UNDER_TEST the bats to run
# (default: the one in PATH).
# shellcheck shell=bash disable=SC2016

# leave_bats: removes the directory that the running bats has put into PATH. It contains an internal program named bats.
leave_bats() {
	PATH=${PATH//"$BATS_LIBEXEC:"/}
}

# make_suite: writes the suite. Tests begin with %test here, because bats must not find them in this file.
make_suite() {
	cd "$SUITE" || return 1
	sed 's/^%test/@test/' >plain.bats <<'END'
bats_require_minimum_version 1.5.0
%test "passes" { true; }
%test "fails, 'quoted' \"name\" \$x {} {#}" { echo "text on stdout"; echo "text on stderr" >&2; false; }
%test "is skipped" { skip "not now"; }
%test "runs a command" { run -3 sh -c 'echo out; exit 3'; [ "$output" = out ]; }
%test "gets a warning from bats" { run no-such-command; }
%test "does not find the parallel that runs it" { [[ $(command -v parallel) != *libexec* ]]; }
%test "has no variable of qpool in its environment" { ! env | grep '^QPOOL_\(SEQ\|SLOT\|PID\|PROGRESS_FD\)='; }
END
	sed 's/^%test/@test/' >setup.bats <<'END'
bats_require_minimum_version 1.5.0
setup_file() { run -0 true; echo "text in setup_file"; false; }
%test "never run" { true; }
%test "never run either" { true; }
END
	sed 's/^%test/@test/' >teardown.bats <<'END'
bats_require_minimum_version 1.5.0
setup_file() { run -0 true; }
teardown() { echo "text in teardown"; false; }
teardown_file() { echo "text in teardown_file"; false; }
%test "its teardown fails" { true; }
END
	sed 's/^%test/@test/' >killed.bats <<'END'
%test "before" { true; }
%test "is killed" { kill -KILL $$; }
%test "after" { true; }
END
	sed 's/^%test/@test/' >"a name 'with' \"quotes\" {} {.} \$(x).bats" <<'END'
%test "its file is found" { [ -f "$BATS_TEST_FILENAME" ]; [ -d "$BATS_FILE_TMPDIR" ]; }
END
	for ((i = 1; i <= 40; i++)); do
		printf '@test "one of many, %d" { head -c 5000 /dev/zero | tr "\\0" x | fold -w 70; [ %d -ne 0 ]; }\n' \
			"$i" $((i % 10))
	done >many.bats
}

# report NAME COMMAND ...: runs a separate bats, without the variables that the outer bats sets. Writes its report to
# the file NAME and its status to NAME.status.
report() {
	local name=$1 outer status=0
	shift

	outer=$(compgen -e | sed -n 's/^\(BATS_.*\)/-u \1/p')
	# shellcheck disable=SC2086 # words
	(cd "$SUITE" && timeout 120 env $outer "$@") >"$name" 2>&1 3>&- || status=$?
	echo "$status" >"$name.status"
	# Times, and the pid in bash's message about a killed process, differ from run to run.
	sed -i 's/\(line [0-9]*\): *[0-9]* Killed/\1: Killed/; s/ in [0-9]*ms\( # skip.*\)*$/ in Nms\1/
		s/\(time\|timestamp\)="[^"]*"/\1=""/g' "$name"
}

# same_reports OPTION ...: fails unless the reports with one job and through the shim are the same.
same_reports() {
	report one "${BATS_UNDER_TEST:-bats}" "$@"
	report shim env PATH="$SHIM:$PATH" "${BATS_UNDER_TEST:-bats}" --jobs 2 "$@"
	diff one shim && diff one.status shim.status
}
