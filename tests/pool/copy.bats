#!/usr/bin/env bats
# The file copier of docs/examples: it copies a tree with any file names, and reports the progress of each file.

bats_require_minimum_version 1.5.0

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	copy=$QPOOL_SRCDIR/docs/examples/copy.sh
	mkdir src
}

# listed DIRECTORY: each entry with its mode, its type and the target of a link.
listed()
{
	(cd "$1" && find . -printf '%p %m %y %l\0' | sort -z | tr '\0' '\n')
}

# same SRC DST
same()
{
	diff -r --no-dereference "$1" "$2" || return 1
	diff <(listed "$1") <(listed "$2")
}

@test "copy: a tree is copied with its directories, links and modes" {
	mkdir -p src/a/b src/empty/too src/locked
	echo one >src/a/one
	echo two >src/a/b/two
	: >src/a/nothing
	ln -s ../a/one src/a/link
	ln -s nowhere src/dangling
	ln -s a src/to-folder
	echo kept >src/locked/file
	chmod 640 src/a/one
	chmod 755 src/a/b/two
	chmod 711 src/a
	chmod 555 src/locked
	"$copy" src dst
	same src dst
	chmod 755 src/locked dst/locked
}

@test "copy: files with any name are copied" {
	mkdir -p -- '-folder' "src/ a  b " 'src/{}' src/-d
	echo 1 >"src/ a  b / c "
	echo 2 >src/"it's \"quoted\" \\ \$HOME \`x\` *"
	echo 3 >src/$'new\nline\n'
	echo 4 >src/-rf
	echo 5 >src/-d/--
	echo 6 >'src/{}/{#}'
	echo 7 >src/$'tab\tbyte\377'
	"$copy" src dst
	same src dst
	# The names of the two directories can be unusual too.
	mv src ./-$'s {}\nrc\n'
	"$copy" -$'s {}\nrc\n' "-folder/it's {} "
	same ./-$'s {}\nrc\n' "./-folder/it's {} "
}

@test "copy: the progress of each file grows to 100%" {
	head -c 3000000 /dev/urandom >src/big
	echo small >src/small
	: >src/none
	"$copy" src dst >out
	same src dst
	for name in big small none; do
		[ "$(grep "^$name: " out | tail -n 2)" = "$name: 100%"$'\n'"$name: copied" ]
	done
	grep '^big: [0-9]*%$' out | tr -dc '0-9\n' >percents
	[ "$(wc -l <percents)" -gt 10 ]
	sort -nuc percents
	[ "$(head -n 1 percents)" -eq 0 ]
}

@test "copy: the display shows the progress of each file" {
	head -c 3000000 /dev/urandom >src/big
	QPOOL_PROGRESS_FD=3 "$copy" "$PWD/src" "$PWD" file ./big 3>reported >out
	cmp src/big big
	[ "$(tail -n 1 reported)" -eq 100 ]
	diff <(grep -o '[0-9]*%' out | tr -d %) reported
}

@test "copy: an existing directory is filled, with a message" {
	echo new >src/file
	"$copy" src dst >out
	! grep -q 'not created' out || return 1
	echo old >dst/file
	chmod 400 dst/file
	ln -s "$PWD/outside" dst/other
	echo other >src/other
	"$copy" src dst >out
	[ "$(head -n 1 out)" = 'dst exists already and was not created' ]
	same src dst
	[ ! -e outside ]
}

@test "copy: wrong usage is rejected before anything is created" {
	run -2 "$copy" src
	run -1 "$copy" nowhere dst
	run -1 "$copy" src src/within
	run -1 "$copy" src src
	echo file >file
	run -1 "$copy" src file
	[ ! -e dst ]
	[ -z "$(ls src)" ]
}

@test "copy: a file that cannot be copied is reported, and the others are copied" {
	echo 1 >src/first
	echo 2 >src/second
	mkdir -p dst/first/in-the-way
	run "$copy" src dst
	[ "$status" -eq 123 ]
	[[ $output == *'second: copied'* ]]
	[[ $output != *'first: copied'* ]]
	cmp src/second dst/second
}
