/*
 * payer: what pays for jobs: the jobserver above (client.h), or the budget that this process serves to its own jobs
 * (server.h).
 *
 * Both the pool and --one start a job only after payer_acquire, and release what it gave once the job is reaped.
 */
#ifndef QPOOL_PAYER_H
#define QPOOL_PAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobserver/client.h"
#include "jobserver/server.h"
#include "sys/loop.h"

/* Zero-initialize it; its fields are private. */
struct payer {
	struct jobserver *client; /* borrowed; of mode JOBSERVER_ABSENT: none */
	struct loop *loop;        /* borrowed; NULL: not begun */
	bool serves;
	struct server server; /* with `serves` */
	struct watch watch;   /* of the jobserver's fd; fd -1: none. It only ends the turn. */
	struct timer again;   /* ends the turn when the client may ask again */
	struct timer share;   /* the same when the server must look again */
};

/*
 * Pays from `client`, or with `serves` from a budget of `slots` that the jobs get as a jobserver in that style; then
 * the client must be absent. Both are borrowed. -1 with errno.
 */
int payer_begin(
    struct payer *p, struct loop *l, struct jobserver *client, bool serves, enum jobserver_style style, unsigned slots);
/* Everything must be released before. Allowed for one that was not begun. */
void payer_end(struct payer *p);

/* What the keeper must release if this process dies; points into *p. */
struct keeper_charge payer_charge(const struct payer *p);
/* Does a jobserver above limit the jobs, so that nobody knows how many can start? */
bool payer_is_limited(const struct payer *p);
/* Bytes that a job's environment gets because it is served; 0: none. */
size_t payer_environment_size(const struct payer *p);

/* Pays for one job that is ready to start, and for nothing else. PAYMENT_NONE: not now. Never waits. */
enum payment payer_acquire(struct payer *p, int64_t now_mono_ns);
/* Gives it back. -1 with errno: it could not be returned to the jobserver, which is gone or broken. */
int payer_release(struct payer *p, enum payment payment, int64_t now_mono_ns);
/* Was the last refusal because another process of this recipe has its one slot? */
bool payer_is_locked_out(const struct payer *p);

/*
 * Called once a turn, before the loop waits: shares the budget that nobody uses, and ends the turn when a payment may
 * be there, exactly while one is `wanted`. -1 with errno: the jobserver cannot be waited for; its tokens are not used
 * any more.
 */
int payer_update(struct payer *p, bool wanted, int64_t now_mono_ns);
/* Changes the budget that is served. */
void payer_set_budget(struct payer *p, unsigned slots);

/*
 * Opens the jobserver of a job that has been paid for, and adds it to what the worker gets. Where this process serves
 * none, does nothing: then v->server is NULL. -1 with errno.
 */
int payer_open_served(struct payer *p, struct served *v, struct worker_place *place);
/*
 * Closes it. Returns the number of tokens that the job's processes did not give back; < 0: they gave back more than
 * they took.
 */
int payer_close_served(struct payer *p, struct served *v);

#endif
