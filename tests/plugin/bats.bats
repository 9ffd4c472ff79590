#!/usr/bin/env bats
# bats --jobs through qpool's parallel (plugin/bats): the report is the same as that of bats with one job.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/bats-suite

setup_file() {
	export SUITE=$BATS_FILE_TMPDIR/suite
	mkdir "$SUITE"
	make_suite
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	leave_bats
	SHIM=$QPOOL_LIBEXECDIR/qpool/bats
	export HERE=$PWD
	make_go
	mkdir alive first
}

teardown() {
	end_workers
}

@test "bats: the report is that of one job, and of GNU parallel except where standard error appears" {
	same_reports --tap --timing .
	grep -q "^not ok 3[0-9]* " one && grep -q '^# xxxx' one && grep -q 'Killed' one && grep -q '# skip' one
	[ "$(cat one.status)" = 1 ]
	parallel --version 2>&1 | grep -q '^GNU parallel' || skip "no GNU parallel to compare with"
	report gnu bats --jobs 2 --tap --timing .
	diff <(grep -v Killed gnu) <(grep -v Killed shim)
	[ "$(grep -c Killed gnu)" = "$(grep -c Killed shim)" ]
	diff gnu.status shim.status
}

@test "bats: the report is that of one job if all tests pass, and for one file" {
	same_reports --tap -f 'passes|after|before' plain.bats killed.bats
	[ "$(cat one.status)" = 0 ]
	same_reports --tap plain.bats
}

@test "bats: the report is that of one job for the junit formatter in a TMPDIR with blanks" {
	mkdir 't m {} p'
	export TMPDIR="$PWD/t m {} p"
	# With one job, bats writes the standard error of a file to its own standard error; with more jobs, among the
	# results. The formatter ignores it in both places.
	same_reports --formatter junit plain.bats setup.bats teardown.bats
	grep -q '<failure' one && grep -q '<skipped>' one
}

@test "bats: pkg-config prints the directory of parallel" {
	command -v pkg-config >/dev/null || skip "pkg-config is not installed"
	printed=$(PKG_CONFIG_PATH=$QPOOL_LIBDIR/pkgconfig pkg-config --variable=bats qpool)
	[[ $QPOOL_LIBEXECDIR/qpool/bats == *"$printed" ]] && [[ $printed == */qpool/bats ]]
}

# show_arguments: replaces the program that bats starts by one that prints its arguments.
show_arguments() {
	cat >first/bats-exec-file <<'END'
#!/bin/sh
printf '<%s>' "$@"
echo
echo "and this on stderr" >&2
END
	chmod +x first/bats-exec-file
	PATH=$PWD/first:$PATH
}

@test "bats: each command line that bats uses is translated to its arguments" {
	show_arguments
	flags="--dummy-flag -j 2 --out a\\ b \$'c\\nd' {} "
	expected() { printf '<--dummy-flag><-j><2><--out><a b><c\nd><{}>%s\nand this on stderr\n' "$@"; }
	list='/a list/{}'

	expected "<a 'b'><$list>" '<{#}\><'"$list>" '<  c><'"$list>" >want
	"$SHIM/parallel" --keep-order --jobs 2 bats-exec-file "$flags" '{}' "$list" ::: "a 'b'" '{#}\' '  c' >got 2>&1
	diff want got
	printf '%s\n' "a 'b'" '{#}\' '  c' |
		"$SHIM/parallel" --keep-order --jobs 2 -- bats-exec-file "$flags" '{}' "$list" >got 2>&1
	diff want got

	expected "<1><a 'b'><$list>" '<2><{#}\><'"$list>" '<3><  c><'"$list>" >want
	printf '%s\n' "a 'b'" '{#}\' '  c' |
		"$SHIM/parallel" --keep-order --jobs 2 -- bats-exec-file "$flags" '{#}' '{}' "$list" >got 2>&1
	diff want got
	printf '%s\n' "a 'b'" '{#}\' '  c' |
		"$SHIM/parallel" --keep-order --jobs 2 --halt now,fail=1 -- \
			bats-exec-file "$flags" '{#}' '{}' "$list" >got 2>&1
	diff want got
}

@test "bats: as many files as fit on a command line" {
	printf '#!/bin/sh\necho "$2"\n' >first/bats-exec-file
	chmod +x first/bats-exec-file
	# Far more than fits into a pipe.
	mapfile -t names < <(seq -f 'a long name of a file, %g' 300 | sed 's/$/'"$(printf '%0500d' 0)/")
	PATH=$PWD/first:$PATH "$SHIM/parallel" --keep-order --jobs 2 \
		bats-exec-file '--dummy-flag ' '{}' list ::: "${names[@]}" >got
	diff <(printf '%s\n' "${names[@]}") got
}

@test "bats: --halt stops the other files, and at most one more was started" {
	cat >first/bats-exec-file <<'END'
#!/bin/sh
echo "$2" >>"$HERE/started"
case $2 in
waits*) echo $$ >>"$HERE/pids"; read -r x <"$HERE/go" ;;
fails) until grep -q waits "$HERE/started"; do sleep 0.01; done; echo failed; exit 1 ;;
esac
END
	chmod +x first/bats-exec-file
	printf '%s\n' waits fails waits-2 waits-3 waits-4 >files
	PATH=$PWD/first:$PATH
	run -123 "$SHIM/parallel" --keep-order --jobs 2 --halt now,fail=1 -- \
		bats-exec-file '--dummy-flag ' '{}' list <files
	[ "$output" = failed ]
	[ "$(wc -l <started)" -le 3 ]
	while read -r pid; do until_true is_gone "$pid"; done <pids
}

@test "bats: any other command line is rejected in one line and runs nothing" {
	printf '#!/bin/sh\n: >"$HERE/ran"\n' >first/bats-exec-file
	chmod +x first/bats-exec-file
	PATH=$PWD/first:$PATH
	refused() {
		run -2 --separate-stderr "$SHIM/parallel" "$@" </dev/null
		[ "${#stderr_lines[@]}" = 1 ] && [[ $stderr == "parallel: "*"nothing else" ]]
		[ -z "$output" ] && [ ! -e ran ]
	}
	refused
	refused --version
	refused -k -j 2 bats-exec-file '' '{}' list ::: a
	refused --keep-order
	refused --keep-order --jobs 50% bats-exec-file '' '{}' list ::: a
	refused --keep-order --jobs 2
	refused --keep-order --jobs 2 echo ::: a
	refused --keep-order --jobs 2 --halt soon,fail=1 -- bats-exec-file '' '{}' list
	refused --keep-order --jobs 2 --group -- bats-exec-file '' '{}' list
	refused --keep-order --jobs 2 bats-exec-file '' '{}' list
	refused --keep-order --jobs 2 bats-exec-file '' '{}' list :::
	refused --keep-order --jobs 2 bats-exec-file '' '{}' list :::: a
	refused --keep-order --jobs 2 -- bats-exec-file '' '{}' list ::: a
	refused --keep-order --jobs 2 -- bats-exec-file ''
	refused --keep-order --jobs 2 -- bats-exec-file '' '{}'
	refused --keep-order --jobs 2 -- bats-exec-file '' '{#}' list more
	refused --keep-order --jobs $'\033[1m'
	run ! grep -q $'\033' <<<"$stderr"
}

# counting_files: writes three files whose tests append to the file `most` how many of them ran at that moment.
@test "bats: exported functions reach the tests" {
	helper() { echo "hi $1"; }
	export -f helper
	for name in x y; do
		printf '@test "%s" { run helper %s; [ "$output" = "hi %s" ]; }\n' $name $name $name >$name.bats
	done
	PATH=$SHIM:$PATH run -0 bats --jobs 2 --tap x.bats y.bats
	[ "$(grep -c '^ok' <<<"$output")" = 2 ]
}

# odd_environment PATH COMMAND ...: runs it in an environment that no shell would pass on unchanged.
odd_environment() {
	local path=$1

	shift
	env -i "PATH=$path" $'BASH_FUNC_helper%%=() { echo hi\n}' 'BASH_FUNC_broken%%=() { echo hi; ' a.b=1 'x y=2' \
		1=3 $'nl=a\nb' empty= $'bytes=\377\001' IFS=: SHLVL=7 OLDPWD=/nowhere PWD=/nowhere _=q PS4=+ \
		SHELLOPTS=xtrace BASH_ENV=/nowhere ENV=/nowhere OPTIND=9 PPID=7 POSIXLY_CORRECT=1 RANDOM=8 LINENO=4 \
		QPOOL_SEQ=77 QPOOL_SLOT=78 \
		QPOOL_PID=79 QPOOL_PROGRESS_FD=9 MAKEFLAGS=k "$@"
}

@test "bats: no variable is lost or changed, whatever its name or value" {
	[ -r /proc/self/environ ] || skip "needs /proc"
	printf '#!/bin/sh\ncat "/proc/$$/environ" >"$2"\n' >first/bats-exec-file
	chmod +x first/bats-exec-file
	odd_environment "$SHIM:$PWD/first:$PATH" \
		"$SHIM/parallel" --keep-order --jobs 2 bats-exec-file --dummy-flag '{}' list ::: got
	odd_environment "$PWD/first:$PATH" env -0 >want
	diff <(LC_ALL=C sort -z want | tr '\0' '\n') <(LC_ALL=C sort -z got | tr '\0' '\n')
}

counting_files() {
	local name i

	for name in x y z; do
		for i in 1 2 3; do
			printf '@test "%s" { me=$HERE/alive/%s; : >$me; %s; %s; }\n' "$name $i" "$name$i" \
				'ls "$HERE/alive" | wc -l >>"$HERE/most"' 'sleep 0.05; rm "$me"'
		done >"$name.bats"
	done
}

@test "bats: below a jobserver each running file has one token and runs one test at a time" {
	counting_files
	own=$(compgen -e | sed -n 's/^\(BATS_.*\)/-u \1/p')
	printf 'all:\n\t+@PATH="%s:$$PATH" env %s bats --jobs 8 --tap x.bats y.bats z.bats\n' \
		"$SHIM" "$(echo "$own" | tr '\n' ' ')" >Makefile
	for jobs in 1 2; do
		rm -f most
		make -j$jobs >output.txt 2>&1 3>&-
		[ "$(grep -c '^ok' output.txt)" = 9 ]
		[ "$(sort -n most | tail -n 1)" -le $jobs ]
	done
}

@test "bats: an interrupted run is reported and leaves no process" {
	printf '@test "waits" { echo $$ >"$HERE/began"; read -r x <"$HERE/go"; }\n' >waits.bats
	own=$(compgen -e | sed -n 's/^\(BATS_.*\)/-u \1/p')
	# In a process group of its own, in which SIGINT is not ignored.
	set -m
	# shellcheck disable=SC2086 # words
	PATH=$SHIM:$PATH env $own bats --jobs 2 --tap waits.bats >output.txt 2>&1 3>&- &
	set +m
	until_true [ -s began ]
	kill -INT -- -$!
	status=0
	wait $! || status=$?
	[ "$status" != 0 ]
	grep 'Received SIGINT' output.txt
	until_true is_gone "$(cat began)"
}
