/* slots: the lowest free number is given, whatever the order in which numbers are released. */
#include "pool/slots.h"

#include "tap.h"

/* Do the next two calls return these numbers? */
static bool
gives(struct slots *s, unsigned first, unsigned second)
{
	unsigned got = slots_acquire(s);

	return got == first && slots_acquire(s) == second;
}

int
main(void)
{
	struct slots s;
	bool good = true;

	slots_init(&s);
	for (unsigned i = 1; i <= 100; i++)
		good = slots_acquire(&s) == i && good;
	tap_ok(good, "slots: numbers count up from 1 while none is released");
	slots_release(&s, 40);
	slots_release(&s, 7);
	slots_release(&s, 99);
	tap_ok(slots_acquire(&s) == 7, "slots: the lowest released number is given first");
	tap_ok(gives(&s, 40, 99), "slots: then the next ones");
	tap_ok(slots_acquire(&s) == 101, "slots: then new ones");
	slots_release(&s, 101);
	slots_release(&s, 1);
	tap_ok(gives(&s, 1, 101), "slots: a number can be released again");
	slots_free(&s);
	tap_ok(slots_acquire(&s) == 1, "slots: after slots_free all are free");
	slots_free(&s);
	return tap_done();
}
