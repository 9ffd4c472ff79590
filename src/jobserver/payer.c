/*
 * Invariant: a payment is taken only for a job that nothing else holds up, and what is taken is released through the
 * same body.
 */
#include "jobserver/payer.h"

#include <errno.h>

int
payer_begin(
    struct payer *p, struct loop *l, struct jobserver *client, bool serves, enum jobserver_style style, unsigned slots)
{
	*p = (struct payer){ .client = client, .serves = serves, .watch.fd = -1 };
	if (serves && server_begin(&p->server, l, style, slots) == -1)
		return -1;
	p->loop = l;
	return 0;
}

static void
unwatch(struct payer *p)
{
	if (p->watch.fd != -1)
		loop_unwatch(p->loop, &p->watch);
	p->watch.fd = -1;
}

void
payer_end(struct payer *p)
{
	if (p->loop == NULL)
		return;
	unwatch(p);
	loop_disarm(p->loop, &p->again);
	loop_disarm(p->loop, &p->share);
	if (p->serves)
		server_end(&p->server);
	p->loop = NULL;
}

struct keeper_charge
payer_charge(const struct payer *p)
{
	struct keeper_charge charge = jobserver_charge(p->client);

	if (p->serves)
		charge.directory = &p->server.directory;
	return charge;
}

bool
payer_is_limited(const struct payer *p)
{
	return p->client->mode != JOBSERVER_ABSENT;
}

size_t
payer_environment_size(const struct payer *p)
{
	return p->serves ? server_environment_size(&p->server) : 0;
}

enum payment
payer_acquire(struct payer *p, int64_t now_mono_ns)
{
	if (p->serves)
		return server_acquire(&p->server) ? PAYMENT_BUDGET : PAYMENT_NONE;
	return jobserver_acquire(p->client, now_mono_ns);
}

int
payer_release(struct payer *p, enum payment payment, int64_t now_mono_ns)
{
	if (payment != PAYMENT_BUDGET)
		return jobserver_release(p->client, payment, now_mono_ns);
	server_release(&p->server);
	return 0;
}

bool
payer_is_locked_out(const struct payer *p)
{
	return p->client->lock_refused;
}

static void
share(struct payer *p, bool wanted, int64_t now_mono_ns)
{
	int64_t next_mono_ns = server_share(&p->server, wanted, now_mono_ns);

	if (next_mono_ns > 0)
		loop_arm(p->loop, &p->share, next_mono_ns);
	else
		loop_disarm(p->loop, &p->share);
}

int
payer_update(struct payer *p, bool wanted, int64_t now_mono_ns)
{
	int fd = wanted ? jobserver_fd(p->client, now_mono_ns) : -1;
	int64_t wait_ns = wanted ? jobserver_wait_ns(p->client, now_mono_ns) : -1;
	int saved;

	if (p->serves)
		share(p, wanted, now_mono_ns);
	if (p->watch.fd != fd)
		unwatch(p);
	p->watch.fd = fd;
	if (wait_ns >= 0)
		loop_arm(p->loop, &p->again, now_mono_ns + wait_ns);
	else
		loop_disarm(p->loop, &p->again);
	if (fd == -1 || loop_watch(p->loop, &p->watch, LOOP_IN) == 0)
		return 0;
	saved = errno;
	p->watch.fd = -1;
	p->client->gone = true;
	errno = saved;
	return -1;
}

void
payer_set_budget(struct payer *p, unsigned slots)
{
	if (p->serves)
		server_set_budget(&p->server, slots);
}

int
payer_open_served(struct payer *p, struct served *v, struct worker_place *place)
{
	*v = (struct served){ 0 };
	if (!p->serves)
		return 0;
	if (served_open(&p->server, v) == -1) {
		v->server = NULL;
		return -1;
	}
	served_place(&p->server, v, place);
	return 0;
}

int
payer_close_served(struct payer *p, struct served *v)
{
	int missing;

	if (v->server == NULL)
		return 0;
	missing = served_close(&p->server, v);
	v->server = NULL;
	return missing;
}
