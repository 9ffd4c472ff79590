/* budget: the number of slots of the make that loaded qpool.so, and its jobserver. */
#ifndef QPOOL_PLUGIN_BUDGET_H
#define QPOOL_PLUGIN_BUDGET_H

#include "jobserver/auth.h"

struct budget {
	/* auth.kind is AUTH_NONE, AUTH_FDS or AUTH_FIFO. If it is AUTH_NONE, auth.jobs is not JOBS_ABSENT. */
	struct jobserver_auth auth;
};

/*
 * Reads the current budget. While make reads makefiles, it has no jobserver of its own yet, and the functions can use
 * all slots of its -j. Without -j there is a single slot. The caller frees the budget with budget_free.
 */
void budget_read(struct budget *b);
void budget_free(struct budget *b);
/* Returns the number of slots: the number of -j, or the number of CPUs if -j has no number. */
int budget_slots(const struct budget *b);

#endif
