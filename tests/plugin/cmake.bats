#!/usr/bin/env bats
# find_package(Qpool) in CMake, with both generators: qpool_add_map(), the records of a whole build, and the launcher
# that writes them.
# shellcheck disable=SC2016,SC2183,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	make_go
	make_count
}

teardown() {
	end_workers
}

needs_cmake() {
	command -v cmake >/dev/null || skip "cmake is not installed"
	generators=("Unix Makefiles")
	! command -v ninja >/dev/null || generators+=(Ninja)
}

# project TEXT: writes a CMakeLists.txt that finds qpool, with this text after it.
project() {
	printf 'cmake_minimum_required(VERSION 3.18)\nproject(x %s)\nfind_package(Qpool 0.1 REQUIRED)\n%s\n' \
		"${languages:-NONE}" "$1" >CMakeLists.txt
}

configure() {
	rm -rf b
	timeout 120 cmake -G "$1" -S . -B b -DCMAKE_PREFIX_PATH="$(dirname "$QPOOL_BINDIR")" "${@:2}" >output 2>&1 ||
		{ cat output; return 1; }
}

build() {
	timeout 120 cmake --build b "$@" >output 2>&1 || { cat output; return 1; }
}

@test "cmake: qpool_add_map runs a script without #! by sh, recorded or not" {
	local log

	needs_cmake
	printf 'echo "$1" >>got\n' >script
	chmod +x script
	project 'qpool_add_map(TARGET map ALL COMMAND ${CMAKE_SOURCE_DIR}/script FOREACH a b JOBS 1
		WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})'
	for log in "" "$PWD/log"; do
		rm -f got
		configure "Unix Makefiles" -DQPOOL_LOG="$log"
		build
		printf '%s\n' a b | cmp - got
	done
}

@test "cmake: items and words reach the command unchanged" {
	needs_cmake
	project 'set(list one "two words" "")
set_property(GLOBAL PROPERTY p x)
add_executable(prog IMPORTED)
set_target_properties(prog PROPERTIES IMPORTED_LOCATION "${CMAKE_SOURCE_DIR}/it" LISTED "from;a list")
qpool_add_map(TARGET map
	COMMAND sh -c "printf \"<%s>\" \"\$@\" >>got; echo >>got"
		sh "a;b" "" "[" "it'\''s" "\"q\"" "back\\slash" "{}" "\$x"
	DEPENDS first JOBS 1 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" COMMENT "the map"
	FOREACH ${list} "semi;colon" "a [ b" "b ] c" "it'\''s" "\"quoted\"" "\$HOME \${x} $(y) %" "comma, > angle"
		"back\\slash" "new
line" "$<TARGET_FILE:prog>" "$<$<BOOL:0>:nothing>" "a, b> $<JOIN:x;y,->"
		"$<TARGET_PROPERTY:prog,LISTED>;more" "#hash" "  lead" "-x" "{}" "" "ÄÖ")
add_custom_target(first)'
	printf '%s\036' one 'two words' 'semi;colon' 'a [ b' 'b ] c' "it's" '"quoted"' '$HOME ${x} $(y) %' \
		'comma, > angle' 'back\slash' $'new\nline' "$PWD/it" 'a, b> x-y' from 'a list' more '#hash' \
		'  lead' -x '{}' ÄÖ >want
	tr '\036\n' '\n\036' <want | while IFS= read -r item; do
		printf "<a;b><><[><it's><\"q\"><back\\slash><%s><\$x>\036" "$item"
	done | tr '\036\n' '\n\036' | tr '\036' '\n' >lines
	for generator in "${generators[@]}"; do
		rm -f got
		configure "$generator"
		cmp want b/CMakeFiles/map.dir/items.qpool
		build --target map
		cmp lines got
		grep -q 'the map' output
	done
}

@test "cmake: a list longer than ARG_MAX" {
	needs_cmake
	i=0
	while [ $i -lt 20000 ]; do
		echo "item number $i of a list that is longer than a command line may be, and so is kept in a file: " \
			"$i, $i, $i, $i"
		i=$((i + 1))
	done >list
	[ "$(stat -c %s list 2>/dev/null || echo 2100000)" -gt "$(getconf ARG_MAX)" ]
	project 'file(STRINGS list items)
qpool_add_map(TARGET map ALL COMMAND true FOREACH ${items})'
	configure "Unix Makefiles"
	tr '\036' '\n' <b/CMakeFiles/map.dir/items.qpool | cmp - list
	build
	[ "$(grep -c '^\[[0-9]*\] ok' output)" = 20000 ]
}

@test "cmake: a target as the command, ALL, no items, and a failing job that fails the build" {
	needs_cmake
	printf '#!/bin/sh\n[ "$1" != bad ]\n' >it
	chmod +x it
	project 'add_executable(it IMPORTED)
set_target_properties(it PROPERTIES IMPORTED_LOCATION "${CMAKE_SOURCE_DIR}/it")
qpool_add_map(TARGET good ALL COMMAND it FOREACH a b)
qpool_add_map(TARGET empty ALL COMMAND false FOREACH)
qpool_add_map(TARGET bad COMMAND it FOREACH a bad)'
	for generator in "${generators[@]}"; do
		configure "$generator"
		build
		[ "$(grep -c 'ok .*/it' output)" = 2 ]
		run build --target bad
		[ "$status" != 0 ]
		[[ $output == *"exit 1"*"/it bad"* ]]
	done
}

@test "cmake: a wrong call fails when CMake configures" {
	needs_cmake
	refused() {
		project "$1"
		run -1 configure "Unix Makefiles"
		[[ $(tr -s '\n ' ' ' <output) == *"$2"* ]]
	}
	refused 'qpool_add_map(COMMAND true FOREACH a)' "TARGET is missing"
	refused 'qpool_add_map(TARGET x FOREACH a)' "COMMAND is missing"
	refused 'qpool_add_map(TARGET x COMMAND true)' "FOREACH is missing"
	refused 'qpool_add_map(x COMMAND true FOREACH a)' "'x' must follow a keyword"
	refused 'qpool_add_map(TARGET x y COMMAND true FOREACH a)' "TARGET takes one value"
	refused 'qpool_add_map(TARGET x COMMAND true FOREACH a JOBS 0)' "JOBS '0': must be a number greater than 0"
	refused 'string(ASCII 97 30 98 s)
qpool_add_map(TARGET x COMMAND true FOREACH "${s}")' "contains the byte 036"
	printf '%s\n' 'cmake_minimum_required(VERSION 3.18)' 'project(x NONE)' 'find_package(Qpool 1.0 REQUIRED)' \
		>CMakeLists.txt
	run -1 configure "Unix Makefiles"
	[[ $(cat output) == *"0.1.0"* ]]
}

@test "cmake: a map and the other targets stay within make's -j" {
	needs_cmake
	project 'set(items 1 2 3 4 5 6 7 8 9 10 11 12)
qpool_add_map(TARGET map ALL COMMAND "${CMAKE_SOURCE_DIR}/count" JOBS 8 FOREACH ${items})
qpool_add_map(TARGET other ALL COMMAND "${CMAKE_SOURCE_DIR}/count" JOBS 8 FOREACH ${items})
foreach(i RANGE 1 6)
	add_custom_target(t${i} ALL COMMAND "${CMAKE_SOURCE_DIR}/count")
endforeach()'
	configure "Unix Makefiles"
	for jobs in 1 3; do
		rm -f most
		build --parallel $jobs
		[ "$(wc -l <most)" = 30 ]
		[ "$(sort -n most | tail -n 1)" -le $jobs ]
	done
}

@test "cmake: the jobs of a map find the jobserver of CMake's make" {
	needs_cmake
	printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count\n' "$(seq -s ' ' 12)" >Makefile
	project 'qpool_add_map(TARGET map ALL COMMAND make -C "${CMAKE_SOURCE_DIR}" -f FOREACH Makefile)'
	configure "Unix Makefiles"
	build --parallel 2
	run -1 grep -i 'warning.*jobserver' output
	[ "$(wc -l <most)" = 12 ] && [ "$(sort -n most | tail -n 1)" -le 2 ]
}

# A project with a library, a program, a command and a target. Some of the names contain blanks.
compiled_project() {
	languages=C project 'file(WRITE "${CMAKE_BINARY_DIR}/main.c" "int f(void); int main(void) { return f(); }")
file(WRITE "${CMAKE_BINARY_DIR}/a lib.c" "int f(void) { return 0; }")
add_library(l STATIC "${CMAKE_BINARY_DIR}/a lib.c")
add_executable(prog "${CMAKE_BINARY_DIR}/main.c")
target_link_libraries(prog l)
add_custom_command(OUTPUT "out file.txt" COMMAND prog && echo done COMMAND cmake -E touch "out file.txt"
	DEPENDS prog VERBATIM)
add_custom_target(made ALL DEPENDS "out file.txt")
add_custom_target(util ALL COMMAND cmake -E echo "a '\''b'\'' \$x" VERBATIM)'
}

records() {
	python3 -c '
import json
for line in open("log.jsonl"):
    r = json.loads(line)
    print(r["end"], r["target"], r["command"].split()[0].split("/")[-1])' | sort
}

@test "cmake: QPOOL_LOG records each compiler, linker and command without changing the build" {
	needs_cmake
	compiled_project
	for generator in "${generators[@]}"; do
		rm -f log.jsonl
		configure "$generator" -DCMAKE_C_COMPILER=cc -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
		cp b/compile_commands.json plain.json
		build
		cp b/prog plain
		configure "$generator" -DCMAKE_C_COMPILER=cc -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DQPOOL_LOG=log.jsonl
		diff plain.json b/compile_commands.json
		build
		cmp plain b/prog
		[ -e "b/out file.txt" ]
		records >got
		grep -x 'ok CMakeFiles/l.dir/a_lib.c.o cc' got
		grep -x 'ok CMakeFiles/prog.dir/main.c.o cc' got
		grep -x 'ok prog cc' got
		grep -x 'ok out file.txt cmake' got
		[ "$(grep -c '^ok libl.a ' got)" -ge 2 ]
		run -1 grep -v '^ok ' got
		"$QPOOL_BINDIR/qlog" summary log.jsonl
		# A second build only runs the target that is always made, which leaves one record.
		before=$(wc -l <log.jsonl)
		build
		[ "$(wc -l <log.jsonl)" = $((before + 1)) ]
	done
}

@test "cmake: a copy is found in any place, even with pattern characters in its name" {
	needs_cmake
	local top root
	project 'message("is ${Qpool_EXECUTABLE} ")'
	for top in "$PWD/c++" "$PWD/a(b [c"; do
		for root in "" "$PWD/c++ ["; do
			mkdir -p "$root$top/lib" "$root$top/bin"
			ln -s "$QPOOL_BINDIR/qpool" "$QPOOL_BINDIR/qpool-sh" "$root$top/bin"
			sed "s|@cmakedir@|$top/lib|g; s|@bindir@|$top/bin|g" \
				"$QPOOL_SRCDIR/plugin/cmake/QpoolConfig.cmake.in" >"$root$top/lib/QpoolConfig.cmake"
			printf 'set(PACKAGE_VERSION_COMPATIBLE TRUE)\n' >"$root$top/lib/QpoolConfigVersion.cmake"
			configure "Unix Makefiles" -DQpool_DIR="$root$top/lib"
			grep -qF "is $root$top/bin/qpool " output
		done
	done
}

@test "cmake: launchers that a project has already set are kept" {
	needs_cmake
	printf '#!/bin/sh\necho "$0" >>"$HERE/launched"\nexec "$@"\n' >first
	cp first second && chmod +x first second
	compiled_project
	sed -i 's|^find_package|set_property(GLOBAL PROPERTY RULE_LAUNCH_COMPILE "${CMAKE_SOURCE_DIR}/first")\n&|' \
		CMakeLists.txt
	for generator in "${generators[@]}"; do
		rm -f log.jsonl launched
		configure "$generator" -DQPOOL_LOG=log.jsonl -DCMAKE_C_COMPILER_LAUNCHER="$PWD/second"
		build
		[ "$(grep -c first launched)" = 2 ] && [ "$(grep -c second launched)" = 2 ]
		[ "$(records | grep -c 'ok CMakeFiles/.*\.o first')" = 2 ]
	done
}

@test "cmake: a failing compiler is recorded, and an unwritable log fails configuration" {
	needs_cmake
	languages=C project 'file(WRITE "${CMAKE_BINARY_DIR}/main.c" "int main(void) { wrong }")
add_executable(prog "${CMAKE_BINARY_DIR}/main.c")'
	for generator in "${generators[@]}"; do
		rm -f log.jsonl
		configure "$generator" -DQPOOL_LOG=log.jsonl
		run build
		[ "$status" != 0 ]
		[[ $(records) == "fail CMakeFiles/prog.dir/main.c.o "* ]]
		run configure "$generator" -DQPOOL_LOG="$PWD/CMakeLists.txt/log.jsonl"
		[ "$status" != 0 ]
		# CMake would split a name with a semicolon into two.
		for name in '$log' 'a;log'; do
			run configure "$generator" -DQPOOL_LOG="$PWD/$name.jsonl"
			[ "$status" != 0 ]
			[[ $output == *'cannot be used in a rule'* ]]
		done
	done
}

@test "cmake: the launcher keeps words, status and signal, and leaves one record" {
	SH=$QPOOL_BINDIR/qpool-sh
	unset QPOOL_LOG
	run -7 "$SH" --record=log.jsonl --target="a target" -- sh -c 'printf "<%s>" "$@"; exit 7' sh 'a  b' '' '$x'
	[ "$output" = '<a  b><><$x>' ]
	run -143 "$SH" --record=log.jsonl --target= -- sh -c 'kill -TERM $$'
	[ "$("$SH" --record=log.jsonl --target=env -- env | grep -c '^QPOOL_LOG=')" = 0 ]
	echo in | "$SH" --record=log.jsonl --target=in -- cat >out
	[ "$(cat out)" = in ]
	python3 -c '
import json
r = [json.loads(line) for line in open("log.jsonl")]
assert [x["end"] for x in r] == ["fail", "signal", "ok", "ok"], r
assert r[0]["target"] == "a target" and r[0]["status"] == 7 and "target" not in r[1] and "shell" not in r[0]
assert r[0]["command"].startswith("sh -c ") or "/sh -c " in r[0]["command"], r[0]'
}

@test "cmake: the launcher rejects what it cannot do" {
	SH=$QPOOL_BINDIR/qpool-sh
	for words in '--record=log' '--record=log --target=x' '--record=log --target=x --' \
		'--record= --target=x -- true' '--record=log -- true' '--record=log --target=x true x'; do
		# shellcheck disable=SC2086 # words
		run -2 "$SH" $words
		[[ $output == "qpool-sh: usage: "* ]] && [ "${#lines[@]}" = 1 ] && [ ! -e log ]
	done
	run -127 "$SH" --record=log --target=x -- no-such-program
	[ "$output" = "qpool-sh: no-such-program: No such file or directory" ]
	: >plain
	run -126 "$SH" --record=log --target=x -- ./plain
	[ ! -e log ]
	# Without a usable log the command still runs, and a file that is not a log is left alone.
	echo text >log
	run -3 "$SH" --record=log --target=x -- sh -c 'exit 3'
	[[ $output == "qpool-sh: log: "* ]]
	[ "$(cat log)" = text ]
}
