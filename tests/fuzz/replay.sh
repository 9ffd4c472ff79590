#!/bin/sh
# Gives each file of the corpus to its fuzz harness, once: what was found wrong once stays right. In TAP.
set -u

# shellcheck disable=SC2086 # a list of words
set -- $QPOOL_FUZZ_NAMES
n=0
for name; do
	for file in "$QPOOL_SRCDIR/tests/fuzz/corpus/$name"/*; do
		n=$((n + 1))
		# Its last lines say why, in the log.
		if "$QPOOL_BUILDDIR/tests/fuzz/fuzz-$name" "$file" 1>&2; then
			echo "ok $n - $name: ${file##*/}"
		else
			echo "not ok $n - $name: ${file##*/}"
		fi
	done
done
echo "1..$n"
