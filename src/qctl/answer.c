/* Invariant: an error is described in one line that names the queue, and ends the verb with its documented status. */
#include "qctl/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/message.h"
#include "sys/die.h"

void
qctl_usage(const struct qctl_verb *v, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_addv(&text, format, ap);
	va_end(ap);
	buf_addc(&text, '\0');
	message_errx(v->cli.error_status != 0 ? v->cli.error_status : QCTL_USAGE, "%s", text.data);
}

static void
print_message(struct qctl *c, const char *format, va_list ap)
{
	struct buf text = { 0 };

	buf_addv(&text, format, ap);
	buf_addc(&text, '\0');
	message_warnx("%s: %s", c->name, text.data);
	buf_free(&text);
}

void
qctl_warn(struct qctl *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(c, format, ap);
	va_end(ap);
}

void
qctl_fail(struct qctl *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(c, format, ap);
	va_end(ap);
	exit(c->verb->cli.error_status != 0 ? c->verb->cli.error_status : QCTL_ERROR);
}

int
qctl_answer(struct qctl *c, enum queue_answer answer)
{
	switch (answer) {
	case QUEUE_YES: return QCTL_YES;
	case QUEUE_NO: return QCTL_NO;
	case QUEUE_CLOSED:
	case QUEUE_LOST: return QCTL_CLOSED;
	case QUEUE_ERROR: break;
	}
	qctl_fail(c, "%s", queue_problem(c->queue));
}

int
qctl_report_closed(struct qctl *c, int status)
{
	if (status == QCTL_CLOSED)
		qctl_warn(c, "closed; reopen it with qctl open");
	return status;
}

struct queue_counts
qctl_counts(struct qctl *c)
{
	struct queue_counts n;

	qctl_answer(c, queue_counts(c->queue, &n));
	return n;
}

void
qctl_print_count(struct qctl *c, uint64_t n)
{
	printf("%" PRIu64 "\n", n);
	qctl_flush(c);
}

/* Is it a pipe that nobody will read? */
static bool
is_unread(FILE *f)
{
	struct pollfd p = { .fd = fileno(f), .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

void
qctl_fail_writing(struct qctl *c, FILE *f)
{
	int why = errno;

	if (!c->pipe_ignored && is_unread(f)) {
		if (c->queue != NULL)
			queue_free(c->queue);
		die_of(SIGPIPE);
	}
	qctl_fail(c, "%s: %s", f == stdout ? "stdout" : "stderr", strerror(why));
}

void
qctl_flush(struct qctl *c)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		qctl_fail_writing(c, stdout);
}
