#!/usr/bin/env bats
# qpool --profile: an unmodified tree is built as without it, and each line is recorded.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir tmp
	export TMPDIR=$PWD/tmp
	# No core of the compiler's or ours is wanted here.
	ulimit -c 0
}

# of MEMBER [FILE]: that member of each record, a line each; "-" where it is not there.
of() {
	python3 -c '
import json, sys
for line in open(sys.argv[2], encoding="utf-8"):
    print(json.loads(line).get(sys.argv[1], "-"))' "$1" "${2:-log}"
}

lines() {
	wc -l <log
}

# A dozen C files, a library in a folder of its own, a recipe in one shell, and a makefile that wants bash.
tree() {
	local i

	mkdir lib with-bash
	for i in $(seq 12); do echo "int f$i(int x) { return x + $i; }" >"f$i.c"; done
	echo 'int main(void) { return 0; }' >main.c
	for i in 1 2 3; do echo "int l$i(void) { return $i; }" >"lib/l$i.c"; done
	cat >Makefile <<'END'
CC = cc
version := $(shell echo 1.0)
objects = $(patsubst %.c,%.o,$(sort $(wildcard *.c)))
all: program text bash
program: $(objects) lib/lib.a
	$(CC) -o $@ $(objects) lib/lib.a
%.o: %.c
	$(CC) -c -o $@ $<
lib/lib.a: FORCE
	$(MAKE) -C lib
text:
	$(MAKE) -f one.mk
bash:
	$(MAKE) -C with-bash
FORCE:
END
	cat >lib/Makefile <<'END'
lib.a: l1.o l2.o l3.o
	ar rcD $@ $^
END
	cat >one.mk <<'END'
.ONESHELL:
text.out:
	@word=one
	@echo "$$word"
	-@echo "$$word two" >$@
END
	cat >with-bash/Makefile <<'END'
SHELL = /bin/bash
.SHELLFLAGS = -eu -o pipefail -c
all: a
a:
	@[[ $@ == a ]] && echo ok >$@
END
}

sums() {
	find . -name '*.o' -o -name '*.a' -o -name program -o -name text.out -o -path ./with-bash/a |
		sort | xargs sha1sum
}

clean() {
	find . \( -name '*.o' -o -name '*.a' -o -name program -o -name text.out -o -path ./with-bash/a \) -exec rm {} +
}

@test "profile: the build is unchanged, each line has its record and target, and makefiles that set SHELL are listed" {
	tree
	make -j2 >out.plain
	sums >sums.plain
	clean
	qpool --profile -l log make -j2 >out 2>err
	sums >sums.profile
	diff sums.plain sums.profile
	diff <(sort out.plain) <(sort out)
	rmdir tmp
	python3 -c '
import json
rows = [json.loads(line) for line in open("log")]
by = {}
for r in rows: by.setdefault(r.get("target", "-"), []).append(r)
for i in range(1, 13): assert by["f%d.o" % i][0]["command"] == "cc -c -o f%d.o f%d.c" % (i, i)
assert all(r["end"] == "ok" for r in rows)
sub = by["lib/lib.a"][0]
for name in "l1.o", "l2.o", "l3.o", "lib.a": assert by[name][0]["parent"] == sub["pid"], by[name]
assert by["-"][0]["command"] == "echo 1.0"
assert by["text.out"][0]["command"].splitlines()[1].startswith("echo")
assert "a" not in by
assert len(rows) == 13 + 1 + 4 + 1 + 3 + 1, len(rows)'
	grep -qE '^jobs +23: 23 ok, 0 failed, 0 killed$' err
	grep -qE '^wall .*, on 2 slots$' err
	grep -qE "^unseen +1 recipe of $PWD/with-bash/Makefile, a: SHELL is /bin/bash there; QPOOL_REAL" err
	grep -q 'QPOOL_REAL_SHELL=/bin/bash records them$' err
	grep -q '^all cpu ' err
}

@test "profile: QPOOL_REAL_SHELL records makefiles that set SHELL" {
	tree
	QPOOL_REAL_SHELL=/bin/bash qpool --profile -l log make -j2 >out 2>err
	[ "$(cat with-bash/a)" = ok ]
	[ "$(grep -c unseen err)" = 0 ]
	[ "$(lines)" = 24 ]
	of command | grep -qF "/bin/bash -eu -o pipefail -c '[[ a == a ]] && echo ok >a'"
}

@test "profile: QPOOL_REAL_SHELL is recommended only where it works" {
	recommended() {
		local shell

		rm -rf -- d*
		for shell; do
			mkdir -p "d$shell"
			printf 'SHELL = %s\nall:\n\t@true\n' "$shell" >"d$shell/Makefile"
			echo "$shell"
		done >shells
		printf 'all:\n' >Makefile
		while read -r shell; do printf '\t$(MAKE) -s -C "d%s"\n' "$shell"; done <shells >>Makefile
		qpool --profile make -s 2>err
		[ "$(grep -c '^unseen .*: SHELL is ' err)" = $# ]
		sed -n 's/.*QPOOL_REAL_SHELL=\(.*\) records them$/\1/p' err | sort -u
	}
	[ "$(recommended /bin/bash)" = /bin/bash ]
	[ "$(recommended bash)" = bash ]
	[ -z "$(recommended '/bin/bash -x')" ]
	[ -z "$(recommended /bin/bash bash)" ]
	printf '#!/bin/sh\nexec sh "$@"\n' >wrapper
	chmod +x wrapper
	[ -z "$(recommended "$PWD/wrapper")" ]
	run -1 env QPOOL_REAL_SHELL='/bin/bash -x' qpool --profile make -s
	problem="it must name one program, without arguments: No such file or directory"
	[ "$output" = "qpool: QPOOL_REAL_SHELL: $problem" ]
}

@test "profile: the page and the summary have the number of slots" {
	printf 'all:\n\tsleep 0.01\n' >Makefile
	qpool --profile --html page.html make -s -j7 2>err
	grep -q '^wall .*, on 7 slots$' err
	grep -qF "\"sentence\":\"$(sed -n '/^bound/{n;p}' err)\"" page.html
	grep -qF '"slots":7,' page.html
}

@test "profile: --html and --trace use the records" {
	tree
	qpool --profile -q --html page.html --trace trace.json make >out 2>err
	[ ! -s err ]
	grep -q 'cc -c -o f12.o f12.c' page.html
	[ "$(grep -c '"ph":"X"' trace.json)" = 23 ]
	rmdir tmp
	mkdir tmp
	run -1 qpool --profile --html none/page make
	[ "$output" = "qpool: none/page: No such file or directory" ]
}

@test "profile: exits as make does, and make keeps its -k, -n, -q and -t" {
	printf 'all: a b\na:\n\ttouch x; exit 3\nb:\n\ttouch y\n' >Makefile
	run -1 qpool --profile -l log make -q
	run -0 qpool --profile -l log make -n
	[ "${lines[0]}" = "touch x; exit 3" ]
	[ ! -s log ]
	grep -q '^jobs      0: ' <<<"$output"
	run -2 qpool --profile -l log make -k
	[ "$(of status)" = $'3\n0' ]
	grep -q '^jobs      2: 1 ok, 1 failed, 0 killed' <<<"$output"
	rm x
	run -0 qpool --profile -l log make -t
	[ "$(lines)" = 2 ]
	run -127 qpool --profile no-such-make
	[ "$output" = "qpool: no-such-make: command not found in PATH" ]
	rmdir tmp
}

@test "profile: a make that a script starts is recorded; a command without make has no records" {
	printf 'all: ; @echo made\n' >Makefile
	printf '#!/bin/sh\nmkdir -p sub && cp Makefile sub && make && make -C sub -s\n' >script
	chmod +x script
	qpool --profile -q -l log ./script >out
	[ "$(of target)" = $'all\nall' ]
	qpool --profile true 2>err
	grep -q '^jobs      0: ' err
	grep -q 'Nothing ran' err
}

@test "profile: existing MAKEFLAGS and their variables are kept" {
	printf 'all: ; @echo "[$(V)] [$(findstring k,$(firstword -$(MAKEFLAGS)))]"\n' >Makefile
	MAKEFLAGS='k -- V=two\ words' qpool --profile -q -l log make >out
	[ "$(cat out)" = "[two words] [k]" ]
	MAKEFLAGS='V=1' qpool --profile -q -l log make >out
	[ "$(cat out)" = "[1] []" ]
	MAKEFLAGS='-- V=1' qpool --profile -q -l log make >out
	[ "$(cat out)" = "[1] []" ]
	MAKEFLAGS='k --' qpool --profile -q -l log make >out
	[ "$(cat out)" = "[] [k]" ]
	[ "$(of target)" = $'all\nall\nall\nall' ]
}

@test "profile: works with -J and inside a make" {
	printf 'all: a b\na b: ; @echo $@\n' >Makefile
	qpool --profile -J -j2 -l log make >out 2>err
	[ "$(sort out)" = $'a\nb' ]
	[ "$(lines)" = 2 ]
	grep -q ', on 2 slots$' err
	printf 'all:\n\t+@qpool --profile -q -l log make -s -f Makefile\n' >outer.mk
	make -s -j2 -f outer.mk >out 2>&1
	[ "$(sort out)" = $'a\nb' ]
	[ "$(lines)" = 4 ]
	# A command recorded above must not be the parent of those recorded here.
	[ "$(of parent | sort -u)" = - ]
	printf 'all:\n\t+@qpool --profile -l none make -s -f Makefile\n' >outer.mk
	run -0 make -n -f outer.mk
	[ "${lines[1]}" = "make -s -f Makefile" ]
	[ ! -e none ]
}

@test "profile: a log is appended to and summarized for this run only; other files are left alone" {
	printf 'all: ; @true\nbad: ; @false\n' >Makefile
	run -2 qpool --profile -l log make bad
	run -0 qpool --profile -l log make
	grep -q '^jobs      1: 1 ok, 0 failed' <<<"$output"
	[ "$(of target)" = $'bad\nall' ]
	echo text >text
	run -1 qpool --profile -l text make
	[ "$output" = "qpool: text:1: not a jsonl log, which --profile requires; name another file" ]
	[ "$(cat text)" = text ]
	run -1 qpool --profile -l tmp make
	[ "$output" = "qpool: tmp: Is a directory" ]
	run -1 qpool --profile -l /dev/null make
	[ "$output" = "qpool: /dev/null: not a regular file; --profile has to read its log again" ]
	rmdir tmp
}

@test "profile: wrong usage is rejected" {
	run -2 qpool --profile
	[ "$output" = "qpool: --profile requires a command" ]
	run -2 qpool --profile --tag make
	[ "$output" = "qpool: --profile cannot be combined with --tag: it records one command as jsonl; omit --tag" ]
	run -2 qpool --profile -l log --log-format=tsv make
	problem="--profile cannot be combined with --log-format: it records one command as jsonl; omit --log-format"
	[ "$output" = "qpool: $problem" ]
	run -2 qpool --one -l log make
	[[ $output == "qpool: --one cannot be combined with --log: qpool then reads no input"*"; omit --log" ]]
}

@test "profile: a build that removes all temporary files continues" {
	printf 'SHELL = /bin/bash\nall: b ; @echo $@\nb: ; @rm -rf $(TMPDIR)/* && echo $@\n' >Makefile
	run -0 qpool --profile -q -l log make
	[ "$output" = $'b\nall' ]
	rmdir tmp
}

@test "profile: a signal leaves no file, and the records are summarized" {
	local sig status

	printf 'all: a b\na: ; @true\nb: ; @: >ready; exec sleep 600\n' >Makefile
	for sig in INT TERM HUP; do
		rm -f ready
		setsid env --default-signal qpool --profile -l log make 2>err &
		until_true [ -e ready ]
		# As the terminal does: all of them.
		kill -$sig -- -$!
		status=0
		wait $! || status=$?
		# make ends by the signal itself, or with 2 if it saw its recipe end first.
		[ "$status" = $((128 + $(kill -l $sig))) ] || [ "$status" = 2 ]
		grep -q '^jobs ' err
		rmdir tmp
		mkdir tmp
	done
}

@test "profile: a path with characters that make would interpret" {
	mkdir 'a $b, #c'
	cp "$QPOOL_BINDIR/qpool" "$QPOOL_BINDIR/qpool-sh" 'a $b, #c'
	mkdir 'tmp/$x y'
	printf 'all: ; @echo $@\n' >Makefile
	TMPDIR="$PWD/tmp/\$x y" 'a $b, #c/qpool' --profile -q -l 'a $b, #c/log' make >out
	[ "$(of target 'a $b, #c/log')" = all ]
	rmdir 'tmp/$x y'
}
