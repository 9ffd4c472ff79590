#!/usr/bin/env bats
# find_package(Qpool) in CMake: qpool_add_map(), the records of a whole build, and the launcher that makes them. With both generators.
# shellcheck disable=SC2016,SC2183,SC2030,SC2031

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir alive
	export HERE=$PWD
	make_go
	# A worker that notes itself in the folder alive, and in the file most how many were there at once.
	cat >count <<'END'
#!/bin/sh
: >"$HERE/alive/$$"
ls "$HERE/alive" | wc -l >>"$HERE/most"
sleep 0.02
rm "$HERE/alive/$$"
END
	chmod +x count
}

teardown() {
	end_workers
}

needs_cmake() {
	command -v cmake >/dev/null || skip "cmake is not installed"
	generators=("Unix Makefiles")
	! command -v ninja >/dev/null || generators+=(Ninja)
}

# project TEXT: a CMakeLists.txt that has found qpool.
project() {
	printf 'cmake_minimum_required(VERSION 3.18)\nproject(x %s)\nfind_package(Qpool 0.1 REQUIRED)\n%s\n' "${languages:-NONE}" "$1" >CMakeLists.txt
}

configure() {
	rm -rf b
	timeout 120 cmake -G "$1" -S . -B b -DCMAKE_PREFIX_PATH="$(dirname "$QPOOL_BINDIR")" "${@:2}" >said 2>&1 || { cat said; return 1; }
}

build() {
	timeout 120 cmake --build b "$@" >said 2>&1 || { cat said; return 1; }
}

@test "each item reaches the command as it stands, whatever it is, and so do the words of the command" {
	needs_cmake
	project 'set(list one "two words" "")
set_property(GLOBAL PROPERTY p x)
add_executable(prog IMPORTED)
set_target_properties(prog PROPERTIES IMPORTED_LOCATION "${CMAKE_SOURCE_DIR}/it" LISTED "from;a list")
qpool_add_map(TARGET map COMMAND sh -c "printf \"<%s>\" \"\$@\" >>got; echo >>got" sh "a;b" "" "[" "it'\''s" "\"q\"" "back\\slash" "{}" "\$x" DEPENDS first JOBS 1
	WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" COMMENT "the map" FOREACH ${list} "semi;colon" "a [ b" "b ] c" "it'\''s" "\"quoted\"" "\$HOME \${x} $(y) %" "comma, > angle" "back\\slash" "new
line" "$<TARGET_FILE:prog>" "$<$<BOOL:0>:nothing>" "a, b> $<JOIN:x;y,->" "$<TARGET_PROPERTY:prog,LISTED>;more" "#hash" "  lead" "-x" "{}" "" "ÄÖ")
add_custom_target(first)'
	printf '%s\036' one 'two words' 'semi;colon' 'a [ b' 'b ] c' "it's" '"quoted"' '$HOME ${x} $(y) %' 'comma, > angle' 'back\slash' $'new\nline' "$PWD/it" \
		'a, b> x-y' from 'a list' more '#hash' '  lead' -x '{}' ÄÖ >want
	tr '\036\n' '\n\036' <want | while IFS= read -r item; do printf "<a;b><><[><it's><\"q\"><back\\slash><%s><\$x>\036" "$item"; done | tr '\036\n' '\n\036' | tr '\036' '\n' >lines
	for generator in "${generators[@]}"; do
		rm -f got
		configure "$generator"
		cmp want b/CMakeFiles/map.dir/items.qpool
		build --target map
		cmp lines got
		grep -q 'the map' said
	done
}

@test "a list over ARG_MAX" {
	needs_cmake
	i=0
	while [ $i -lt 20000 ]; do
		echo "item number $i of a list that is far longer than what a command line may have, which is why it stands in a file and not on one, $i"
		i=$((i + 1))
	done >list
	[ "$(stat -c %s list 2>/dev/null || echo 2600000)" -gt "$(getconf ARG_MAX)" ]
	project 'file(STRINGS list items)
qpool_add_map(TARGET map ALL COMMAND true FOREACH ${items})'
	configure "Unix Makefiles"
	tr '\036' '\n' <b/CMakeFiles/map.dir/items.qpool | cmp - list
	build
	[ "$(grep -c '^\[[0-9]*\] ok' said)" = 20000 ]
}

@test "a target as the command, ALL, no item, and a failure that fails the build" {
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
		[ "$(grep -c 'ok .*/it' said)" = 2 ]
		run build --target bad
		[ "$status" != 0 ]
		[[ $output == *"exit 1"*"/it bad"* ]]
	done
}

@test "what is wrong with a call is said while CMake configures" {
	needs_cmake
	refused() {
		project "$1"
		run -1 configure "Unix Makefiles"
		[[ $(tr -s '\n ' ' ' <said) == *"$2"* ]]
	}
	refused 'qpool_add_map(COMMAND true FOREACH a)' "TARGET is missing"
	refused 'qpool_add_map(TARGET x FOREACH a)' "COMMAND is missing"
	refused 'qpool_add_map(TARGET x COMMAND true)' "FOREACH is missing"
	refused 'qpool_add_map(x COMMAND true FOREACH a)' "'x' stands behind no keyword"
	refused 'qpool_add_map(TARGET x y COMMAND true FOREACH a)' "TARGET takes one value"
	refused 'qpool_add_map(TARGET x COMMAND true FOREACH a JOBS 0)' "JOBS '0' is no number from 1"
	refused 'string(ASCII 97 30 98 s)
qpool_add_map(TARGET x COMMAND true FOREACH "${s}")' "has the byte 036"
	printf 'cmake_minimum_required(VERSION 3.18)\nproject(x NONE)\nfind_package(Qpool 1.0 REQUIRED)\n' >CMakeLists.txt
	run -1 configure "Unix Makefiles"
	[[ $(cat said) == *"0.1.0"* ]]
}

@test "below the make of CMake the budget holds, for the map and beside it" {
	needs_cmake
	project 'qpool_add_map(TARGET map ALL COMMAND "${CMAKE_SOURCE_DIR}/count" JOBS 8 FOREACH 1 2 3 4 5 6 7 8 9 10 11 12)
qpool_add_map(TARGET other ALL COMMAND "${CMAKE_SOURCE_DIR}/count" JOBS 8 FOREACH 1 2 3 4 5 6 7 8 9 10 11 12)
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

@test "the jobs of a map find the jobserver of CMake's make" {
	needs_cmake
	printf 'jobs = %s\nall: $(jobs)\n$(jobs):\n\t@$(HERE)/count\n' "$(seq -s ' ' 12)" >Makefile
	project 'qpool_add_map(TARGET map ALL COMMAND make -C "${CMAKE_SOURCE_DIR}" -f FOREACH Makefile)'
	configure "Unix Makefiles"
	build --parallel 2
	run -1 grep -i 'warning.*jobserver' said
	[ "$(wc -l <most)" = 12 ] && [ "$(sort -n most | tail -n 1)" -le 2 ]
}

# A project of a library, a program, a command and a target, names with blanks among them.
compiled_project() {
	languages=C project 'file(WRITE "${CMAKE_BINARY_DIR}/main.c" "int f(void); int main(void) { return f(); }")
file(WRITE "${CMAKE_BINARY_DIR}/a lib.c" "int f(void) { return 0; }")
add_library(l STATIC "${CMAKE_BINARY_DIR}/a lib.c")
add_executable(prog "${CMAKE_BINARY_DIR}/main.c")
target_link_libraries(prog l)
add_custom_command(OUTPUT "out file.txt" COMMAND prog && echo done COMMAND cmake -E touch "out file.txt" DEPENDS prog VERBATIM)
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

@test "with QPOOL_LOG each compiler, linker and command leaves a record, and the build is the same" {
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
		# A second build has nothing to do, and leaves no record but that of the target that is always made.
		before=$(wc -l <log.jsonl)
		build
		[ "$(wc -l <log.jsonl)" = $((before + 1)) ]
	done
}

@test "a copy is found wherever it is, also where a name has what means something in a pattern" {
	needs_cmake
	local top root
	project 'message("is ${Qpool_EXECUTABLE} ")'
	for top in "$PWD/c++" "$PWD/a(b [c"; do
		for root in "" "$PWD/c++ ["; do
			mkdir -p "$root$top/lib" "$root$top/bin"
			ln -s "$QPOOL_BINDIR/qpool" "$QPOOL_BINDIR/qpool-sh" "$root$top/bin"
			sed "s|@cmakedir@|$top/lib|g; s|@bindir@|$top/bin|g" "$QPOOL_SRCDIR/plugin/cmake/QpoolConfig.cmake.in" >"$root$top/lib/QpoolConfig.cmake"
			printf 'set(PACKAGE_VERSION_COMPATIBLE TRUE)\n' >"$root$top/lib/QpoolConfigVersion.cmake"
			configure "Unix Makefiles" -DQpool_DIR="$root$top/lib"
			grep -qF "is $root$top/bin/qpool " said
		done
	done
}

@test "compiler launchers and launchers that a project has already stay" {
	needs_cmake
	printf '#!/bin/sh\necho "$0" >>"$HERE/launched"\nexec "$@"\n' >first
	cp first second && chmod +x first second
	compiled_project
	sed -i 's|^find_package|set_property(GLOBAL PROPERTY RULE_LAUNCH_COMPILE "${CMAKE_SOURCE_DIR}/first")\n&|' CMakeLists.txt
	for generator in "${generators[@]}"; do
		rm -f log.jsonl launched
		configure "$generator" -DQPOOL_LOG=log.jsonl -DCMAKE_C_COMPILER_LAUNCHER="$PWD/second"
		build
		[ "$(grep -c first launched)" = 2 ] && [ "$(grep -c second launched)" = 2 ]
		[ "$(records | grep -c 'ok CMakeFiles/.*\.o first')" = 2 ]
	done
}

@test "a failing compiler fails the build and is recorded; a log that cannot be written is known at once" {
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
		# Of a name with ; CMake would make two, and of these a third.
		for name in '$log' 'a;log'; do
			run configure "$generator" -DQPOOL_LOG="$PWD/$name.jsonl"
			[ "$status" != 0 ]
			[[ $output == *'cannot be put into a rule'* ]]
		done
	done
}

@test "the launcher: the command's own status and signal, its words as they stand, and one record" {
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

@test "the launcher: what it cannot do" {
	SH=$QPOOL_BINDIR/qpool-sh
	for words in '--record=log' '--record=log --target=x' '--record=log --target=x --' '--record= --target=x -- true' '--record=log -- true' '--record=log --target=x true x'; do
		# shellcheck disable=SC2086 # words
		run -2 "$SH" $words
		[[ $output == "qpool-sh: usage: "* ]] && [ "${#lines[@]}" = 1 ] && [ ! -e log ]
	done
	run -127 "$SH" --record=log --target=x -- no-such-program
	[ "$output" = "qpool-sh: no-such-program: No such file or directory" ]
	: >plain
	run -126 "$SH" --record=log --target=x -- ./plain
	[ ! -e log ]
	# Without its log the command runs all the same, and a file that is no log is left alone.
	echo text >log
	run -3 "$SH" --record=log --target=x -- sh -c 'exit 3'
	[[ $output == "qpool-sh: log: "* ]]
	[ "$(cat log)" = text ]
}
