/* budget: how many slots the make that loaded us has, and its jobserver. */
#ifndef QPOOL_PLUGIN_BUDGET_H
#define QPOOL_PLUGIN_BUDGET_H

#include "jobserver/auth.h"

struct budget {
	/* kind is AUTH_NONE, AUTH_FDS or AUTH_FIFO; jobs as there, but never JOBS_UNSAID where there is no jobserver */
	struct jobserver_auth auth;
};

/*
 * Reads it anew: while makefiles are read, and make has no jobserver of its own yet, all slots of its -j are ours; without -j there is one. Owned; freed by
 * budget_free.
 */
void budget_read(struct budget *b);
void budget_free(struct budget *b);
/* How many slots: the number of -j; the CPUs where it has none. */
int budget_slots(const struct budget *b);

#endif
