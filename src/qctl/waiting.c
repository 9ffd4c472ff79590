/* Invariant: a wait ends at the latest when its deadline passes or a caught signal arrives. */
#include "qctl/waiting.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/value.h"
#include "qctl/answer.h"

/* How long a deadlock must last before it is reported. */
enum { DEADLOCK_MS = 200 };

void
qctl_listen(struct qctl *c, unsigned kinds)
{
	if (queue_listen(c->queue, kinds) == -1)
		qctl_answer(c, QUEUE_ERROR);
}

bool
qctl_wait(struct qctl *c)
{
	bool readable;

	return qctl_wait_for(c, -1, &readable);
}

bool
qctl_wait_for(struct qctl *c, int fd, bool *readable)
{
	int64_t look = c->deadlock_mono_ns + DEADLOCK_MS * NS_PER_MS;

	if (c->deadlock_mono_ns == 0 || (c->deadline_mono_ns != -1 && c->deadline_mono_ns <= look))
		return queue_wait_for(c->queue, c->deadline_mono_ns, fd, readable);
	queue_wait_for(c->queue, look, fd, readable);
	return true;
}

bool
qctl_is_late(const struct qctl *c)
{
	return c->deadline_mono_ns != -1 && clock_mono_ns() >= c->deadline_mono_ns;
}

uint64_t
qctl_own_task(struct qctl *c)
{
	const char *queue = getenv("QPOOL_QUEUE"), *task = getenv("QPOOL_TASK_ID");
	struct stat a, b;
	long long id;

	if (queue == NULL || task == NULL || stat(queue, &a) == -1 || stat(c->name, &b) == -1)
		return 0;
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino || !value_number(task, 1, INT64_MAX, &id))
		return 0;
	return (uint64_t)id;
}

bool
qctl_is_deadlocked(struct qctl *c)
{
	uint64_t own = qctl_own_task(c);
	int64_t now = clock_mono_ns();

	if (own == 0 || qctl_answer(c, queue_wait_in_job(c->queue, own)) == QCTL_YES)
		c->deadlock_mono_ns = 0;
	else if (c->deadlock_mono_ns == 0)
		c->deadlock_mono_ns = now;
	return c->deadlock_mono_ns != 0 && now - c->deadlock_mono_ns >= DEADLOCK_MS * NS_PER_MS;
}

volatile sig_atomic_t qctl_signal;

static void
note_signal(int sig)
{
	qctl_signal = sig;
}

void
qctl_catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, catch = { .sa_handler = note_signal };

	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		/* A signal that nohup(1) or the shell made ignored stays ignored. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught[i], &catch, NULL);
}
