/* Invariant: whatever is wrong is said in one line that names the queue, and ends the verb with its documented status. */
#include "qctl/qctl.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/value.h"

enum { STUCK_MS = 200 };

void
qctl_usage(const struct qctl_verb *v, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	errx(v->cli.error_status != 0 ? v->cli.error_status : QCTL_USAGE, "%s", text);
}

static void
say(struct qctl *c, const char *format, va_list ap)
{
	struct buf name = { 0 };
	char text[1024];

	vsnprintf(text, sizeof text, format, ap);
	escape_visible(&name, c->name, strlen(c->name));
	buf_addc(&name, '\0');
	warnx("%s: %s", name.data, text);
	buf_free(&name);
}

void
qctl_warn(struct qctl *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(c, format, ap);
	va_end(ap);
}

void
qctl_fail(struct qctl *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(c, format, ap);
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

struct queue_counts
qctl_counts(struct qctl *c)
{
	struct queue_counts n;

	qctl_answer(c, queue_counts(c->queue, &n));
	return n;
}

static void __attribute__((noreturn)) wrong_word(struct qctl *c, const char *word, const char *wanted)
{
	struct buf b = { 0 };

	escape_visible(&b, word, strlen(word));
	buf_addc(&b, '\0');
	qctl_usage(c->verb, "'%s' is not %s", b.data, wanted);
}

uint64_t
qctl_id(struct qctl *c, const char *word)
{
	long long id;

	if (!value_number(word, 1, INT64_MAX, &id))
		wrong_word(c, word, "the number of a task, as put prints it");
	return (uint64_t)id;
}

uint64_t *
qctl_ids(struct qctl *c)
{
	uint64_t *ids = mem_resize(NULL, c->word_count + 1, sizeof *ids);

	for (size_t i = 0; i < c->word_count; i++)
		ids[i] = qctl_id(c, c->words[i]);
	return ids;
}

int
qctl_state_option(struct qctl *c)
{
	return c->args.state == NULL ? -1 : queue_state_named(c->args.state);
}

void
qctl_print_count(struct qctl *c, uint64_t n)
{
	printf("%" PRIu64 "\n", n);
	qctl_flush(c);
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
		/* What nohup(1) or a shell has turned off stays so. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught[i], &catch, NULL);
}

/* ID:TOKEN as `get --hold` prints it. */
static void
read_id_token(struct qctl *c, const char *word, uint64_t *id, uint64_t *token)
{
	const char *colon = strchr(word, ':');
	char first[32];
	long long n, t;

	if (colon == NULL || (size_t)(colon - word) >= sizeof first)
		wrong_word(c, word, "ID:TOKEN as get --hold prints it");
	memcpy(first, word, (size_t)(colon - word));
	first[colon - word] = '\0';
	if (!value_number(first, 1, INT64_MAX, &n) || !value_number(colon + 1, 1, INT64_MAX, &t))
		wrong_word(c, word, "ID:TOKEN as get --hold prints it");
	*id = (uint64_t)n;
	*token = (uint64_t)t;
}

int
qctl_each_lease(struct qctl *c, enum queue_answer (*change)(struct qctl *c, uint64_t id, uint64_t token))
{
	uint64_t id, token;
	int status = QCTL_YES;

	/* A word that is wrong ends it before anything was done. */
	for (size_t i = 0; i < c->word_count; i++)
		read_id_token(c, c->words[i], &id, &token);
	for (size_t i = 0; i < c->word_count; i++) {
		read_id_token(c, c->words[i], &id, &token);
		if (qctl_answer(c, change(c, id, token)) == QCTL_YES)
			continue;
		qctl_warn(c, "%s: its lease is lost: it ran out, or the task was done or failed before", c->words[i]);
		status = QCTL_CLOSED;
	}
	return status;
}

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

void
qctl_flush(struct qctl *c)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		qctl_fail(c, "stdout: %s", strerror(errno));
}

char
qctl_delimiter(struct qctl *c)
{
	int byte;

	if (c->args.null)
		return '\0';
	if (c->args.delimiter == NULL)
		return '\n';
	byte = value_byte(c->args.delimiter);
	if (byte == -1)
		wrong_word(c, c->args.delimiter, "one byte; NUL is \\0");
	return (char)byte;
}

uint64_t
qctl_inside(struct qctl *c)
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

struct queue_put
qctl_task(const struct qctl *c, const char *bytes, size_t len)
{
	return (struct queue_put){ .bytes = bytes,
		.len = len,
		.priority = (int)c->args.priority,
		.after_ns = c->args.after_ns,
		.key = c->args.key };
}

bool
qctl_is_stuck(struct qctl *c)
{
	uint64_t inside = qctl_inside(c);
	int64_t now = clock_mono_ns();

	if (inside == 0 || qctl_answer(c, queue_wait_in_job(c->queue, inside)) == QCTL_YES)
		c->stuck_mono_ns = 0;
	else if (c->stuck_mono_ns == 0)
		c->stuck_mono_ns = now;
	return c->stuck_mono_ns != 0 && now - c->stuck_mono_ns >= STUCK_MS * NS_PER_MS;
}

bool
qctl_wait_for(struct qctl *c, int fd, bool *readable)
{
	int64_t look = c->stuck_mono_ns + STUCK_MS * NS_PER_MS;

	if (c->stuck_mono_ns == 0 || (c->deadline_mono_ns != -1 && c->deadline_mono_ns <= look))
		return queue_wait_for(c->queue, c->deadline_mono_ns, fd, readable);
	queue_wait_for(c->queue, look, fd, readable);
	return true;
}

/* Is it of use to wait, since there is no room? */
static bool
wait_for_room(struct qctl *c)
{
	if (c->deadline_mono_ns != -1 && clock_mono_ns() >= c->deadline_mono_ns)
		return false;
	qctl_listen(c, QUEUE_NOTIFY_SPACE | QUEUE_NOTIFY_STATE);
	if (!qctl_is_stuck(c))
		return true;
	qctl_warn(
	    c, "full, and each job that could make room waits for it: put less from within, or make the queue larger");
	return false;
}

int
qctl_put_all(struct qctl *c, const struct queue_put *tasks, size_t count, uint64_t *ids, size_t *done,
    void (*told)(struct qctl *c, const uint64_t *ids, size_t count))
{
	enum queue_answer answer;
	bool listening = false;
	size_t some;

	*done = 0;
	for (;;) {
		answer = queue_put(c->queue, tasks + *done, count - *done, ids + *done, &some);
		if (told != NULL)
			told(c, ids + *done, some);
		*done += some;
		if (answer != QUEUE_NO)
			break;
		if (!wait_for_room(c))
			return QCTL_NO;
		/* What became free before we listened was rung for nobody. */
		if (qctl_signal != 0 || (listening && !qctl_wait(c)))
			return QCTL_NO;
		listening = true;
	}
	return qctl_answer(c, answer);
}

int
qctl_say_closed(struct qctl *c, int status)
{
	if (status == QCTL_CLOSED)
		qctl_warn(c, "is closed; qctl open undoes that");
	return status;
}
