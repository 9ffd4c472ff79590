/* Invariant: state_names[] is printed and read by users, so these names never change. */
#include "queue/task.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const state_names[QUEUE_STATES] = { "ready", "delayed", "running", "held", "done", "failed",
	"dead" };

const char *
queue_state_name(enum queue_state state)
{
	return state_names[state];
}

int
queue_state_named(const char *name)
{
	for (int i = 0; i < QUEUE_STATES; i++)
		if (strcmp(name, state_names[i]) == 0)
			return i;
	return -1;
}

uint64_t
queue_unfinished(const struct queue_counts *c)
{
	return c->of[QUEUE_READY] + c->of[QUEUE_DELAYED] + c->of[QUEUE_RUNNING] + c->of[QUEUE_LEASED];
}

void
queue_task_free(struct queue_task *t)
{
	free(t->bytes);
	t->bytes = NULL;
}

void
queue_result_free(struct queue_result *r)
{
	buf_free(&r->record);
	buf_free(&r->out);
	buf_free(&r->err);
	if (r->out_fd != -1)
		close(r->out_fd);
	if (r->err_fd != -1)
		close(r->err_fd);
	r->out_fd = r->err_fd = -1;
}
