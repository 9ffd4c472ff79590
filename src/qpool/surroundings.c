#include "qpool/surroundings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/message.h"
#include "job/outcome.h"
#include "sys/os.h"
#include "worker/worker.h"

static void
read_makeflags(struct jobserver_auth *a)
{
	struct jobserver_auth cargo;

	jobserver_auth_parse(a, getenv("MAKEFLAGS"));
	if (a->kind != AUTH_NONE)
		return;
	/* cargo gives its build scripts a jobserver in this variable. */
	jobserver_auth_parse(&cargo, getenv("CARGO_MAKEFLAGS"));
	a->kind = cargo.kind;
	a->read_fd = cargo.read_fd;
	a->write_fd = cargo.write_fd;
	a->path = cargo.path;
}

static void
join_jobserver(struct jobserver *s, const struct options *o, struct jobserver_auth *a)
{
	enum jobserver_origin origin = getenv("MAKELEVEL") != NULL ? FROM_MAKE : FROM_ENVIRONMENT;
	char problem[PATH_MAX + 256];

	if (o->auth != NULL) {
		struct jobserver_auth none = { .kind = AUTH_NONE, .jobs = JOBS_ABSENT };

		jobserver_auth_free(a);
		*a = none;
		origin = FROM_OPTION;
		if (strcmp(o->auth, "none") != 0)
			jobserver_auth_read(a, o->auth);
	}
	jobserver_join(s, a, origin, problem, sizeof problem);
	if (*problem != '\0')
		message_warnx("%s", problem);
	/* Without tokens its one slot is all that it has. */
	s->beside = s->mode == JOBSERVER_JOINED ? o->beside : 0;
}

/*
 * The MAKEFLAGS of the workers, if ours names a jobserver that does not exist, or another one than --jobserver-auth;
 * otherwise NULL. The caller frees it.
 */
static char *
workers_makeflags(const struct options *o, const struct jobserver *s, const struct jobserver_auth *a)
{
	struct buf b = { 0 }, ours = { 0 };

	if (a->kind == AUTH_NONE || (s->inherited && o->auth == NULL))
		return NULL;
	if (s->inherited)
		buf_addf(&ours, "-j --jobserver-auth=%s", o->auth);
	else
		buf_adds(&ours, "-j1");
	buf_addc(&ours, '\0');
	jobserver_auth_replace(&b, getenv("MAKEFLAGS"), ours.data);
	buf_free(&ours);
	buf_addc(&b, '\0');
	return b.data;
}

unsigned
surroundings_slots(const struct surroundings *around, const struct options *o)
{
	const struct jobserver *s = &around->jobserver;
	unsigned most = o->jobs_given ? o->jobs : s->mode == JOBSERVER_ABSENT && s->budget == 0 ? os_cpu_count() : 0;

	if (s->mode == JOBSERVER_ABSENT && s->budget != 0 && (most == 0 || most > s->budget))
		return s->budget;
	return most;
}

void
surroundings_read(struct surroundings *s)
{
	*s = (struct surroundings){ 0 };
	read_makeflags(&s->auth);
}

double
surroundings_load(const struct surroundings *s)
{
	/* Without a make, -l in the environment is meant for other makes. */
	return getenv("MAKELEVEL") == NULL ? -1 : s->auth.load;
}

void
surroundings_join(struct surroundings *s, const struct options *o)
{
	/* Reserved before another file could get an fd that MAKEFLAGS names, or the last one of a single digit. */
	s->progress_to = worker_reserve_fd(s->auth.read_fd, s->auth.write_fd);
	if (s->progress_to == -1)
		message_err(EXIT_SELF, "/dev/null");
	join_jobserver(&s->jobserver, o, &s->auth);
	surroundings_update(s, o);
}

void
surroundings_update(struct surroundings *s, const struct options *o)
{
	free(s->worker_makeflags);
	s->worker_makeflags = workers_makeflags(o, &s->jobserver, &s->auth);
}

void
surroundings_leave(struct surroundings *s)
{
	jobserver_leave(&s->jobserver);
	jobserver_auth_free(&s->auth);
	free(s->worker_makeflags);
}
