/* halt: rules that --halt accepts and rejects, and when the counts of jobs stop the run. */
#include "job/halt.h"

#include "tap.h"

static const struct {
	const char *text;
	struct halt want;
} good[] = {
	{ "never", { HALT_NEVER, HALT_FAIL, 0, 0 } },
	{ "0", { HALT_NEVER, HALT_FAIL, 0, 0 } },
	{ "1", { HALT_SOON, HALT_FAIL, 1, 0 } },
	{ "2", { HALT_NOW, HALT_FAIL, 1, 0 } },
	{ "now,fail=1", { HALT_NOW, HALT_FAIL, 1, 0 } },
	{ "soon,fail=20%", { HALT_SOON, HALT_FAIL, 0, 20 } },
	{ "now,success=1", { HALT_NOW, HALT_SUCCESS, 1, 0 } },
	{ "soon,done=3", { HALT_SOON, HALT_DONE, 3, 0 } },
	{ "now,fail=100%", { HALT_NOW, HALT_FAIL, 0, 100 } },
	{ "soon,success=1%", { HALT_SOON, HALT_SUCCESS, 0, 1 } },
	{ "now,done=9223372036854775807", { HALT_NOW, HALT_DONE, INT64_MAX, 0 } },
};

static const char *const bad[] = {
	"",
	"never,fail=1",
	"never,",
	"nevermore",
	"3",
	"00",
	"-1",
	"now",
	"soon",
	"now,",
	"now,fail",
	"now,fail=",
	"now,fail=0",
	"now,fail=0%",
	"now,fail=101%",
	"now,fail=-1",
	"now,fail=+1",
	"now,fail= 1",
	"now,fail=1 ",
	"now,fail=1x",
	"now,fail=1%%",
	"now,fail=%",
	"now,fail=1.5%",
	"now,fail=9223372036854775808",
	"now,fail=99999999999999999999999999",
	"now,failed=1",
	"now,why=1",
	"later,fail=1",
	"now fail=1",
	"nowfail=1",
	"Now,fail=1",
	" now,fail=1",
	"now,fail=1,done=2",
	"20%",
};

static void
test_parse(void)
{
	struct halt h;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct halt *w = &good[i].want;
		const char *wrong = halt_parse(&h, good[i].text);

		tap_ok(wrong == NULL && h.when == w->when && h.why == w->why && h.count == w->count &&
			h.percent == w->percent,
		    "halt: '%s' is accepted", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_ok(halt_parse(&h, bad[i]) != NULL, "halt: '%s' is rejected", bad[i]);
}

static bool
decides(const char *text, uint64_t ok, uint64_t failed, uint64_t total, enum halt_when want)
{
	struct halt h;

	return halt_parse(&h, text) == NULL && halt_decide(&h, ok, failed, total) == want;
}

static void
test_counts(void)
{
	tap_ok(decides("never", 9, 9, 9, HALT_NEVER), "halt: never");
	tap_ok(decides("now,fail=1", 9, 0, 9, HALT_NEVER), "halt: fail=1: successes do not count");
	tap_ok(decides("now,fail=1", 0, 1, 0, HALT_NOW),
	    "halt: fail=1: the first failure stops, even before the end of the input");
	tap_ok(decides("soon,fail=2", 5, 1, 0, HALT_NEVER) && decides("soon,fail=2", 5, 2, 0, HALT_SOON),
	    "halt: fail=2: the second failure stops");
	tap_ok(decides("soon,fail=2", 5, 3, 0, HALT_SOON), "halt: fail=2: a third failure too");
	tap_ok(decides("now,success=2", 1, 7, 0, HALT_NEVER) && decides("now,success=2", 2, 0, 0, HALT_NOW),
	    "halt: success=2: failures do not count");
	tap_ok(decides("now,done=3", 1, 1, 0, HALT_NEVER) && decides("now,done=3", 1, 2, 0, HALT_NOW),
	    "halt: done=3: successes and failures count");
}

static void
test_percents(void)
{
	tap_ok(decides("now,fail=20%", 0, 10, 0, HALT_NEVER),
	    "halt: percentage: has no effect before the end of the input");
	tap_ok(decides("now,fail=20%", 0, 1, 10, HALT_NEVER) && decides("now,fail=20%", 0, 2, 10, HALT_NOW),
	    "halt: percentage: 20%% of 10 are 2");
	tap_ok(decides("now,fail=20%", 0, 2, 11, HALT_NEVER) && decides("now,fail=20%", 0, 3, 11, HALT_NOW),
	    "halt: percentage: 20%% of 11 are 3, rounded up");
	tap_ok(decides("now,fail=1%", 9, 0, 10, HALT_NEVER) && decides("now,fail=1%", 0, 1, 10, HALT_NOW),
	    "halt: percentage: 1%% of 10 is 1, not 0");
	tap_ok(decides("soon,done=100%", 5, 4, 10, HALT_NEVER) && decides("soon,done=100%", 5, 5, 10, HALT_SOON),
	    "halt: percentage: 100%%");
	tap_ok(decides("now,success=50%", 0, 9, 10, HALT_NEVER) && decides("now,success=50%", 5, 0, 10, HALT_NOW),
	    "halt: percentage: of successes");
	tap_ok(decides("now,fail=50%", 0, UINT64_MAX / 2, UINT64_MAX, HALT_NEVER) &&
		decides("now,fail=50%", 0, UINT64_MAX / 2 + 1, UINT64_MAX, HALT_NOW),
	    "halt: percentage: the largest total");
}

int
main(void)
{
	test_parse();
	test_counts();
	test_percents();
	return tap_done();
}
