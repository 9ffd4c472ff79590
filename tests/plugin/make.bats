#!/usr/bin/env bats
# qpool.so and qpool.mk in GNU make: what the functions return, how many commands run at a time, and that no file is
# left.
#
# `make check` runs it with the system's make, `make check-peers` with 4.4.1 (QPOOL_PEERS).
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	mkdir "$BATS_TEST_TMPDIR/here" "$BATS_TEST_TMPDIR/tmp" "$BATS_TEST_TMPDIR/first" || exit 1
	cd "$BATS_TEST_TMPDIR/here" || exit 1
	[ ! -x "${QPOOL_PEERS:-}/bin/make-4.4.1" ] || ln -s "$QPOOL_PEERS/bin/make-4.4.1" ../first/make
	PATH=$BATS_TEST_TMPDIR/first:$PATH
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	make_go
}

# A test fails if a call leaves a file in TMPDIR.
teardown() {
	# After a failed test, a waiting process would keep the runner's file descriptors open.
	let_go 40
	end_workers
	rmdir "$BATS_TEST_TMPDIR/tmp" || ls "$BATS_TEST_TMPDIR/tmp"
	[ ! -d "$BATS_TEST_TMPDIR/tmp" ]
}

# needs_functions: skips the test if qpool.so was not built.
needs_functions() {
	[ -e "$QPOOL_LIBDIR/qpool/qpool.so" ] || skip "qpool.so was not built: no gnumake.h"
}

# makefile: writes a Makefile of the include line and of standard input.
makefile() {
	{ echo 'include $(shell qpool --mk)'; cat; } >Makefile
}

# report TEXT: shows it in the output of bats.
report() {
	echo "# $*" >&3
}

@test "make: qpool --mk and pkg-config print the path of the include file" {
	local directory=$QPOOL_LIBDIR/qpool root

	[ "$(qpool --mk)" = "$directory/qpool.mk" ]
	export PKG_CONFIG_PATH=$QPOOL_LIBDIR/pkgconfig
	# Below DESTDIR, the installed files contain the paths without it.
	root=${QPOOL_LIBDIR%"$(pkg-config --variable=libdir qpool)"}
	[ "$directory/qpool.mk" = "$root$(pkg-config --variable=mk qpool)" ]
	[ "$directory/qpool.so" = "$root$(pkg-config --variable=plugin qpool)" ]
	[ "$QPOOL_BINDIR" = "$root$(pkg-config --variable=bindir qpool)" ]
	[ "$(pkg-config --modversion qpool)" = "$(qpool --version | sed -n '1s/qpool //p')" ]
}

@test "make: qpool --mk fails in a copy without an include file" {
	cp "$QPOOL_BINDIR/qpool" ../first/qpool
	run --separate-stderr ../first/qpool --mk
	# If the system has an installed qpool as well, the copy prints its path.
	if [ "$status" = 0 ]; then
		[ -e "$output" ]
	else
		[ "$status" = 1 ] && [[ $stderr == *"qpool.mk: No such file or directory" ]]
	fi
}

# Commands, one a line, in the syntax of a define.
commands() {
	cat <<'END'
echo one
printf 'a\nb\n\n\n'
printf '\n\n'
printf 'x\r\ny\r\n'
printf '\na'
printf 'a \n \n'
printf 'a\000b\nc'
printf '\x41\101'
printf '\303\244 \377'
echo -e 'a\tb'
echo 'a\nb' 'c\\d'
echo -n no newline
echo "with, commas" and ), ) and (
echo '$$HOME' "$$HOME" $${HOME}
pwd
pwd -P; true
exit 3
false
kill -9 $$$$
no-such-program here
no-such-program here; true
echo 'out'; echo 'err' >&2
echo \
  two lines
seq 3000
seq 3 | tr '\n' ' '
echo "'\"'" \\ \' '"'
true
X=1 env | grep '^X='
echo $$V
echo "$$SHELL"
# nothing
:
test 1 = 1 && echo yes
echo a	b   c
  echo blanks before
ls -d .
END
}

# compare [OPTION OF MAKE ...] <COMMANDS: does qpool-shell return the texts and statuses of one $(shell) for each
# command? The file `begin` holds the rest of the makefile.
compare() {
	local n=0 line list=

	echo 'include $(shell qpool --mk)' | cat - begin >Makefile
	while IFS= read -r line; do
		# A backslash at the end joins lines, as in a makefile.
		while [[ $line == *\\ ]]; do IFS= read -r more; line=$line$'\n'$more; done
		n=$((n + 1))
		printf 'define c%s\n%s\nendef\n' "$n" "$line" >>Makefile
		list="$list\$(c$n)\$(nl)"
		printf 'text%s := $(shell $(c%s))\nstatus%s := $(.SHELLSTATUS)\n' "$n" "$n" "$n" >>Makefile
	done
	cat >>Makefile <<END
define nl


endef
all := $(for i in $(seq "$n"); do printf '$(text%s) ' "$i"; done)
\$(file >shell,\$(all)|)
\$(file >statuses,$(for i in $(seq "$n"); do printf '$(status%s) ' "$i"; done))
ours := \$(qpool-shell $list)
\$(file >ours,\$(ours) |)
\$(file >status,\$(.SHELLSTATUS))
\$(file >each,\$(QPOOL_STATUS) )
all: ;
END
	timeout 60 make "$@" >out 2>err
	cmp shell ours
	cmp statuses each
	[ "$(tr ' ' '\n' <statuses | sort -n | tail -n 1)" = "$(cat status)" ]
}

@test "make: qpool-shell returns the same bytes and statuses as shell" {
	needs_functions
	# make runs /bin/pwd, which resolves links; the builtin of the shell prints PWD.
	ln -s "$PWD" ../link
	cd ../link
	printf 'V = of the makefile\nexport V\n' >begin
	commands | compare
	grep -q 'no-such-program' err
	commands | V=environment compare -j4
	[ "$(sort err | grep -c '^err$')" = 2 ]
}

@test "make: qpool-shell returns the same as shell with another SHELL and .SHELLFLAGS" {
	needs_functions
	printf 'SHELL = /bin/bash\n.SHELLFLAGS = -eu -o pipefail -c\n' >begin
	printf '%s\n' 'false | true' '[[ a == a ]] && echo $$0' 'echo $$unset_one' "printf 'x\\n\\n'" "echo \$\$-" pwd |
		compare -j3
	printf 'SHELL = /usr/bin/env bash\n' >begin
	printf '%s\n' 'echo $${BASH_VERSION:+yes}' "echo 'a  b'" | compare -j3
	printf 'SHELL = /usr/bin/python3\n' >begin
	printf '%s\n' 'print("a\\n" * 3)' 'import sys; sys.exit(7)' 'print(1, 2)' | compare -j3
	printf 'SHELL = /bin/sh\n.SHELLFLAGS = -ec\n' >begin
	printf '%s\n' 'false; echo not this' 'echo 1' | compare -j3
	printf '.POSIX:\n' >begin
	printf '%s\n' 'false; echo not this' 'echo 1' | compare -j3
	printf 'SHELL = /no/such/shell\n' >begin
	printf '%s\n' 'echo 1' 'echo 2' | compare -j3
}

@test "make: exported functions reach the commands of a makefile whose SHELL is bash" {
	helper() { echo "hi $1"; }
	export -f helper
	cat >Makefile <<'END'
SHELL := /bin/bash
include $(shell qpool --mk)
$(info $(shell helper a) $(qpool-shell helper b,helper c))
all:
	@helper d
	@$(call qpool,-q bash -c 'helper $$0',e f)
END
	for log in '' "$PWD/log"; do
		QPOOL_LOG=$log run -0 make -s
		if [ "$output" != "$(printf '%s\n' 'hi a hi b hi c' 'hi d' 'hi e' 'hi f')" ]; then
			echo "QPOOL_LOG=$log: $output"
			return 1
		fi
	done
}

@test "make: qpool-shell runs each argument and each line, and skips blank ones" {
	needs_functions
	makefile <<'END'
define nl


endef
$(info [$(qpool-shell echo a,echo b, echo c)])
$(info [$(qpool-shell echo a,,  ,true,echo b)])
$(info [$(qpool-shell echo a$(nl)$(nl)  $(nl)echo b,echo c)])
$(info [$(qpool-shell )] [$(qpool-shell ,)] [$(qpool-shell $(nl),$(nl))])
$(info [$(qpool-shell echo '$(qpool-shell echo in,echo side)')])
$(info [$(qpool-shell $(foreach i,1 2 3,echo $i$(nl)))])
all: ;
END
	make -s >out
	printf '%s\n' '[a b c]' '[a  b]' '[a b c]' '[] [] []' '[in side]' '[1 2 3]' | diff - out
}

@test "make: qpool-shell accepts any arguments without stopping make" {
	needs_functions
	makefile <<'END'
define nl


endef
comma := ,
open := (
close := )
x := 1 2 3 4 5 6 7 8
x := $(foreach i,$x,$(foreach j,$x,$(foreach k,$x,$i$j$k)))
kilo := $(foreach i,$x,$(foreach j,1 2,$i))
mega := $(foreach i,$x,$(kilo))
$(info many $(words $(qpool-shell $(foreach i,$x,echo $i$(nl)))))
$(info long [$(qpool-shell echo $(mega),echo 2)] $(.SHELLSTATUS) $(QPOOL_STATUS))
$(info out $(words $(qpool-shell seq 300000,seq 300000)))
quotes := $(qpool-shell echo ',echo ",echo `,echo $$$(comma),echo $$(open),echo $(open),echo $(close),echo \,echo 1)
$(info quote [$(quotes)])
$(info slots $(qpool-slots) $(qpool-slots x) $(qpool-slots x,y))
all: ;
END
	# A call with 1001 literal arguments.
	{
		printf 'args := $(qpool-shell '
		printf 'echo %s,' $(seq 1000)
		printf 'echo last)\n$(info $(words $(args)) $(lastword $(args)))\n'
	} >>Makefile
	timeout 60 make -s -j2 >out 2>err
	grep -x 'many 512' out
	grep -x 'long \[ 2\] 127 127 0' out
	grep -x 'out 600000' out
	grep -x 'slots 2 2 2' out
	grep -x '1001 last' out
	[ "$(grep -c '^quote \[.* 1\]$' out)" = 1 ]
}

@test "make: qpool-shell separates outputs of any size and content" {
	needs_functions
	head -c 3000000 /dev/urandom | tr -d '\000' >bytes
	makefile <<'END'
one := $(shell cat bytes)
two := $(shell base64 bytes)
all := $(one)$(empty) $(two)$(empty) $(one)
ours := $(qpool-shell cat bytes,base64 bytes,cat bytes)
$(file >a,$(all))
$(file >b,$(ours))
all: ;
END
	make -s -j3
	cmp a b
	[ "$(wc -c <b)" -gt 9000000 ]
}

# meeting: creates the command `meet NAME COUNT`, which ends only once COUNT of them run at the same time.
meeting() {
	cat >meet <<'END'
#!/bin/sh
# The last one lets all of them continue.
: >"met-$1"
if [ "$(ls | grep -c '^met-')" = "$2" ]; then yes '' | head -n "$2" >go; fi
read -r x <go
echo "$1"
END
	chmod +x meet
}

@test "make: qpool-shell runs 8 of 40 commands at a time below -j8" {
	needs_functions
	meeting
	# If fewer than eight ran at a time, the first eight would wait until the timeout.
	{ for i in 1 2 3 4 5 6 7 8; do echo "./meet $i 8"; done; for i in $(seq 9 40); do echo "echo $i"; done; } >list
	makefile <<'END'
define nl


endef
$(info $(qpool-shell $(shell tr '\n' ',' <list)))
all: ;
END
	sed -i "s|\$(shell tr .*list)|$(sed 's/$/,/' list | tr -d '\n')|" Makefile
	timeout 60 make -s -j8 >out
	[ "$(cat out)" = "$(seq 40 | tr '\n' ' ' | sed 's/ $//')" ]
}

# counting: creates the command `count NAME`, which is in the directory `alive` while it runs and appends to the file
# `most` how many ran at that moment.
counting() {
	mkdir alive
	cat >count <<'END'
#!/bin/sh
: >"$HERE/alive/$$"
ls "$HERE/alive" | wc -l >>"$HERE/most"
sleep 0.03
rm "$HERE/alive/$$"
echo "$1"
END
	chmod +x count
	export HERE=$PWD
}

most() {
	sort -n most | tail -n 1
}

@test "make: qpool-slots is -j while makefiles are read, 1 without -j, the CPUs for a bare -j" {
	local flags want

	needs_functions
	counting
	makefile <<'END'
$(info $(qpool-slots) $(qpool-shell $(foreach i,1 2 3 4 5 6 7 8 9 10 11 12,./count $i,)))
all: ;
END
	sed -i "s|\$(foreach .*,))|$(seq -s , -f './count %g' 7))|" Makefile
	while read -r want flags; do
		rm -f most
		# shellcheck disable=SC2086
		timeout 60 make -s $flags >out
		[ "$(cat out)" = "$want 1 2 3 4 5 6 7" ]
		[ "$(most)" -le "$want" ]
		[ "$want" = 1 ] || [ "$(most)" -ge 2 ]
	done <<'END'
1
1 -j1
3 -j3
3 -j 3
3 --jobs=3
3 --jobs 3
3 -j8 -kj3
3 -nj3
END
	rm -f most
	make -s -j >out
	[ "$(cat out)" = "$(nproc) 1 2 3 4 5 6 7" ]
	MAKEFLAGS=-j3 make -s >out
	[ "$(cat out)" = "3 1 2 3 4 5 6 7" ]
}

@test "make: qpool-slots in a recipe, in a sub-make, and in a sub-make without +" {
	needs_functions
	cat >below.mk <<'END'
include $(shell qpool --mk)
at := $(qpool-slots)
all: ; @echo $(at) $(qpool-slots)
END
	makefile <<'END'
all: ; @echo $(qpool-slots)
	@$(MAKE) -s --no-print-directory -f below.mk
	@$(MAKE) -s --no-print-directory -f below.mk -j2 2>/dev/null
	@make=make; $$make -s --no-print-directory -f below.mk 2>/dev/null
END
	make -j5 >out
	# Without +, a make from 4.4 on still has the named pipe; an earlier one has no pipe.
	case $(make --version | head -n 1) in
	"GNU Make 4."[0-3]*) printf '%s\n' 5 '5 5' '2 2' '1 1' | diff - out ;;
	*) printf '%s\n' 5 '5 5' '2 2' '5 5' | diff - out ;;
	esac
	make >out
	[ "$(head -n 2 out | tr '\n' ' ')" = "1 1 1 " ]
}

# seven NAME: seven counting commands as arguments.
seven() {
	printf '%s' "./count $1,./count $1,./count $1,./count $1,./count $1,./count $1,./count $1"
}

@test "make: qpool-shell in sub-makes and recipes never exceeds -j" {
	local n style styles=

	needs_functions
	[ "$QPOOL_SYSTEM" = linux ] || skip "needs /proc to see the children of make"
	counting
	mkdir a b
	for name in a b; do
		printf 'include $(shell qpool --mk)\nVPATH = ..\nat := $(qpool-shell %s)\nall: 1 2\n%s\n' \
			"$(seven x | sed 's|\./|../|g')" '1 2: ; @cd .. && ./count x >/dev/null' >"$name/Makefile"
	done
	makefile <<END
all: a b c d e f
a b: ; @\$(MAKE) -s -C \$@
c d: ; @./count y >/dev/null; echo \$(words \$(qpool-shell $(seven z))); ./count z >/dev/null
e f: ; @./count y >/dev/null
	@./count y >/dev/null
	@./count y >/dev/null
.PHONY: a b c d e f
END
	case $(make --version | head -n 1) in
	"GNU Make 4."[0-3]*) ;;
	*) styles="--jobserver-style=fifo --jobserver-style=pipe" ;;
	esac
	for style in ${styles:-""}; do
		for n in 2 3 4; do
			rm -f most
			# shellcheck disable=SC2086
			timeout 100 make -s --no-print-directory -j"$n" $style >out 2>err
			[ ! -s err ]
			[ "$(sort out | uniq -c | tr -s ' ')" = " 2 7" ]
			report "$(make --version | head -n 1) -j$n $style: at most $(most) at once"
			[ "$(most)" -le "$n" ]
			[ "$(wc -l <most)" = 42 ]
		done
	done
}

@test "make: qpool-shell in a recipe waits for a slot without blocking the jobs of make" {
	local pid

	needs_functions
	[ "$QPOOL_SYSTEM" = linux ] || skip "needs /proc to see the children of make"
	makefile <<'END'
all: a b c
a b: ; @: >$@-runs; read x <go
c: ; @echo $(qpool-shell echo 1; : >c-runs,echo 2)
END
	make -s -j2 >out 2>err &
	pid=$!
	until_true test -e a-runs
	until_true test -e b-runs
	# qpool runs, and waits.
	# shellcheck disable=SC2016 # evaluated again each time
	until_true sh -c 'shell=$(pgrep -P "$1" -n) && pgrep -P "$shell" -x qpool' sh "$pid"
	[ ! -e c-runs ]
	let_go 1
	until_true test -e c-runs
	let_go 1
	wait "$pid"
	[ "$(cat out)" = "1 2" ]
	[ ! -s err ]
}

@test "make: qpool-shell in two makes that use all slots continues when their jobs finish" {
	needs_functions
	mkdir a b
	for name in a b; do
		printf 'include $(shell qpool --mk)\nall: x y\n%s\n%s\n' "x: ; @: >../$name-runs; read x <../go" \
			"y: ; @echo \$(qpool-shell echo 1; : >../$name-y,echo 2)" >"$name/Makefile"
	done
	printf 'all: a b\na b: ; @$(MAKE) -s --no-print-directory -C $@\n.PHONY: a b\n' >Makefile
	timeout 60 make -s -j2 >out 2>err &
	until_true test -e a-runs
	until_true test -e b-runs
	[ ! -e a-y ] && [ ! -e b-y ]
	let_go 2
	wait $!
	[ "$(cat out)" = $'1 2\n1 2' ]
	[ ! -s err ]
}

@test "make: qpool-shell runs below -n, -q and -t while makefiles are read" {
	local flags

	needs_functions
	makefile <<'END'
$(info [$(qpool-shell echo a,echo b)])
all: ; @echo recipe
END
	for flags in -n -t "-j2 -n" "-j2 -t" -q; do
		# shellcheck disable=SC2086
		run make -s $flags
		[ "${lines[0]}" = "[a b]" ]
	done
}

@test "make: qpool-shell runs again after make has remade a makefile" {
	needs_functions
	makefile <<'END'
-include made.mk
at := $(qpool-shell echo 1,echo 2)-$(qpool-slots)
made.mk: ; @echo 'made := $(qpool-shell echo 3,echo 4)-$(qpool-slots)' >$@
all: ; @echo $(MAKE_RESTARTS) $(at) $(made)
END
	make -s -j3 all >out
	[ "$(cat out)" = "1 1 2-3 3 4-3" ]
}

@test "make: qpool-shell has the environment of shell and leaves no file descriptor open" {
	needs_functions
	makefile <<'END'
export EXPORTED = of the makefile
a := $(shell env)
env := env | grep -v -e ^QPOOL_ -e ^_= -e ^MAKEFLAGS= -e ^MFLAGS= | sort
$(file >a,$(shell $(env)))
$(file >b,$(qpool-shell $(env)))
$(file >c,$(words $(shell ls /proc/self/fd)))
$(file >d,$(words $(qpool-shell ls /proc/self/fd)))
all: ;
END
	make -s -j2
	cmp a b
	# One more is allowed: QPOOL_PROGRESS_FD.
	[ "$(cat d)" -le $(($(cat c) + 1)) ]
}

@test "make: errors are reported by make with file and line" {
	needs_functions
	makefile <<'END'
x := $(qpool-put no-such-queue,task)
all: ;
END
	run make
	[ "$status" = 2 ]
	[[ $output == "Makefile:2: *** "*no-such-queue*"  Stop." ]]
	makefile <<'END'
x := $(qpool-size no-such(queue$$)
all: ;
END
	run make
	[ "$status" = 2 ]
	[[ $output == "Makefile:2: *** "*'$'*"  Stop." ]] || [[ $output == *"unterminated call"* ]]
	makefile <<'END'

x := $(qpool-shell echo 1)
all: ;
END
	run make QPOOL=/no/such
	[ "$status" = 2 ]
	[ "$output" = "Makefile:3: *** qpool-shell: /no/such: not found; set QPOOL to the path of qpool.  Stop." ]
	run make QPOOL=/bin/false
	[ "$status" = 2 ]
	[ "${output#Makefile:3: \*\*\* }" = \
		"qpool-shell: /bin/false exited with status 1 before all commands were run.  Stop." ]
	makefile <<'END'
x := $(qpool-put one)
all: ;
END
	run make
	[ "$status" = 2 ]
	[[ $output == "Makefile:2: *** insufficient number of arguments (1) to function 'qpool-put'.  Stop." ]]
}

@test "make: a full disk is reported as such, not as a missing program" {
	needs_functions
	unshare -rm true 2>/dev/null || skip "cannot create a mount namespace"
	mkdir small
	# The script and the commands fit, and nothing that qpool writes.
	printf 'mount -t tmpfs -o size=%s none small && TMPDIR=$PWD/small make; ls -A small >left\n' \
		"$((2 * $(getconf PAGESIZE)))" >inside
	makefile <<'END'
x := $(qpool-shell echo 1)
all: ;
END
	run unshare -rm sh inside
	[[ $output == *"Makefile:2: *** qpool-shell: $PWD/small/qpool-"*"cannot write the exit status of "*"  Stop."* ]]
	[[ $output != *': not found'* ]]
	[ ! -s left ]
}

@test "make: qpool-put puts any text as one task, qpool-size counts tasks" {
	needs_functions
	makefile <<'END'
$(info $(qpool-put q,first, with a comma and 'quotes' "$$HOME" \ ))
$(info $(qpool-put q,$(long)))
define lines
two
lines
endef
$(info $(qpool-put q,$(lines)))
$(info $(qpool-size q))
all: ; @echo $(qpool-put q,from a recipe) $(qpool-size q)
END
	qctl create q
	yes word | head -n 50000 | tr '\n' ' ' >long
	echo "long := $(cat long)" >>Makefile
	sed -i '1r /dev/stdin' Makefile <<<"$(tail -n 1 Makefile)"
	sed -i '$d' Makefile
	make -s >out
	printf '%s\n' 1 2 3 3 '4 4' | diff - out
	printf '%s' "first, with a comma and 'quotes' \"\$HOME\" \\ " | cmp - <(qctl get q | head -c -1)
	[ "$(qctl get q | wc -c)" -gt 249000 ]
	[ "$(qctl get q)" = $'two\nlines' ]
	[ "$(qctl get q)" = "from a recipe" ]
	run make QCTL=/no/such
	[ "$output" = "Makefile:3: *** qpool-put: /no/such: not found; set QCTL to the path of qctl.  Stop." ]
}

@test "make: calls leak no memory" {
	needs_functions
	command -v valgrind >/dev/null || skip "valgrind is not installed"
	qctl create q
	# Not every valgrind can read the debugging information of every compiler. Without it, a stack frame still
	# shows the name of the object.
	cp "$QPOOL_LIBDIR/qpool/qpool.mk" "$QPOOL_LIBDIR/qpool/qpool.so" .
	strip -g qpool.so
	cat >Makefile <<'END'
include $(CURDIR)/qpool.mk
define nl


endef
x := $(qpool-shell echo 1,printf 'a\nb',no-such-program,$(foreach i,1 2 3,echo $i$(nl)))
x := $(qpool-slots) $(qpool-put q,task) $(qpool-size q) $(qpool-shell )
all: ; @echo $(qpool-shell echo 1)
END
	valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible --trace-children=no --error-exitcode=0 \
		--log-file=valgrind make -s -j2 >out 2>err
	[ "$(cat out)" = 1 ]
	grep -q 'LEAK SUMMARY\|no leaks are possible' valgrind
	run ! grep -e 'qpool\.so' -e Invalid -e uninitialised valgrind
}

@test "make: without load, or if loading fails, only the functions are missing" {
	makefile <<'END'
all: ; @echo "[$(QPOOL_FUNCTIONS)] [$(qpool-slots)] [$(qpool-shell echo 1)]"
	@$(call qpool,echo,a b)
END
	make -s .FEATURES=none 2>err >out
	printf '%s\n' '[] [] []' a b | diff - out
	mkdir other
	cp "$QPOOL_LIBDIR/qpool/qpool.mk" other
	echo 'no object' >other/qpool.so
	sed -i '1s|.*|include other/qpool.mk|' Makefile
	make -s 2>err >out
	printf '%s\n' '[] [] []' a b | diff - out
}

@test "make: the include file uses no undefined variable and allows export of all variables" {
	makefile <<'END'
all: ; @$(call qpool,-q echo,a b)
	@echo $(QPOOL_FUNCTIONS)
END
	make -s --warn-undefined-variables >out 2>err
	[ ! -s err ]
	needs_functions
	makefile <<'END'
export
again = $(qpool-shell echo 1,echo 2)
all: ; @echo $(again) $$again $(qpool-slots)
END
	timeout 60 make -s -j2 --warn-undefined-variables >out 2>err
	[ "$(cat out)" = "1 2 1 2 2" ]
	[ ! -s err ]
}

@test "make: the include file can be included twice and sets no default goal" {
	makefile <<'END'
include $(shell qpool --mk)
first: ; @echo first
second: ; @echo second
END
	[ "$(make -s)" = first ]
}

@test "make: empty QPOOL and QCTL are ignored" {
	makefile <<'END'
include $(shell qpool --mk)
$(info [$(qpool-shell echo a)])
all: ; @echo '$(notdir $(QPOOL) $(QCTL))'
END
	[ "$(QPOOL='' QCTL='' make -s)" = $'[a]\nqpool qctl' ]
}

@test "make: call qpool passes every word of the list unchanged" {
	cat >list <<'END'
a'b
"c"
d\e
\f\\
$g$$h
`i`
*
#j
k;l|m&n
(o
p)
{q}
ä€
--r
~
!
x=y
END
	makefile <<'END'
list := $(shell cat list)
all: ; $(call qpool,printf '%s\n',$(list))
END
	make -s >out 2>err
	diff list out
	sed -i 's/^all: ; /all: ; @/' Makefile
	make -j4 >out 2>err
	diff list out
}

@test "make: call qpool takes 200,000 words, more than a command line can hold" {
	makefile <<'END'
list := $(shell seq -f 'a-word-of-some-length-%.0f' 200000)
all: ; @$(call qpool,-n 2000 printf '%s\n',$(list))
END
	make -s -j2 >out 2>err
	seq -f 'a-word-of-some-length-%.0f' 200000 | cmp - out
	[ "$(wc -c <out)" -gt "$(getconf ARG_MAX)" ]
}

@test "make: call qpool with an empty list, options, a shell line and a failure" {
	makefile <<'END'
empty: ; $(call qpool,echo,  $(nothing) )
options: ; @$(call qpool,-j1 --tag echo is,a b)
line: ; @$(call qpool,-q,true :)
fail: ; @$(call qpool,-q sh -c 'exit 3',a)
pipe: ; @$(call qpool,echo,a b) | tr a-z A-Z
END
	run --separate-stderr make -s empty
	[ "$status" = 0 ] && [ -z "$output$stderr" ]
	[ "$(make -s options 2>/dev/null)" = $'a\tis a\nb\tis b' ]
	make -s line
	run make -s fail
	[ "$status" = 2 ] && [[ $output == *"Error 123"* ]]
	[ "$(make -s pipe 2>/dev/null)" = $'A\nB' ]
}

@test "make: call qpool in two parallel recipes keeps the lists apart and stays within -j" {
	counting
	makefile <<'END'
all: a b
a: ; @$(call qpool,-j4 -q ./count,1 2 3 4 5 6)
b: ; @$(call qpool,-j4 -q ./count,7 8 9 10 11 12)
END
	make -s -j3 >out 2>err
	[ ! -s err ]
	diff <(seq 12) <(sort -n out)
	[ "$(most)" -le 3 ]
}

@test "make: call qpool prints the commands below -n and runs nothing below -q and -t" {
	makefile <<'END'
all: ; $(call qpool,touch,a b)
END
	make -n >out
	[ "$(tail -n 2 out)" = $'touch a\ntouch b' ]
	[ "$(wc -l <out)" = 3 ]
	run make -q
	[ "$status" = 1 ] || [ "$status" = 2 ]
	make -t
	[ ! -e a ] && [ ! -e b ]
}

@test "make: call qpool accepts any TMPDIR that can be used" {
	local name

	makefile <<'END'
all: ; @$(call qpool,echo,a b)
END
	for name in relative "blanks and 'quotes'" 'dol$lar(' 'comma,semi;'; do
		mkdir "$name"
		TMPDIR=$name make -s >out 2>err
		[ "$(cat out)" = $'a\nb' ]
		rmdir "$name"
	done
	TMPDIR=/no/such run make -s
	[ "$status" = 2 ]
	[[ $output == *"Makefile:2: *** qpool: cannot create a file in TMPDIR.  Stop."* ]]
}

@test "make: qpool-shell accepts any TMPDIR" {
	local name

	needs_functions
	makefile <<'END'
$(info $(qpool-shell echo a,echo b))
all: ;
END
	for name in relative "blanks and 'quotes'" 'dol$lar(' /no/such; do
		[ "$name" = /no/such ] || mkdir "$name"
		[ "$(TMPDIR=$name make -s)" = "a b" ]
		[ "$name" = /no/such ] || rmdir "$name"
	done
}

is_empty() {
	[ -z "$(ls "$1")" ]
}

# Has the script of the function ended, which removes its directory at the end?
no_script() {
	! pgrep -f "^/bin/sh -c [.] $BATS_TEST_TMPDIR/tmp/qpool-" >/dev/null
}

@test "make: qpool-shell ended by a signal leaves no directory and no command" {
	local sig pid

	needs_functions
	makefile <<'END'
$(info $(qpool-shell echo $$$$ >>pids; : >runs; sleep 1000,true))
all: ;
END
	for sig in TERM INT HUP; do
		rm -f runs
		# In a process group of its own, to which a terminal would send the signal.
		setsid env --default-signal make -s -j2 >out 2>err &
		pid=$!
		until_true test -e runs
		kill -"$sig" -- -"$pid"
		wait "$pid" || true
		until_true is_gone "$(tail -n 1 pids)"
		until_true is_empty ../tmp
	done
	# SIGKILL of make alone: make cannot pass it on, so the commands finish, as with shell.
	rm -f runs
	sed -i 's/sleep 1000/read x <go/' Makefile
	setsid make -s -j2 >out 2>err &
	pid=$!
	until_true test -e runs
	kill -KILL "$pid"
	let_go 1
	until_true is_gone "$(tail -n 1 pids)"
	until_true is_empty ../tmp
}

@test "make: call qpool and qpool-shell run a script without #! by sh" {
	printf 'echo "got $1"\n' >script
	chmod +x script
	makefile <<'END'
all: ; $(call qpool,-q ./script,x y)
END
	[ "$(make -s)" = "$(printf 'got x\ngot y')" ]
	needs_functions
	makefile <<'END'
$(info $(qpool-shell ./script a,./script b))
all: ;
END
	[ "$(make -s)" = "got a got b" ]
}

@test "make: qpool-shell removes nothing from what replaced its directory" {
	local pid sig name

	needs_functions
	makefile <<'END'
$(info $(qpool-shell echo $$$$ >>pids; : >runs; read x <go,true))
all: ;
END
	for sig in KILL TERM; do
		rm -f runs
		setsid env --default-signal make -s -j2 >out 2>err &
		pid=$!
		until_true test -e runs
		name=$(echo ../tmp/qpool-*)
		mv "$name" ../aside
		mkdir -p "$name/more"
		touch "$name/run" "$name/in" "$name/more/file"
		if [ $sig = KILL ]; then kill -KILL "$pid"; else kill -TERM -- -"$pid"; fi
		let_go 1
		wait "$pid" || true
		until_true is_gone "$(tail -n 1 pids)"
		until_true no_script
		[ -e "$name/run" ]
		[ -e "$name/in" ]
		[ -e "$name/more/file" ]
		rm -r ../aside "$name"
	done
}

@test "make: qpool-shell does not use a TMPDIR that others may write to" {
	needs_functions
	makefile <<'END'
$(info $(words $(qpool-shell ls $(TMPDIR),true)))
all: ;
END
	chmod 777 ../tmp
	[ "$(make -s)" = 0 ]
	# With the sticky bit others cannot replace the directory.
	chmod 1777 ../tmp
	[ "$(make -s)" = 1 ]
}

# recorded TARGET: prints the number of its records in the log.
recorded() {
	grep -c "\"target\":\"$1\"" log
}

@test "make: QPOOL_LOG records every line of every recipe with any shell" {
	local shell

	for shell in /bin/sh /bin/bash; do
		rm -f log
		{ echo "SHELL = $shell"; echo 'include $(shell qpool --mk)'; } >Makefile
		cat >>Makefile <<'END'
all: a b c
a: ; @echo $@ $${BASH_VERSION:+bash}
b: ; @echo $@
	@true
c: ; @$(MAKE) -s --no-print-directory -f below.mk
at := $(shell echo "$$0")
$(info $(at))
END
		printf 'include $(shell qpool --mk)\nd: ; @echo $@ $${BASH_VERSION:+bash}\n' >below.mk
		make -s >plain
		[ ! -e log ]
		QPOOL_LOG=$PWD/log make -s >out
		diff plain out
		[ "$(recorded a)" = 1 ] && [ "$(recorded b)" = 2 ] && [ "$(recorded c)" = 1 ] && [ "$(recorded d)" = 1 ]
		[ "$(qlog summary log | grep -c .)" -ge 2 ]
	done
	# A makefile that sets SHELL before the include, and the log on the command line of make.
	rm log
	make -s QPOOL_LOG=log >out
	diff plain out
	[ "$(recorded b)" = 2 ]
}

@test "make: QPOOL_LOG keeps the failure of a line and leaves a SHELL of several words alone" {
	printf '%s\n' 'SHELL = /usr/bin/env bash' 'include $(shell qpool --mk)' 'a: ; @[[ a == a ]]; exit 3' >Makefile
	QPOOL_LOG=log run make -s
	[ "$status" = 2 ] && [[ $output == *"QPOOL_LOG: SHELL has several words"*"Error 3"* ]] && [ ! -e log ]
	sed -i 1d Makefile
	QPOOL_LOG=log run make -s
	[ "$status" = 2 ] && [[ $output == *"Error 3"* ]]
	grep -q '"status":3' log
}

@test "make: the example makefile runs" {
	needs_functions
	cp "$QPOOL_DOCDIR/examples/parallel.mk" Makefile
	make -s -j4 >out
	grep -q '^letters: a b c$' out
	[ "$(sed -n '/^shout/,$p' out | tail -n +2 | tr '\n' ' ')" = "A B C " ]
}

@test "make: qpool-shell of 40 times 0.1 s is 6 times as fast as shell with -j8 (QPOOL_LONG)" {
	local from one many

	needs_functions
	[ -n "${QPOOL_LONG:-}" ] || skip "QPOOL_LONG is not set"
	makefile <<'END'
define nl


endef
n := $(shell seq 40)
ifdef MANY
$(info $(qpool-shell $(foreach i,$n,sleep 0.1; echo $i$(nl))))
else
$(info $(foreach i,$n,$(shell sleep 0.1; echo $i)))
endif
all: ;
END
	for _ in 1 2 3; do
		from=$(date +%s%N)
		make -s -j8 >one
		one=$((($(date +%s%N) - from) / 1000000))
		from=$(date +%s%N)
		make -s -j8 MANY=1 >many
		many=$((($(date +%s%N) - from) / 1000000))
		cmp one many
		report "40 of shell: $one ms, one qpool-shell -j8: $many ms"
		[ "$one" -lt $((many * 6)) ] || return 0
	done
	return 1
}
