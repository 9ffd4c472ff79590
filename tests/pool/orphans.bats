#!/usr/bin/env bats
# Processes that outlive their parent become children of qpool if it is PID 1 or a subreaper. None may stay a zombie.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	# A job that leaves a process behind, which ends after it.
	cat >leave <<'END'
(read line <go) >/dev/null 2>&1 &
END
	# Waits until no child of process $1 is a zombie.
	cat >none <<'END'
for i in $(seq 400); do
	grep -l '^State:.Z' $(grep -l "^PPid:.$1$" /proc/[0-9]*/status 2>/dev/null) 2>/dev/null | grep -q . || exit 0
	sleep .05
done
exit 1
END
	# Ends the processes that were left behind, and waits for that.
	cat >end <<'END'
n=$(grep -l "^PPid:.$1$" /proc/[0-9]*/status 2>/dev/null | wc -l)
[ "$n" -ge "$2" ] || exit 2
yes '' | head -n "$2" >go
exec sh none "$1"
END
	make_go
}

teardown() {
	let_go 30
	end_workers
}

# as_pid_1 COMMAND ...
as_pid_1() {
	local unshare=(unshare)

	[ "$(id -u)" = 0 ] || unshare=(unshare -r)
	"${unshare[@]}" -pf --mount-proc true 2>/dev/null || skip "no permission for a PID namespace"
	timeout 60 "${unshare[@]}" -pf --mount-proc --kill-child "$@"
}

# as_subreaper COMMAND ...: PR_SET_CHILD_SUBREAPER is 36.
as_subreaper() {
	python3 -c '
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

# Nine jobs leave a process each; the tenth ends those and finds no zombie.
jobs() {
	yes 'sh leave' | head -n 9
	echo 'sh end $QPOOL_PID 9'
}

@test "orphans: a pool that is PID 1 reaps them" {
	jobs >in
	as_pid_1 qpool -q -j1 -a in
}

@test "orphans: a pool that is a subreaper reaps them" {
	jobs | as_subreaper qpool -q -j1
}

@test "orphans: a pool of a queue that is PID 1 reaps them" {
	qctl create q
	jobs | qctl put -q q
	as_pid_1 qpool -q -j1 -Q q --until-empty
}

@test "orphans: --one that is PID 1 or a subreaper reaps them" {
	local how

	for how in as_pid_1 as_subreaper; do
		$how qpool --one sh -c 'for i in 1 2 3; do sh leave; done; sh end $PPID 3'
	done
}

@test "orphans: they are reaped while an ended job waits for its group" {
	[ "$QPOOL_SYSTEM" = linux ] || skip "the portable body cannot list its children"
	# The job and the first process that it leaves heed TERM. The second one sees the job stay a zombie, as it
	# must until its group has ended, and the first one vanish.
	cat >job <<'END'
(read line <go) >/dev/null 2>&1 &
(trap '' TERM; exec sh watch $$ $!) >/dev/null 2>&1 &
read line <go
END
	cat >watch <<'END'
for i in $(seq 400); do
	if grep -q '^State:.Z' /proc/$1/status && ! [ -e /proc/$2 ]; then
		echo >seen
		exit
	fi
	sleep .05
done
END
	run -125 as_subreaper qpool -q --timeout .5 --grace 1000 sh <<<job
	[ -e seen ]
}
