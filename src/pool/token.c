/*
 * What pays for jobs: the recipe's slot and the tokens of a jobserver above.
 *
 * Invariants: a token is taken only for a task that is at hand and that nothing else holds back, and given back when its job is reaped. While nothing
 * can pay, no other part of the pool waits: the loop goes on.
 */
#include "pool/pool-private.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/*
 * Two pools in a pipe of one recipe share its one slot. If the first one's job can only go on when we read what it writes, and we have nothing to pay
 * with until it is done, then our input is put aside; if that has no more room, one job runs that nobody paid for.
 */
static bool
is_starved(const struct pool *p)
{
	return p->running_count == 0 && p->parts->jobserver->lock_refused;
}

static bool
run_unpaid(struct pool *p)
{
	if (!is_starved(p) || !p->input_full)
		return false;
	p->input_full = false;
	pool_say(p,
	    "another pool of this recipe has its slot, and there is no more room to put input aside: a job is run without a slot");
	return true;
}

bool
pool_pay(struct task *t, unsigned slot)
{
	struct pool *p = t->pool;
	int64_t now = clock_mono_ns();

	if (p->parts->serves)
		t->token = server_take(&p->server) ? TOKEN_OWN : TOKEN_NONE;
	else
		t->token = jobserver_acquire(p->parts->jobserver, now);
	if (t->token == TOKEN_NONE && run_unpaid(p))
		t->token = TOKEN_UNNEEDED;
	if (t->token == TOKEN_IMPLICIT)
		keeper_exempt(p->keeper, slot);
	p->no_token = t->token == TOKEN_NONE;
	if (p->no_token && t->token_since_ns == 0)
		t->token_since_ns = now;
	return !p->no_token;
}

void
pool_give_back(struct task *t)
{
	struct pool *p = t->pool;

	if (t->token == TOKEN_OWN)
		server_put_back(&p->server);
	else if (jobserver_release(p->parts->jobserver, t->token, clock_mono_ns()) == -1 && !p->said_token) {
		p->said_token = true;
		pool_say(p, "a token cannot be given back to the jobserver: %s", strerror(errno));
	}
	if (t->token == TOKEN_IMPLICIT)
		keeper_exempt(p->keeper, 0);
	t->token = TOKEN_NONE;
}

bool
pool_puts_aside(struct pool *p)
{
	return p->no_token && is_starved(p) && !p->input_full;
}

void
pool_token_told(void *arg, unsigned events)
{
	(void)arg, (void)events; /* every turn ends with pool_pump */
}

int
pool_watch_tokens(struct pool *p)
{
	int64_t now = clock_mono_ns(), wait_ns;
	int fd = p->no_token ? jobserver_fd(p->parts->jobserver, now) : -1;

	if (p->token_watch.fd != fd && p->token_watch.fd != -1)
		loop_unwatch(p->loop, &p->token_watch);
	p->token_watch.fd = fd;
	wait_ns = p->no_token ? jobserver_wait_ns(p->parts->jobserver, now) : -1;
	if (wait_ns >= 0)
		loop_arm(p->loop, &p->again, now + wait_ns);
	return fd == -1 ? 0 : loop_watch(p->loop, &p->token_watch, LOOP_IN);
}

int
pool_serve_begin(struct pool *p)
{
	if (!p->parts->serves)
		return 0;
	if (server_begin(&p->server, p->loop, p->options->style, p->slots) == -1)
		return -1;
	/* It removes the folder when we are killed. That it cannot be had now, the first job will see again. */
	pool_ensure_keeper(p);
	return 0;
}

void
pool_serve_end(struct pool *p)
{
	if (p->parts->serves && p->server.folder != NULL)
		server_end(&p->server);
}

void
pool_serve(struct pool *p)
{
	int64_t next_mono_ns;

	if (!p->parts->serves)
		return;
	next_mono_ns = server_share(&p->server, p->no_token, clock_mono_ns());
	if (next_mono_ns > 0)
		loop_arm(p->loop, &p->share, next_mono_ns);
	else
		loop_disarm(p->loop, &p->share);
}

int
pool_open_served(struct task *t, struct worker_place *place)
{
	struct server *s = &t->pool->server;
	struct served *v = &t->served;

	if (!t->pool->parts->serves)
		return 0;
	if (served_open(s, v) == -1)
		return -1;
	t->is_served = true;
	served_place(s, v, place);
	return 0;
}

void
pool_close_served(struct task *t)
{
	char problem[128];
	int held;

	if (!t->is_served)
		return;
	t->is_served = false;
	held = served_close(&t->pool->server, &t->served);
	/* Whom we end we leave no time to give back. */
	if (held == 0 || t->job.end != JOB_RAN)
		return;
	served_problem(problem, sizeof problem, held);
	pool_say(t->pool, "job %llu: %s", (unsigned long long)t->job.seq, problem);
}
