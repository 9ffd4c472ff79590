#!/usr/bin/env bats
# The file copier of docs/examples.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	copy=$QPOOL_SRCDIR/docs/examples/copy.sh
}

@test "a tree is copied whole, whatever the names" {
	mkdir -p 'src/a b/-dash' src/empty
	echo 1 >"src/it's"
	echo 2 >'src/a b/"quoted"'
	echo 3 >$'src/a b/new\nline'
	echo 4 >'src/a b/-dash/-n'
	: >src/nothing
	head -c 3500000 /dev/urandom >src/big
	ln -s big src/link
	run -0 --separate-stderr sh "$copy" src dst
	diff -r src dst
	[ -d dst/empty ]
	[ -L dst/link ]
	[ "$(grep -c ': copied$' <<<"$output")" = 6 ]
	grep -qx './big: [1-9][0-9]%' <<<"$output"
	grep -qx './big: 100%' <<<"$output"
	[[ $output != *"exists already"* ]]
}

@test "a destination that is there is told, and used" {
	mkdir src dst
	echo x >src/file
	run -0 --separate-stderr sh "$copy" src dst
	[[ $output == *"dst exists already and was not made"* ]]
	diff -r src dst
}
