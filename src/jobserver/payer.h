/*
 * payer: acquires permission to run jobs, from the jobserver above (client.h) or from the budget that this process
 * serves to its own jobs (server.h). A permission is called a payment (enum payment in client.h).
 *
 * Both the pool and --one start a job only after payer_acquire, and release the payment once the job is reaped.
 */
#ifndef QPOOL_PAYER_H
#define QPOOL_PAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobserver/client.h"
#include "jobserver/server.h"
#include "sys/loop.h"

/* The caller zero-initializes it. The fields are private. */
struct payer {
	struct jobserver *client; /* borrowed; in mode JOBSERVER_ABSENT nothing limits the jobs */
	struct loop *loop;        /* borrowed; NULL: not begun */
	bool serves;
	struct server server; /* with `serves` */
	struct watch watch;   /* watches the jobserver's fd, only to end the turn; fd -1: none */
	struct timer again;   /* ends the turn when the client may try again */
	struct timer share;   /* ends the turn when the server must look again */
};

/*
 * Acquires from `client`, or, with `serves`, from a budget of `slots` that the jobs get as a jobserver in the given
 * style. With `serves`, the mode of `client` must be JOBSERVER_ABSENT. `l` and `client` are borrowed. Returns 0, or -1
 * with errno.
 */
int payer_begin(
    struct payer *p, struct loop *l, struct jobserver *client, bool serves, enum jobserver_style style, unsigned slots);
/* Ends the use of the payer. The caller must have released all payments. Does nothing if payer_begin was not called. */
void payer_end(struct payer *p);

/* Returns what the keeper must release if this process dies. The result points into *p. */
struct keeper_charge payer_charge(const struct payer *p);
/* Does a jobserver above limit the jobs, so that the number of jobs that can start is unknown? */
bool payer_is_limited(const struct payer *p);
/* Returns the bytes that the served jobserver adds to a job's environment; 0 without one. */
size_t payer_environment_size(const struct payer *p);

/*
 * Acquires a payment for one job. The caller must have a job that is ready to start. Never waits: returns PAYMENT_NONE
 * if no payment is available now.
 */
enum payment payer_acquire(struct payer *p, int64_t now_mono_ns);
/* Releases a payment. Returns 0, or -1 with errno if the jobserver is gone or broken, so the token is not returned. */
int payer_release(struct payer *p, enum payment payment, int64_t now_mono_ns);
/* Was the last payer_acquire refused because another process of this recipe has the recipe's slot? */
bool payer_is_locked_out(const struct payer *p);

/*
 * Must be called once a turn, before the loop waits. Offers the unused budget to the jobs. While a payment is `wanted`,
 * makes the turn end when one may be available. Returns 0, or -1 with errno if the loop cannot wait for the jobserver;
 * its tokens are not used from then on.
 */
int payer_update(struct payer *p, bool wanted, int64_t now_mono_ns);
/* Changes the budget that is served. */
void payer_set_budget(struct payer *p, unsigned slots);

/*
 * Opens the jobserver of a job that has its payment, and adds the jobserver to what the worker gets. If this process
 * serves no jobserver, does nothing except to set v->server to NULL. Returns 0, or -1 with errno.
 */
int payer_open_served(struct payer *p, struct served *v, struct worker_place *place);
/*
 * Closes the jobserver of a job. Returns the number of tokens that the job's processes did not return; a negative
 * number means that they returned more tokens than they took.
 */
int payer_close_served(struct payer *p, struct served *v);

#endif
