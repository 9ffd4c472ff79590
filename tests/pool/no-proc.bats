#!/usr/bin/env bats
# Where /proc is missing, empty, or of another PID namespace: jobs end as they do elsewhere.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	[ "$QPOOL_SANITIZERS" != yes ] || skip "sanitizers need /proc"
	cd "$BATS_TEST_TMPDIR" || exit 1
	UNSHARE=(unshare -m)
	[ "$(id -u)" = 0 ] || UNSHARE=(unshare -rm)
	"${UNSHARE[@]}" mount -t tmpfs none /proc || skip "no permission to mount"
	make_go
}

teardown() {
	[ -z "${go:-}" ] || let_go 10
	end_workers
}

# without_proc HOW: runs the file script where /proc is "missing", "empty" or "foreign".
without_proc() {
	case $1 in
	empty) "${UNSHARE[@]}" sh -c 'mount -t tmpfs none /proc; exec timeout 60 bash script' ;;
	# The pids in /proc are those outside of the new namespace.
	foreign) "${UNSHARE[@]}" -pf --kill-child timeout 60 bash script ;;
	missing)
		mkdir -p root
		"${UNSHARE[@]}" bash -c '
			mount -t tmpfs none root
			for entry in /*; do
				if [ "$entry" = /proc ]; then
					continue
				elif [ -L "$entry" ]; then
					cp -P "$entry" root
				elif [ -d "$entry" ]; then
					mkdir "root$entry"
					mount --rbind "$entry" "root$entry"
				fi
			done
			exec chroot root sh -c "cd \"\$1\" && exec timeout 60 bash script" sh "$PWD"'
		;;
	esac
}

@test "no /proc: a job that timed out ends at once if its processes heed TERM" {
	local how

	cat >script <<-'END'
		echo 'read line <go' | qpool -q --grace 1000 --timeout .1
	END
	for how in missing empty foreign; do
		run -125 without_proc "$how"
	done
}

@test "no /proc: a job's process that ignores TERM is killed when the grace is over" {
	local how

	cat >script <<-'END'
		qpool -q --grace .5 --timeout .5 sh job <<<a
		[ $? = 125 ] || exit 1
		exec flock -w 20 lock true
	END
	# Only the first process heeds TERM, so that the job ends before its group. The other one has the lock while
	# it runs.
	cat >job <<-'END'
		(trap '' TERM; exec flock lock sh -c 'echo >ready; read line <go') &
		until [ -s ready ]; do sleep .01; done
		read line <go
	END
	for how in missing empty foreign; do
		rm -f ready
		run -0 without_proc "$how"
	done
}
