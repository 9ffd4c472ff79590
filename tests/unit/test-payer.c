/* payer: the same calls pay from a jobserver above and from a budget of our own. */
#include "jobserver/payer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os.h"
#include "tap.h"
#include "turn.h"

static void
join(struct jobserver *s, const struct jobserver_auth *a)
{
	char problem[512];

	jobserver_join(s, a, false, problem, sizeof problem);
	/* The tests must not depend on the make that runs them. */
	if (s->lock_fd != -1)
		close(s->lock_fd);
	if (s->wait_fd != -1)
		close(s->wait_fd);
	s->lock_fd = s->wait_fd = -1;
}

/* Does each of `count` calls return that payment? */
static bool
pays(struct payer *p, unsigned count, enum payment payment)
{
	while (count > 0 && payer_acquire(p, clock_mono_ns()) == payment)
		count--;
	return count == 0;
}

static void
test_absent(struct loop *l)
{
	struct jobserver_auth a = { .jobs = JOBS_ABSENT };
	struct served v;
	struct worker_place place = { .out = -1 };
	struct jobserver client;
	struct payer p = { 0 };

	join(&client, &a);
	tap_ok(payer_begin(&p, l, &client, false, STYLE_AUTO, 1) == 0 && !payer_is_limited(&p),
	    "payer: without a jobserver nothing limits the jobs");
	tap_ok(pays(&p, 5, PAYMENT_UNNEEDED), "payer: any number of jobs is allowed");
	tap_ok(payer_open_served(&p, &v, &place) == 0 && v.server == NULL && place.environment[0] == NULL &&
		payer_close_served(&p, &v) == 0 && payer_environment_size(&p) == 0,
	    "payer: jobs are not served");
	tap_ok(payer_charge(&p).directory == NULL && payer_charge(&p).tokens == NULL,
	    "payer: the keeper has nothing to release");
	payer_end(&p);
	payer_end(&p);
	jobserver_leave(&client);
}

static void
test_client(struct loop *l)
{
	struct jobserver_auth a = { .kind = AUTH_FDS, .jobs = 2 };
	struct jobserver client;
	struct payer p = { 0 };
	int fd[2];

	if (!tap_ok(os_pipe(fd) == 0 && fcntl(fd[0], F_SETFL, O_NONBLOCK) == 0, "payer: a pipe can be created"))
		return;
	a.read_fd = fd[0];
	a.write_fd = fd[1];
	join(&client, &a);
	tap_ok(payer_begin(&p, l, &client, false, STYLE_AUTO, 0) == 0 && payer_is_limited(&p),
	    "payer: a jobserver limits the jobs");
	tap_ok(pays(&p, 1, PAYMENT_IMPLICIT) && pays(&p, 1, PAYMENT_NONE) && !payer_is_locked_out(&p),
	    "payer: one job uses the implicit slot, and no other can start");
	tap_ok(payer_update(&p, false, clock_mono_ns()) == 0 && p.watch.fd == -1,
	    "payer: it does not wait for a token that is not wanted");
	tap_ok(payer_update(&p, true, clock_mono_ns()) == 0 && p.watch.fd == client.read_fd,
	    "payer: it waits for one that is wanted");
	tap_ok(write(fd[1], "t", 1) == 1 && loop_turn(l) == 0 && payer_acquire(&p, clock_mono_ns()) == PAYMENT_TOKEN,
	    "payer: a token ends the turn, and pays");
	tap_ok(
	    payer_update(&p, false, clock_mono_ns()) == 0 && p.watch.fd == -1, "payer: then it does not wait any more");
	tap_ok(payer_charge(&p).tokens != NULL && payer_charge(&p).tokens->count == 1,
	    "payer: the keeper knows the token in hand");
	tap_ok(payer_release(&p, PAYMENT_TOKEN, clock_mono_ns()) == 0 &&
		payer_release(&p, PAYMENT_IMPLICIT, clock_mono_ns()) == 0 && client.in_hand.count == 0,
	    "payer: both are released");
	payer_end(&p);
	jobserver_leave(&client);
	close(fd[0]);
	close(fd[1]);
}

static void
test_budget(struct loop *l)
{
	struct jobserver_auth a = { .jobs = JOBS_ABSENT };
	struct served v;
	struct worker_place place = { .out = -1 };
	struct jobserver client;
	struct payer p = { 0 };

	join(&client, &a);
	tap_ok(payer_begin(&p, l, &client, true, STYLE_FIFO, 2) == 0 && !payer_is_limited(&p) &&
		payer_environment_size(&p) > 0 && payer_charge(&p).directory != NULL,
	    "payer: it serves a budget");
	tap_ok(pays(&p, 2, PAYMENT_BUDGET) && pays(&p, 1, PAYMENT_NONE),
	    "payer: the budget pays for as many jobs as it has slots");
	tap_ok(
	    payer_open_served(&p, &v, &place) == 0 && v.server != NULL && strstr(place.environment[0], "fifo:") != NULL,
	    "payer: a job gets a jobserver of its own");
	payer_set_budget(&p, 3);
	tap_ok(payer_update(&p, false, clock_mono_ns()) == 0 && v.parked == 1, "payer: idle slots are offered to it");
	tap_ok(payer_acquire(&p, clock_mono_ns()) == PAYMENT_BUDGET && v.given == 0,
	    "payer: a slot that it leaves untaken pays for another job");
	tap_ok(payer_close_served(&p, &v) == 0 && v.server == NULL, "payer: nothing is missing at its end");
	for (int i = 0; i < 3; i++)
		payer_release(&p, PAYMENT_BUDGET, clock_mono_ns());
	tap_ok(payer_acquire(&p, clock_mono_ns()) == PAYMENT_BUDGET, "payer: released slots pay again");
	payer_release(&p, PAYMENT_BUDGET, clock_mono_ns());
	payer_end(&p);
	jobserver_leave(&client);
}

int
main(void)
{
	struct loop *l = loop_new();

	if (!tap_ok(l != NULL, "payer: a loop can be created"))
		return tap_done();
	test_absent(l);
	test_client(l);
	test_budget(l);
	loop_free(l);
	return tap_done();
}
