#!/usr/bin/env bats
# tests/prose, which `make lint` runs over the tree. The phrases are written in two halves, or it would find them here.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

prose() {
	run sh "$QPOOL_SRCDIR/tests/prose" "$@"
}

@test "prose: a phrase of the list is reported with file and line" {
	printf 'The pool starts.\n// The process st''ands here, and the file is n''o directory.\n' >a.c
	printf '# WAITS FOR E''VER\n' >b.sh
	prose a.c b.sh
	[ "$status" = 1 ]
	[ "$output" = "$(printf '%s\n' 'a.c:2: st''ands' 'a.c:2: is n''o directory' 'b.sh:1: for e''ver')" ]
}

@test "prose: a phrase that continues on the next line is reported" {
	printf '.\\" The worker is\n.\\" to''ld what happened.\n' >a.1
	prose a.1
	[ "$status" = 1 ]
	[ "$output" = "a.1:2: is to""ld" ]
}

@test "prose: plain English that resembles a phrase is not reported" {
	printf '%s\n' 'It understands standard input, which is no longer open and no larger than a page.' \
		'The user is toldo; the outcome, so manyfold, of thatch.' 'name_st''ands' >a.md
	prose a.md
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "prose: a line over 120 columns is reported, a tab counts as 8 and a character of UTF-8 as 1" {
	{
		printf '\t%112s\n' x
		printf '%119sä\n' x
		printf '\t%113s\n' x
		printf '%120sä\n' x
	} >a.c
	prose a.c
	[ "$status" = 1 ]
	[ "$output" = $'a.c:3: over 120 columns\na.c:4: over 120 columns' ]
}

@test "prose: the list and the guide that quotes it are exempt" {
	prose "$QPOOL_SRCDIR/tests/calques" "$QPOOL_SRCDIR/docs/style.md"
	[ "$status" = 0 ]
	[ -z "$output" ]
}
