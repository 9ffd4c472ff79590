#include "qctl/putting.h"

#include "qctl/answer.h"
#include "qctl/waiting.h"

struct queue_put
qctl_task(const struct qctl *c, const char *bytes, size_t len)
{
	return (struct queue_put){ .bytes = bytes,
		.len = len,
		.priority = (int)c->args.priority,
		.after_ns = c->args.after_ns,
		.key = c->args.key };
}

/* The queue is full: starts listening for free space. false: the wait would be useless. */
static bool
listen_for_space(struct qctl *c)
{
	if (qctl_is_late(c))
		return false;
	qctl_listen(c, QUEUE_NOTIFY_SPACE | QUEUE_NOTIFY_STATE);
	if (!qctl_is_deadlocked(c))
		return true;
	qctl_warn(c,
	    "deadlock: the queue is full, and every slot is running a job that waits on this queue; "
	    "put fewer tasks from jobs, or create the queue with a larger --max");
	return false;
}

int
qctl_put_all(struct qctl *c, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done,
    void (*on_put)(struct qctl *c, const uint64_t *ids, size_t count))
{
	enum queue_answer answer;
	bool listening = false;
	size_t some;

	*done = 0;
	for (;;) {
		answer = queue_put(c->queue, tasks + *done, count - *done, ids + *done, &some);
		if (on_put != NULL)
			on_put(c, ids + *done, some);
		*done += some;
		if (answer != QUEUE_NO)
			break;
		if (!listen_for_space(c))
			return QCTL_NO;
		/*
		 * The first time, try again at once: space that became free before we listened caused no
		 * notification.
		 */
		if (qctl_signal != 0 || (listening && !qctl_wait(c)))
			return QCTL_NO;
		listening = true;
	}
	return qctl_answer(c, answer);
}
