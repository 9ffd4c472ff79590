# Small suites of bats tests, and the reports of a bats that runs them below another. Loaded with: load ../lib/bats-suite
#
# SUITE is the folder of the suite, SHIM that of the parallel of plugin/bats, BATS_UNDER_TEST the bats if not that of PATH.
# shellcheck shell=bash disable=SC2016

# The folder of the bats that runs this, which it put into PATH, holds another bats, that is no command for users.
leave_bats() {
	PATH=${PATH//"$BATS_LIBEXEC:"/}
}

# "test": the word that begins a test, which bats must not find in this file.
make_suite() {
	cd "$SUITE" || return 1
	sed 's/^%test/@test/' >plain.bats <<'END'
bats_require_minimum_version 1.5.0
%test "passes" { true; }
%test "fails, 'quoted' \"name\" \$x {} {#}" { echo "said on stdout"; echo "said on stderr" >&2; false; }
%test "is skipped" { skip "not now"; }
%test "runs a command" { run -3 sh -c 'echo out; exit 3'; [ "$output" = out ]; }
%test "gets a warning of bats" { run no-such-command; }
%test "does not find the parallel that runs it" { [[ $(command -v parallel) != *libexec* ]]; }
%test "has nothing of qpool in its environment" { ! env | grep '^QPOOL_\(SEQ\|SLOT\|PID\|PROGRESS_FD\)='; }
END
	sed 's/^%test/@test/' >setup.bats <<'END'
bats_require_minimum_version 1.5.0
setup_file() { run -0 true; echo "said in setup_file"; false; }
%test "never run" { true; }
%test "never run either" { true; }
END
	sed 's/^%test/@test/' >teardown.bats <<'END'
bats_require_minimum_version 1.5.0
setup_file() { run -0 true; }
teardown() { echo "said in teardown"; false; }
teardown_file() { echo "said in teardown_file"; false; }
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
		printf '@test "one of many, %d" { head -c 5000 /dev/zero | tr "\\0" x | fold -w 70; [ %d -ne 0 ]; }\n' "$i" $((i % 10))
	done >many.bats
}

# A bats of its own, without what this one has told its tests. Its report is in the file NAME, its status in NAME.status.
report() {
	local name=$1 told status=0
	shift

	told=$(compgen -e | sed -n 's/^\(BATS_.*\)/-u \1/p')
	# shellcheck disable=SC2086 # words
	(cd "$SUITE" && timeout 120 env $told "$@") >"$name" 2>&1 3>&- || status=$?
	echo "$status" >"$name.status"
	# What differs from run to run: times, and the pid in bash's line of a killed process.
	sed -i 's/\(line [0-9]*\): *[0-9]* Killed/\1: Killed/; s/ in [0-9]*ms\( # skip.*\)*$/ in Nms\1/; s/\(time\|timestamp\)="[^"]*"/\1=""/g' "$name"
}

# same_reports OPTION ...: with one job and through the shim.
same_reports() {
	report one "${BATS_UNDER_TEST:-bats}" "$@"
	report shim env PATH="$SHIM:$PATH" "${BATS_UNDER_TEST:-bats}" --jobs 2 "$@"
	diff one shim && diff one.status shim.status
}
