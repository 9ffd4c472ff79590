/* qctl list: prints a line for each task, in the order of ids. */
#include "qctl/qctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "qctl/answer.h"
#include "qctl/operands.h"

struct list {
	bool json;
	bool headed; /* the header was printed; a queue that cannot be listed gets none */
	bool terminal;
	struct buf line, shown; /* the second one for a terminal */
};

/* The time since it was put; never negative, even if the system clock was set back. */
static void
add_age(struct buf *b, const struct queue_info *i)
{
	int64_t age_us = clock_wall_us() - i->put_wall_us;

	decimal_fixed(b, age_us > 0 ? age_us : 0, 6, 0);
}

static void
add_tsv(struct buf *b, const struct queue_info *i)
{
	buf_addf(b, "%" PRIu64 "\t%s\t%d\t%u\t", i->id, queue_state_name(i->state), i->priority, i->attempts);
	add_age(b, i);
	buf_addc(b, '\t');
	if (i->state == QUEUE_RUNNING)
		buf_addf(b, "%ld", (long)i->pid);
	buf_addc(b, '\t');
	if (i->key != NULL)
		escape_tsv(b, i->key, strlen(i->key));
	buf_addc(b, '\t');
	if (i->error != NULL)
		escape_tsv(b, i->error, strlen(i->error));
	buf_addc(b, '\t');
	escape_tsv(b, i->bytes, i->len);
}

/* Bytes that are not UTF-8 appear twice: as readable text, and exactly, in hexadecimal. */
static void
add_text(struct buf *b, const char *name, const char *bytes, size_t len)
{
	buf_addf(b, ",\"%s\":", name);
	if (bytes == NULL) {
		buf_adds(b, "null");
		return;
	}
	buf_addc(b, '"');
	if (!escape_json(b, bytes, len)) {
		buf_addf(b, "\",\"%s_hex\":\"", name);
		escape_hex(b, bytes, len);
	}
	buf_addc(b, '"');
}

static void
add_json(struct buf *b, const struct queue_info *i)
{
	buf_addf(b, "{\"id\":%" PRIu64 ",\"state\":\"%s\",\"priority\":%d,\"attempts\":%u,\"age\":", i->id,
	    queue_state_name(i->state), i->priority, i->attempts);
	add_age(b, i);
	if (i->state == QUEUE_RUNNING)
		buf_addf(b, ",\"pid\":%ld", (long)i->pid);
	else
		buf_adds(b, ",\"pid\":null");
	add_text(b, "key", i->key, i->key != NULL ? strlen(i->key) : 0);
	add_text(b, "error", i->error, i->error != NULL ? strlen(i->error) : 0);
	add_text(b, "task", i->bytes, i->len);
	buf_addc(b, '}');
}

static void
print_header(struct list *l)
{
	if (!l->json && !l->headed)
		puts("id\tstate\tpriority\tattempts\tage\tpid\tkey\terror\ttask");
	l->headed = true;
}

static bool
print(void *arg, const struct queue_info *info)
{
	struct list *l = arg;

	print_header(l);
	l->line.len = 0;
	(l->json ? add_json : add_tsv)(&l->line, info);
	buf_addc(&l->line, '\n');
	if (!l->terminal)
		return fwrite(l->line.data, 1, l->line.len, stdout) == l->line.len;
	l->shown.len = 0;
	escape_overrides(&l->shown, l->line.data, l->line.len);
	return fwrite(l->shown.data, 1, l->shown.len, stdout) == l->shown.len;
}

static int
run(struct qctl *c)
{
	struct list l = { .json = c->args.json, .terminal = isatty(STDOUT_FILENO) == 1 };
	int state = qctl_state_option(c);

	/* Counting first ends the attempts of pools that died, so that their tasks are not listed as running. */
	qctl_counts(c);
	qctl_answer(c, queue_list(c->queue, state, print, &l));
	print_header(&l);
	buf_free(&l.line);
	buf_free(&l.shown);
	qctl_flush(c);
	return QCTL_YES;
}

static const struct cli_option options[] = {
	CLI_WORD("", "state", "STATE", QCTL_STATES, struct qctl_args, state,
	    "list only tasks in STATE: ready, delayed, running, held, done, failed or dead"),
	CLI_FLAG("", "json", struct qctl_args, json,
	    "print a JSON object per line instead of tab-separated values with a header"),
	CLI_END,
};

const struct qctl_verb qctl_verb_list = {
	.cli = {
	    .name = "list",
	    .arguments = "queue",
	    .help = "print a line for each task",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
