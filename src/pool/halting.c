/* Invariant: each task is counted once, as succeeded or failed. */
#include "pool/halting.h"

#include <stddef.h>

#include "job/outcome.h"

void
halting_forget(struct halting *h, enum halt_counted *counted)
{
	if (*counted == HALT_COUNTED_OK)
		h->ok--;
	else if (*counted == HALT_COUNTED_FAILED)
		h->failed--;
	*counted = HALT_NOT_COUNTED;
}

void
halting_count(struct halting *h, const struct job *j, enum halt_counted *counted)
{
	halting_forget(h, counted);
	*counted = outcome_ok(j) ? HALT_COUNTED_OK : HALT_COUNTED_FAILED;
	if (*counted == HALT_COUNTED_OK)
		h->ok++;
	else
		h->failed++;
}

enum halt_when
halting_decide(const struct halting *h, uint64_t total)
{
	return halt_decide(h->rule, h->ok, h->failed, total);
}

int
halting_status(const struct halting *h, const struct job *j)
{
	if (h->rule->why == HALT_SUCCESS)
		return EXIT_OK;
	/* Only a count of failures is reached by a failed job, and at once: a percentage may be reached by any job. */
	return h->rule->why == HALT_FAIL && h->rule->count != 0 && j != NULL ? outcome_exit(j) : -1;
}
