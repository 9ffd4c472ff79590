#!/bin/sh
# Runs each file of the corpus through its fuzz harness, so that errors once found do not return. Prints TAP.
set -u

# shellcheck disable=SC2086 # a list of words
set -- $QPOOL_FUZZ_NAMES
n=0
for name; do
	for file in "$QPOOL_SRCDIR/tests/fuzz/corpus/$name"/*; do
		n=$((n + 1))
		# On failure, the last lines of the log show the reason.
		if "$QPOOL_BUILDDIR/tests/fuzz/fuzz-$name" "$file" 1>&2; then
			echo "ok $n - $name: ${file##*/}"
		else
			echo "not ok $n - $name: ${file##*/}"
		fi
	done
done
echo "1..$n"
