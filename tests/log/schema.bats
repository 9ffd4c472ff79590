#!/usr/bin/env bats
# The columns and outcomes that schema.def, joblog.def and outcome.def list are those that qpool-record(5) describes and
# that qpool writes.

bats_require_minimum_version 1.5.0
load ../lib/helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# columns POOL|MAKE: the names of the columns that it alone, or both, record, in order.
columns() {
	awk -F '[(, "]+' -v by="$1" '
		/^COLUMN\(/ && ($5 == by || $5 == "BOTH") { print $3 }
		/^TEXT\(/ && ($4 == by || $4 == "BOTH") { print $3 }' "$QPOOL_SRCDIR/src/log/schema.def"
}

# described SECTION DEPTH: the terms of the lists in that subsection of qpool-record(5), at that depth.
described() {
	awk -v section="$1" -v wanted="$2" '
		/^\.S[sh] / { inside = $0 == ".Ss " section }
		inside && $1 == ".Bl" { depth++ }
		inside && $1 == ".El" { depth-- }
		inside && $1 == ".It" && depth == wanted { print $3 }' "$QPOOL_SRCDIR/docs/qpool-record.5"
}

@test "schema: qpool-record(5) describes the columns of tsv in their order" {
	[ "$(columns POOL | wc -l)" -ge 18 ]
	diff <(columns POOL) <(described "The tsv format" 1)
}

@test "schema: qpool writes the columns of tsv in their order" {
	echo 1 | qpool -l log true
	diff <(columns POOL) <(head -n 1 log | tr '\t' '\n')
}

@test "schema: qpool-record(5) describes the members that only jsonl has" {
	diff <(printf '%s\n' shell command_hex parent target target_hex) <(described "The jsonl format" 1)
	diff <(printf '%s\n' parent target) <(comm -13 <(columns POOL | sort) <(columns MAKE | sort))
}

@test "schema: qpool-record(5) describes the columns of joblog in their order" {
	local names

	names=$(sed -n 's/^JOBLOG(\(.*\))$/\1/p' "$QPOOL_SRCDIR/src/log/joblog.def")
	[ "$(wc -l <<<"$names")" = 9 ]
	diff <(echo "$names") <(described "The joblog format" 1)
	echo 1 | qpool -l log.joblog true
	diff <(echo "$names") <(head -n 1 log.joblog | tr '\t' '\n')
}

@test "schema: qpool-record(5) describes every outcome" {
	local names

	names=$(sed -n 's/^OUTCOME([A-Z]*, "\([a-z]*\)".*/\1/p' "$QPOOL_SRCDIR/src/job/outcome.def")
	[ "$(wc -l <<<"$names")" -ge 8 ]
	diff <(sort <<<"$names") <(described "The tsv format" 2 | sort)
}
