#!/usr/bin/env bats
# qpool with newer programs (GNU make 4.4.1, ninja 1.13, cargo, gcc 14) and with real source trees: the budget is never
# exceeded, and all of it is returned.
#
# `make check-peers` downloads them (tests/peers/get) into the directory QPOOL_PEERS and runs this file. A test whose
# programs are missing is skipped.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/bats-suite

setup_file() {
	export PEERS=${QPOOL_PEERS:-/nonexistent}
	compile_counted
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	PATH=$BATS_FILE_TMPDIR:$PATH
	mkdir tmp alive first
	# Programs that a test selects are found first.
	PATH=$PWD/first:$PATH
	export TMPDIR=$PWD/tmp HERE=$PWD
	make_go
	# `count NAME [wait]`: a worker that has a file NAME-PID in the directory `alive` while it runs, and appends
	# to the file `most` how many ran at that moment. With "wait" it runs until let_go.
	cat >count <<'END_OF_COUNT'
#!/bin/sh
: >"$HERE/alive/$1-$$"
ls "$HERE/alive" | wc -l >>"$HERE/most"
if [ "${2:-}" = wait ]; then read x <"$HERE/go"; else sleep 0.02; fi
rm "$HERE/alive/$1-$$"
END_OF_COUNT
	chmod +x count
}

teardown() {
	end_workers
}

# compile_counted: builds the program "counted", which counts compilers; a script would be too slow for their number.
# Called by this name it runs its arguments, by another name the program that REAL names. While it runs it has a file
# in $HERE/alive, and it appends to $HERE/most how many ran at that moment. The programs that it starts are not
# counted, so a compiler driver counts once.
compile_counted() {
	cat >"$BATS_FILE_TMPDIR/counted.c" <<'END_OF_C'
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int
alive(const char *directory)
{
	DIR *dir = opendir(directory);
	int count = 0;

	if (dir == NULL)
		err(1, "%s", directory);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	const char *here = getenv("HERE"), *real = getenv("REAL"), *slash = strrchr(argv[0], '/');
	char directory[4096], note[8192], most[4096], text[32];
	int fd, status;
	pid_t pid;

	if (strcmp(slash != NULL ? slash + 1 : argv[0], "counted") == 0 && argc > 1)
		real = (++argv)[0];
	if (here == NULL || real == NULL)
		errx(1, "HERE and REAL must be set");
	/* A compiler searches its parts beside the name by which it was called. */
	argv[0] = (char *)real;
	if (getenv("COUNTED") != NULL) {
		execvp(real, argv);
		err(127, "%s", real);
	}
	setenv("COUNTED", "1", 1);
	snprintf(directory, sizeof(directory), "%s/alive", here);
	snprintf(note, sizeof(note), "%s/%ld", directory, (long)getpid());
	snprintf(most, sizeof(most), "%s/most", here);
	if ((fd = open(note, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1)
		err(1, "%s", note);
	close(fd);
	snprintf(text, sizeof(text), "%d\n", alive(directory));
	if ((fd = open(most, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) == -1 ||
	    write(fd, text, strlen(text)) == -1)
		err(1, "%s", most);
	close(fd);
	pid = vfork();
	if (pid == 0) {
		execvp(real, argv);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		err(1, "%s", real);
	unlink(note);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
END_OF_C
	$QPOOL_CC -std=gnu11 -O1 -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/counted" "$BATS_FILE_TMPDIR/counted.c"
}

note() {
	echo "# $*" >&3
}

# peer FILE: skips the test unless the file was downloaded.
peer() {
	[ -x "$PEERS/$1" ] || skip "$1 is missing; see tests/peers/get"
}

# makes: prints the paths of all makes, the oldest first: the one of the system and the newer one.
makes() {
	command -v make
	[ ! -x "$PEERS/bin/make-4.4.1" ] || echo "$PEERS/bin/make-4.4.1"
}

# use_make FILE: makes it the "make" in PATH, also for recipes and for gcc.
use_make() {
	ln -sf "$1" first/make
	hash -r
	version=$(make --version | head -n 1)
}

new_make() {
	peer bin/make-4.4.1
	use_make "$PEERS/bin/make-4.4.1"
	[ "$version" = "GNU Make 4.4.1" ]
}

now_ms() {
	local now=$EPOCHREALTIME

	echo $((${now/./} / 1000))
}

# within_1s WHAT COMMAND ...: waits until the command succeeds, and fails if that took 1 s or more since the time $from.
# Reports the time. Repeats the command without a pause, because the time is the result.
within_1s() {
	local what=$1 took

	shift
	until "$@"; do [ $(($(now_ms) - from)) -lt 10000 ] || break; done
	took=$(($(now_ms) - from))
	note "$what: $took ms"
	[ "$took" -lt 1000 ]
}

most() {
	sort -n most | tail -n 1
}

# alive_are COUNT [NAME-]: do exactly COUNT workers (of this name) run?
alive_are() {
	[ "$(find alive -name "${2:-}*" -type f | wc -l)" = "$1" ]
}

# ended [NAME-]: have all workers (of this name) ended?
ended() {
	local file

	for file in alive/"${1:-}"*; do is_gone "${file##*-}" || return 1; done
}

# whole FILE ...: fails if a make has reported missing or additional tokens. (A bare "! grep" would not fail a test.)
whole() {
	! grep -a INTERNAL "$@" >&2
}

# clean FILE ...: fails if a make or a compiler has complained about the jobserver.
clean() {
	! grep -aE 'INTERNAL|jobserver' "$@" >&2
}

# directories NAME ...: creates directories, each with a makefile of 12 counted jobs.
directories() {
	local name

	for name in "$@"; do
		mkdir -p "$name"
		printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count %s %s\n' \
			"$(seq -s ' ' 12)" "$name" "${how:-}" >"$name/Makefile"
	done
}

@test "peers: four pools below make 4.4.1 -j4 run four jobs in all, in both styles, with and without +" {
	local style plus from

	new_make
	for style in fifo pipe; do
		for plus in '' +; do
			# qpool needs /proc to find the pipe of a make above.
			[ "$QPOOL_SYSTEM" = linux ] || [ "$plus" = + ] || continue
			rm -f most
			printf 'all: a b c d\na b c d:\n\t%s@seq 6 | qpool -q -j4 --no-template ./count job\n' \
				"$plus" >Makefile
			from=$(now_ms)
			make -j4 --jobserver-style="$style" >out 2>err
			note "$version --jobserver-style=$style, '$plus' before the recipe: at most $(most) alive," \
				"$(($(now_ms) - from)) ms"
			# From 4.4 on, a make with a pipe tells a recipe without + that it cannot use the jobserver.
			[ "$style$plus" != pipe ] ||
				sed -i "/^qpool: MAKEFLAGS: no jobserver for this recipe/d" err
			[ ! -s err ]
			[ "$(most)" -le 4 ]
			[ "$(most)" -ge 2 ]
			[ "$(wc -l <most)" = 24 ]
		done
	done
}

@test "peers: several makes 4.4.1 below -J never exceed -j in all" {
	local n style from

	new_make
	directories a b c
	for style in auto fifo pipe; do
		for n in 1 2 4; do
			rm -f most
			from=$(now_ms)
			printf '%s\n' a b c | qpool -q -J -j"$n" --jobserver-style="$style" make -s -C >out 2>&1
			note "$version below -J -j$n --jobserver-style=$style: at most $(most) alive," \
				"$(($(now_ms) - from)) ms"
			[ ! -s out ]
			[ "$(wc -l <most)" = 36 ]
			[ "$(most)" = "$n" ]
		done
	done
	rmdir tmp
}

# count_compilers: replaces the compiler for real trees by the counting one.
count_compilers() {
	REAL=$(command -v gcc)
	export REAL
	ln -s "$BATS_FILE_TMPDIR/counted" first/gcc
	ln -s "$BATS_FILE_TMPDIR/counted" first/cc
}

# fresh NAME ...: copies these configured trees into the directory `trees`.
fresh() {
	local name

	rm -rf trees most
	mkdir trees
	for name in "$@"; do cp -a "$PEERS/src/$name" trees; done
}

@test "peers: real source trees below -J never run more compilers than -j" {
	local n make from tree trees="sed findutils xz-utils"

	for tree in $trees; do
		[ -e "$PEERS/src/$tree/.configured" ] || skip "$tree is missing; see tests/peers/get"
	done
	for tree in $trees; do note "$tree: $(find "$PEERS/src/$tree" -name '*.c' | wc -l) C files"; done
	count_compilers
	for make in $(makes); do
		use_make "$make"
		for n in 1 2 4; do
			# shellcheck disable=SC2086
			fresh $trees
			from=$(now_ms)
			# shellcheck disable=SC2012
			(cd trees && ls -d ./*/ | qpool -q -J -j"$n" make -C) >out 2>err
			note "$version, three trees below -J -j$n: $(wc -l <most) compilers, at most $(most) at once," \
				"$(($(now_ms) - from)) ms"
			clean out err
			alive_are 0
			[ "$(wc -l <most)" -gt 150 ]
			[ "$(most)" -le "$n" ]
			[ "$n" = 1 ] || [ "$(most)" -ge 2 ]
		done
	done
	rmdir tmp
}

# The makefiles of bash run $(MAKE) $(MFLAGS). The -j in MFLAGS looks like one that a user gave, so each such make
# creates a budget of its own, of the size of -j, below make -jN as well as below qpool -J.
@test "peers: a tree that passes MFLAGS on runs no more compilers than below a make with the same -j" {
	local make style from alone bad=

	[ -e "$PEERS/src/bash/.configured" ] || skip "bash is missing; see tests/peers/get"
	count_compilers
	for make in $(makes); do
		use_make "$make"
		fresh bash
		make -s -j2 -C trees/bash >out 2>err
		alone=$(most)
		note "$version -j2, bash: at most $alone compilers at once"
		for style in auto fifo pipe; do
			case "$style $version" in "fifo GNU Make 4."[0-3]*) continue ;; esac
			fresh bash
			from=$(now_ms)
			qpool -J -j2 --jobserver-style="$style" --one make -s -C trees/bash >out 2>err
			note "$version below -J -j2 --jobserver-style=$style, bash:" \
				"at most $(most) compilers at once, $(($(now_ms) - from)) ms"
			# Two makes with two each.
			[ "$(most)" -le 4 ] || bad="$bad $style"
		done
	done
	[ -z "$bad" ] || { echo "too many:$bad"; return 1; }
}

# edges NAME: prints a build.ninja with 12 counted jobs.
edges() {
	printf 'rule count\n  command = %s/count %s\n' "$PWD" "$1"
	seq 12 | sed 's/.*/build o&: count/'
}

@test "peers: ninja 1.13 below -J uses all of -j and no more" {
	local n style from

	peer bin/ninja
	edges job >build.ninja
	for style in auto fifo; do
		for n in 1 2 4; do
			rm -f most .ninja_log
			from=$(now_ms)
			qpool -J -j"$n" --jobserver-style="$style" --one "$PEERS/bin/ninja" >out 2>&1
			note "ninja $("$PEERS/bin/ninja" --version) below -J -j$n --jobserver-style=$style:" \
				"at most $(most) alive, $(($(now_ms) - from)) ms"
			[ "$(wc -l <most)" = 12 ]
			[ "$(most)" = "$n" ]
		done
	done
}

@test "peers: two ninjas and a make 4.4.1 below -J share -j" {
	local name

	new_make
	peer bin/ninja
	directories c
	for name in a b; do
		mkdir "$name"
		edges "$name" >"$name/build.ninja"
	done
	printf '%s\n' "$PEERS/bin/ninja -C a" "$PEERS/bin/ninja -C b" "make -s -C c" | qpool -q -J -j4 >out 2>&1
	note "two of ninja $("$PEERS/bin/ninja" --version) and $version below -J -j4: at most $(most) alive"
	[ "$(wc -l <most)" = 36 ]
	[ "$(most)" -le 4 ]
	[ "$(most)" -ge 2 ]
}

# workspace: creates a workspace of 6 crates with counted build scripts. Their compilers are counted too. No registry is
# contacted.
workspace() {
	local i

	printf '[workspace]\nresolver = "2"\nmembers = ["c*"]\n' >Cargo.toml
	for i in 1 2 3 4 5 6; do
		mkdir -p "c$i/src"
		printf '%s\n' '[package]' "name = \"c$i\"" 'version = "0.1.0"' 'edition = "2021"' 'build = "build.rs"' \
			>"c$i/Cargo.toml"
		printf 'pub fn f() -> u32 { %s }\n' "$i" >"c$i/src/lib.rs"
		cat >"c$i/build.rs" <<'END_OF_RUST'
fn main() {
    let here = std::env::var("HERE").unwrap();
    assert!(std::process::Command::new(here + "/count").arg("script").status().unwrap().success());
}
END_OF_RUST
	done
}

@test "peers: cargo below -J never exceeds -j" {
	local way from

	command -v cargo >/dev/null || skip "cargo is not installed"
	workspace
	export RUSTC_WRAPPER=$BATS_FILE_TMPDIR/counted CARGO_NET_OFFLINE=true
	for way in "1 auto" "2 auto" "2 fifo" "2 pipe" "4 auto"; do
		rm -rf most target
		from=$(now_ms)
		qpool -J -j"${way% *}" --jobserver-style="${way#* }" --one cargo build --offline >out 2>&1
		note "$(cargo --version) below -J -j${way% *} --jobserver-style=${way#* }:" \
			"$(wc -l <most) compilers and scripts, at most $(most) at once, $(($(now_ms) - from)) ms"
		clean out
		[ "$(wc -l <most)" -ge 18 ]
		[ "$(most)" -le "${way% *}" ]
		[ "${way% *}" = 1 ] || [ "$(most)" -ge 2 ]
	done
}

# lto_of GCC: writes eight parts that the link compiles in parallel, and a makefile that links them.
lto_of() {
	local i

	for i in 1 2 3 4 5 6 7 8; do
		for j in $(seq 150); do
			echo "int f${i}_$j(int x) { for (int i = 0; i < x; i++) x ^= (x + $j) * i + x / (i + $j);"
			echo "	return x; }"
		done >"p$i.c"
		echo "int (*all${i}[])(int) = { $(for j in $(seq 150); do echo "f${i}_$j,"; done) };" >>"p$i.c"
	done
	for i in 1 2 3 4 5 6 7 8; do echo "extern int (*all${i}[])(int);"; done >main.c
	{
		echo "int main(int argc, char **argv) { (void)argv; return argc > 1 ?"
		for i in 1 2 3 4 5 6 7 8; do printf 'all%s[argc](argc) + ' "$i"; done
		echo '0 : 0; }'
	} >>main.c
	"$1" -O2 -flto -c p?.c main.c
	printf 'all:\n\t+@"%s" -O2 -flto=jobserver -flto-partition=1to1 p?.o main.o -o x\n' "$1" >Makefile
}

# links STYLE NAME: links with make below -J -j2, and fails unless two of gcc's lto1 ran at a time.
links() {
	local from

	rm -f most x
	from=$(now_ms)
	qpool -J -j2 --jobserver-style="$1" --one make -s >out 2>&1
	note "$2, $version below -J -j2 --jobserver-style=$1: $(wc -l <most) of lto1, at most $(most) at once," \
		"$(($(now_ms) - from)) ms"
	clean out
	./x
	[ "$(wc -l <most)" -ge 9 ]
	[ "$(most)" = 2 ]
}

@test "peers: gcc -flto=jobserver below make and -J uses two slots" {
	local make name

	name=$(gcc --version | head -n 1)
	REAL=$(gcc -print-prog-name=lto1)
	export REAL
	mkdir parts
	ln -s "$BATS_FILE_TMPDIR/counted" parts/lto1
	lto_of gcc
	export COMPILER_PATH=$PWD/parts
	for make in $(makes); do
		use_make "$make"
		links auto "$name"
		links pipe "$name"
	done
}

@test "peers: gcc 14 -flto=jobserver below make and -J uses two slots in every style" {
	local make name style gcc part

	peer bin/gcc-14
	# gcc searches its parts beside itself, so a copy made of links contains the counting one.
	cp -as "$PEERS/gcc-14" gcc-14
	gcc=$(echo "$PWD"/gcc-14/usr/bin/*-linux-gnu-gcc-14)
	part=$(echo gcc-14/usr/libexec/gcc/*/14/lto1)
	cp --remove-destination "$(readlink "$gcc")" "$gcc"
	REAL=$(readlink "$part")
	export REAL
	ln -sf "$BATS_FILE_TMPDIR/counted" "$part"
	name=$("$gcc" --version | head -n 1)
	lto_of "$gcc"
	for make in $(makes); do
		use_make "$make"
		for style in auto fifo pipe; do
			case "$style $version" in "fifo GNU Make 4."[0-3]*) continue ;; esac
			links "$style" "$name"
		done
	done
}

@test "peers: the tokens of a killed make 4.4.1 below -J are available to the next job within 1 s" {
	local style from

	new_make
	how="wait" directories a b
	mkfifo input
	for style in auto fifo pipe; do
		qpool -J -j4 --jobserver-style="$style" sh -c 'echo $$ >pid; exec make -s -C "$1"' sh <input 2>err &
		exec {in}>input
		echo a >&"$in"
		until_true alive_are 4
		# All slots are in use, so this job has to wait.
		echo b >&"$in"
		exec {in}>&-
		from=$(now_ms)
		kill -KILL "$(cat pid)"
		within_1s "$version, --jobserver-style=$style, KILL to the make: the next job uses all 4 slots" \
			alive_are 4 b-
		ended a-
		let_go 12
		wait $! || [ $? = 125 ] || [ $? = 123 ]
		grep -q '^qpool: job 1: its processes did not return 3 tokens; the budget was restored$' err
		alive_are 0 b-
		whole err
		rm -f alive/*
	done
	rmdir tmp
}

@test "peers: SIGTERM to qpool -J ends the makes 4.4.1 below within 1 s, without complaints" {
	local style from

	new_make
	how="wait" directories a b
	for style in auto fifo pipe; do
		printf '%s\n' a b | qpool -q -J -j4 --jobserver-style="$style" make -s -C >out 2>err &
		until_true alive_are 4
		from=$(now_ms)
		kill -TERM $!
		wait $! || [ $? = 143 ]
		within_1s "$version, --jobserver-style=$style, TERM to qpool -J: jobs and their children gone" ended
		clean out err
		rmdir tmp
		mkdir tmp
		rm -f alive/*
	done
}

@test "peers: a pool that is killed in a recipe of make 4.4.1 returns its tokens within 1 s" {
	local style sig from

	new_make
	printf 'all:\n\t-+@seq 12 | env --default-signal qpool -q --no-template ./count job wait\n' >Makefile
	for style in fifo pipe; do
		for sig in TERM KILL; do
			make -s -j4 --jobserver-style="$style" >out 2>err &
			until_true alive_are 4
			from=$(now_ms)
			pkill -"$sig" -P "$(pgrep -P $! -x sh)" -x qpool
			wait $! || true
			within_1s "$version --jobserver-style=$style, $sig to the pool: make has ended, workers gone" \
				ended job-
			whole out err
			rm -f alive/*
		done
	done
}

# build WHAT COMMAND ...: builds an unmodified copy of zstd. Writes the time to time-WHAT, and checksums of the objects
# to sums-WHAT.
build() {
	local what=$1

	shift
	fresh zstd
	(cd trees/zstd && TIMEFORMAT='%R %U %S' &&
		{ time "$@" >../../out-"$what" 2>../../err-"$what"; } 2>../../time-"$what")
	(cd trees/zstd && find . \( -name '*.o' -o -name '*.a' -o -name '*.so*' \) -type f | sort |
		xargs sha1sum) >sums-"$what"
}

@test "peers: qpool --profile of an unmodified tree gives the same objects and records all CPU time" {
	local make

	[ -e "$PEERS/src/zstd/.configured" ] || skip "zstd is missing; see tests/peers/get"
	for make in $(makes); do
		use_make "$make"
		rm -f log
		build plain make -j2 lib zstd MOREFLAGS=-O1
		build profile qpool --profile -l "$PWD/log" --html "$PWD/page.html" --trace "$PWD/trace.json" \
			make -j2 lib zstd MOREFLAGS=-O1
		[ "$(grep -c '\.o$' sums-plain)" -gt 100 ]
		diff sums-plain sums-profile
		diff <(sort out-plain) <(sort out-profile)
		grep -q '^jobs ' err-profile
		[ "$(grep -c unseen err-profile)" = 0 ]
		note "$version -j2, zstd: $(grep -c '\.o$' sums-plain) objects, $(wc -l <log) lines; real, user, sys:" \
			"$(cat time-plain) without, $(cat time-profile) with --profile"
		# The sum of the lines that start no make, compared with what the shell measured in all.
		qlog summary --json log >sums.json
		python3 - "$(cat time-profile)" <<'END_OF_PYTHON' >&3
import json, sys
real, user, system = map(float, sys.argv[1].split())
s = json.load(open("sums.json"))
lines = s["user_s"] + s["sys_s"]
print("# user+sys: %.2f s recorded, %.2f s in all" % (lines, user + system))
assert abs(lines / (user + system) - 1) < 0.1
END_OF_PYTHON
		[ -s page.html ]
		[ "$(grep -c '"ph":"X"' trace.json)" = "$(wc -l <log)" ]
	done
}

# zstd_lib COMMAND ...: rebuilds the library of trees/zstd below the command, and prints the time in us.
zstd_lib() {
	local from

	rm -rf trees/zstd/lib/obj trees/zstd/lib/libzstd.a
	from=${EPOCHREALTIME/./}
	"$@" make -j2 -C trees/zstd/lib libzstd.a MOREFLAGS=-O1 >out 2>&1
	echo $((${EPOCHREALTIME/./} - from))
}

# Each round measures without, with, with and without --profile, so that a drift of the machine affects both; the median
# round counts. Needs a machine that does nothing else.
@test "peers: qpool --profile takes at most 3% longer" {
	local i first with without

	[ -e "$PEERS/src/zstd/.configured" ] || skip "zstd is missing; see tests/peers/get"
	fresh zstd
	for i in $(seq 7); do
		first=$(zstd_lib env)
		with=$(($(zstd_lib qpool --profile) + $(zstd_lib qpool --profile)))
		without=$((first + $(zstd_lib env)))
		echo $((with * 1000 / without)) >>ratios
	done
	note "time with --profile divided by time without, in thousandths, 7 rounds: $(sort -n ratios | tr '\n' ' ')"
	[ "$(sort -n ratios | sed -n 4p)" -le 1030 ]
}

@test "peers: bats 1.13 with qpool's parallel reports as with one job, and stops at the first failure" {
	peer bin/bats-1.13
	leave_bats
	SHIM=$QPOOL_LIBEXECDIR/qpool/bats BATS_UNDER_TEST=$PEERS/bin/bats-1.13
	export SUITE=$PWD/suite
	mkdir suite && (make_suite)
	same_reports --tap --timing .
	report one "$BATS_UNDER_TEST" --tap --timing --abort plain.bats
	report shim env PATH="$SHIM:$PATH" \
		"$BATS_UNDER_TEST" --jobs 2 --no-parallelize-within-files --tap --timing --abort plain.bats
	diff one shim && diff one.status shim.status
	[ "$(grep -c '^not ok' shim)" = 1 ]
	# With two jobs, the test beside the failing one may end, and the next one begin, before bats learns of the
	# failure.
	report shim env PATH="$SHIM:$PATH" "$BATS_UNDER_TEST" --jobs 2 --tap --timing --abort plain.bats
	diff <(sed '/^not ok/q' one) <(sed '/^not ok/q' shim) && diff one.status shim.status
	[ "$(grep -c '^not ok' shim)" = 1 ]
	[ "$(grep -c '^ok\|^not ok' shim)" -lt 7 ]
	report named "$BATS_UNDER_TEST" --jobs 2 --parallel-binary-name "$SHIM/parallel" --tap --timing .
	diff one named || { report one "$BATS_UNDER_TEST" --tap --timing .; diff one named; }
	# The file that waits is ended, and the next file is not started.
	printf '@test "waits" { echo "$$" >"$HERE/pids"; read -r x <"$HERE/go"; }\n' >suite/waits.bats
	printf '@test "fails" { until [ -s "$HERE/pids" ]; do sleep 0.05; done; false; }\n' >suite/fails.bats
	report abort env PATH="$SHIM:$PATH" "$BATS_UNDER_TEST" --jobs 2 --abort --tap waits.bats fails.bats many.bats
	grep '^not ok 2 fails' abort
	[ "$(cat abort.status)" != 0 ]
	until_true is_gone "$(cat pids)"
	note "bats $("$BATS_UNDER_TEST" --version): $(grep -c '^ok\|^not ok' one) tests, the report the same"
}

# map_project: creates a CMake project with a map that runs makes, and 6 other targets.
map_project() {
	printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count make\n' "$(seq -s ' ' 4)" >counting.mk
	cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(x NONE)
find_package(Qpool REQUIRED)
qpool_add_map(TARGET map ALL COMMAND sh -c "$HERE/count map && make -s -f $HERE/counting.mk" FOREACH 1 2 3 4)
foreach(i RANGE 1 6)
	add_custom_target(t${i} ALL COMMAND "${CMAKE_SOURCE_DIR}/count" target)
endforeach()
END
}

@test "peers: a CMake map stays within the jobserver of every make" {
	local make
	command -v cmake >/dev/null || skip "cmake is not installed"
	map_project
	for make in $(makes); do
		use_make "$make"
		rm -rf b most
		cmake -G 'Unix Makefiles' -S . -B b -DCMAKE_MAKE_PROGRAM="$make" \
			-DCMAKE_PREFIX_PATH="$(dirname "$QPOOL_BINDIR")" >out
		cmake --build b --parallel 3 >out 2>&1 || { cat out; return 1; }
		note "CMake's map below $version: at most $(most) alive"
		[ "$(wc -l <most)" = 26 ] && [ "$(most)" -le 3 ]
	done
}

@test "peers: a CMake map below ninja 1.13 below -J stays within -j" {
	peer bin/ninja
	command -v cmake >/dev/null || skip "cmake is not installed"
	map_project
	cmake -G Ninja -S . -B b -DCMAKE_MAKE_PROGRAM="$PEERS/bin/ninja" \
		-DCMAKE_PREFIX_PATH="$(dirname "$QPOOL_BINDIR")" >out
	qpool -J -j3 --one "$PEERS/bin/ninja" -C b >out 2>&1 || { cat out; return 1; }
	note "CMake's map below ninja $("$PEERS/bin/ninja" --version) below -J -j3: at most $(most) alive"
	[ "$(wc -l <most)" = 26 ] && [ "$(most)" -le 3 ]
}
