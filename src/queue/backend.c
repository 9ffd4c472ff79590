/* Invariant: a problem is one sentence without a newline; one that is too long is cut. */
#include "queue/backend.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum queue_answer
queue_error(struct queue *q, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(q->problem, sizeof q->problem, format, ap);
	va_end(ap);
	q->busy = false;
	return QUEUE_ERROR;
}

void
queue_discard(struct queue *q)
{
	if (q->ops->free != NULL)
		q->ops->free(q);
	free(q->name);
	free(q);
}
