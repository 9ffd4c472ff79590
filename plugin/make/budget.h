/* budget: the number of slots of the make that loaded qpool.so, and its jobserver. */
#ifndef QPOOL_PLUGIN_BUDGET_H
#define QPOOL_PLUGIN_BUDGET_H

#include "jobserver/auth.h"

struct budget {
	/* kind is AUTH_NONE, AUTH_FDS or AUTH_FIFO; without a jobserver, jobs is never JOBS_ABSENT. */
	struct jobserver_auth auth;
};

/*
 * Reads the budget as it is now. While make reads makefiles it has no jobserver of its own yet, and all slots of its -j
 * are free for the functions; without -j there is a single slot. The caller frees it with budget_free.
 */
void budget_read(struct budget *b);
void budget_free(struct budget *b);
/* The number of slots: that of -j, or the number of CPUs for a -j without a number. */
int budget_slots(const struct budget *b);

#endif
