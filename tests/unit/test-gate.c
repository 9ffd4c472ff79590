/* gate: when a new job must wait, and for how long. The load and the memory are those of this test. */
#include "worker/gate.h"

#include "base/clock.h"
#include "sys/os.h"
#include "tap.h"

static double load;
static uint64_t memory_bytes;
static int memory_result;

/* Replace those of the system. */
int
os_load(double *value)
{
	*value = load;
	return 0;
}

int
os_memory_free(uint64_t *bytes)
{
	*bytes = memory_bytes;
	return memory_result;
}

static enum gate_reason
ask(struct gate *g, int64_t now_ms, int64_t *wait_ms)
{
	enum gate_reason why = gate_ask(g, now_ms * NS_PER_MS, wait_ms);

	*wait_ms /= NS_PER_MS;
	return why;
}

static void
test_open(void)
{
	struct gate g = { .load = -1, .make_load = -1 };
	int64_t wait_ms = 7;

	load = 1000;
	tap_ok(ask(&g, 1000, &wait_ms) == GATE_OPEN && wait_ms == 0, "gate: without limits it is open");
}

static void
test_delay(void)
{
	struct gate g = { .load = -1, .make_load = -1, .delay_ns = 300 * NS_PER_MS };
	int64_t wait_ms;

	tap_ok(ask(&g, 1000, &wait_ms) == GATE_OPEN, "gate: --delay lets the first job start");
	gate_started(&g, 1000 * NS_PER_MS);
	tap_ok(ask(&g, 1100, &wait_ms) == GATE_DELAY && wait_ms == 200, "gate: --delay counts from the last start");
	gate_relieved(&g);
	tap_ok(ask(&g, 1100, &wait_ms) == GATE_DELAY, "gate: released resources do not shorten --delay");
	tap_ok(ask(&g, 1300, &wait_ms) == GATE_OPEN, "gate: it opens when --delay has passed");
}

static void
test_load(void)
{
	struct gate g = { .load = 4, .make_load = -1 };
	int64_t wait_ms;

	load = 3;
	tap_ok(ask(&g, 5000, &wait_ms) == GATE_OPEN, "gate: a load below --load lets a job start");
	gate_started(&g, 5000 * NS_PER_MS);
	tap_ok(ask(&g, 5100, &wait_ms) == GATE_LOAD && wait_ms == 250 && g.seen_load == 3,
	    "gate: a job of this second counts as load");
	load = 0;
	tap_ok(ask(&g, 5200, &wait_ms) == GATE_LOAD && wait_ms == 150, "gate: the load is not read before its time");
	tap_ok(ask(&g, 5350, &wait_ms) == GATE_OPEN, "gate: it opens when the load has fallen");
	load = 3;
	tap_ok(ask(&g, 6500, &wait_ms) == GATE_OPEN, "gate: jobs of the second before do not count");
}

static void
test_make_load(void)
{
	struct gate g = { .load = -1, .make_load = 2, .idle = true };
	int64_t wait_ms;

	load = 3;
	tap_ok(ask(&g, 5000, &wait_ms) == GATE_OPEN, "gate: one job may run whatever the load of make -l is");
	gate_started(&g, 5000 * NS_PER_MS);
	g.idle = false;
	tap_ok(ask(&g, 5100, &wait_ms) == GATE_LOAD && g.seen_limit == 2, "gate: make -l defers a second job");
	g.idle = true;
	tap_ok(ask(&g, 5101, &wait_ms) == GATE_OPEN, "gate: it opens at once when the only job has ended");
	g = (struct gate){ .load = 3, .make_load = 9, .idle = true };
	tap_ok(ask(&g, 9000, &wait_ms) == GATE_LOAD && g.seen_limit == 3, "gate: --load holds beside a higher make -l");
	g = (struct gate){ .load = 9, .make_load = 3 };
	tap_ok(ask(&g, 9000, &wait_ms) == GATE_LOAD && g.seen_limit == 3, "gate: make -l holds beside a higher --load");
	load = 2;
	tap_ok(ask(&g, 9250, &wait_ms) == GATE_OPEN, "gate: a load below both limits lets a job start");
}

static void
test_memory(void)
{
	struct gate g = { .load = -1, .make_load = -1, .memfree_bytes = 1000 };
	int64_t wait_ms;

	memory_bytes = 999;
	tap_ok(ask(&g, 1000, &wait_ms) == GATE_MEMORY && wait_ms == 250 && g.seen_bytes == 999,
	    "gate: too little memory closes it");
	memory_bytes = 1000;
	tap_ok(ask(&g, 1250, &wait_ms) == GATE_OPEN, "gate: enough memory opens it");
	memory_bytes = 0;
	memory_result = -1;
	tap_ok(ask(&g, 1251, &wait_ms) == GATE_OPEN, "gate: memory that cannot be read does not close it");
	memory_result = 0;
}

static void
test_refused(void)
{
	static const int64_t waits_ms[] = { 10, 20, 40, 80, 160, 320, 640, 640 };
	struct gate g = { .load = -1, .make_load = -1 };
	int64_t wait_ms;
	bool good = true;

	for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
		gate_refused(&g, 1000 * NS_PER_MS);
		good = ask(&g, 1000, &wait_ms) == GATE_SYSTEM && wait_ms == waits_ms[i] && good;
	}
	tap_ok(good, "gate: each refusal of the system doubles the wait, up to 640 ms");
	gate_relieved(&g);
	tap_ok(ask(&g, 1000, &wait_ms) == GATE_OPEN, "gate: released resources open it");
	gate_started(&g, 1000 * NS_PER_MS);
	gate_refused(&g, 1000 * NS_PER_MS);
	tap_ok(ask(&g, 1000, &wait_ms) == GATE_SYSTEM && wait_ms == 10, "gate: after a start the wait is short again");
}

int
main(void)
{
	test_open();
	test_delay();
	test_load();
	test_make_load();
	test_memory();
	test_refused();
	return tap_done();
}
