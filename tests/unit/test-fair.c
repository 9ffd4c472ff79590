/* fair: how unused tokens are spread over the pools, and which pool comes first if there are too few. */
#include "jobserver/fair.h"

#include "tap.h"

static unsigned
target(const struct fair_share *s, size_t count, const void *who)
{
	for (size_t i = 0; i < count; i++)
		if (s[i].who == who)
			return s[i].target;
	return 99;
}

static void
test_even(void)
{
	int a, b, c;
	struct fair_share s[] = { { &a, 0, 7, 0, 0 }, { &b, 0, 0, 0, 0 }, { &c, 0, 0, 0, 0 } };

	fair_spread(s, 3, 7);
	tap_ok(target(s, 3, &a) == 3 && target(s, 3, &b) == 2 && target(s, 3, &c) == 2,
	    "fair: tokens are spread evenly, and the odd one stays where it is");
	fair_spread(s, 3, 0);
	tap_ok(target(s, 3, &a) == 0 && target(s, 3, &b) == 0 && target(s, 3, &c) == 0,
	    "fair: without tokens nobody gets one");
	fair_spread(NULL, 0, 5); /* without takers it must not crash */
}

static void
test_goes_round(void)
{
	int who[4];
	struct fair_share s[] = { { &who[0], 0, 0, 0, 0 }, { &who[1], 0, 0, 0, 0 }, { &who[2], 0, 0, 0, 0 },
		{ &who[3], 0, 0, 0, 0 } };
	unsigned visits[4] = { 0 };

	for (unsigned look = 1; look <= 8; look++) {
		fair_spread(s, 4, 1);
		for (size_t i = 0; i < 4; i++) {
			s[i].parked = s[i].target;
			if (s[i].target == 1) {
				s[i].passed = look;
				visits[(int *)s[i].who - who]++;
			}
		}
	}
	tap_ok(visits[0] == 2 && visits[1] == 2 && visits[2] == 2 && visits[3] == 2,
	    "fair: one unused token is offered to each in turn");
}

static void
test_appetite(void)
{
	int eats, full;
	struct fair_share s[] = { { &full, 5, 3, 0, 0 }, { &eats, 0, 0, 0, 0 } };

	fair_spread(s, 2, 3);
	tap_ok(target(s, 2, &eats) == 2 && target(s, 2, &full) == 1,
	    "fair: the odd token goes to the one that takes what it is offered");
	s[0].parked = s[0].target;
	s[1].parked = s[1].target;
	fair_spread(s, 2, 1);
	tap_ok(target(s, 2, &eats) == 1 && target(s, 2, &full) == 0, "fair: so does the last token");
}

static void
test_fair(void)
{
	int has_two, has_none;
	struct fair_share s[] = { { &has_two, 0, 0, 2, 0 }, { &has_none, 0, 0, 0, 0 } };

	fair_spread(s, 2, 1);
	tap_ok(
	    target(s, 2, &has_none) == 1, "fair: of two that take everything, the one with fewer tokens comes first");
}

int
main(void)
{
	test_even();
	test_goes_round();
	test_appetite();
	test_fair();
	return tap_done();
}
