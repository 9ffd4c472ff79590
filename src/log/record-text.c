/*
 * The format for people: "[3] ok 0.213s cp a b", "[4] exit 3 0.020s try 2/3 cp c d". It is never logged and never read
 * back, so its words may change. It is always one line, whatever bytes the command has.
 */
#include "log/record.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "job/command.h"
#include "job/outcome.h"

static const struct {
	int number;
	const char *name;
} signals[] = {
	{ SIGHUP, "HUP" },
	{ SIGINT, "INT" },
	{ SIGQUIT, "QUIT" },
	{ SIGILL, "ILL" },
	{ SIGTRAP, "TRAP" },
	{ SIGABRT, "ABRT" },
	{ SIGBUS, "BUS" },
	{ SIGFPE, "FPE" },
	{ SIGKILL, "KILL" },
	{ SIGUSR1, "USR1" },
	{ SIGSEGV, "SEGV" },
	{ SIGUSR2, "USR2" },
	{ SIGPIPE, "PIPE" },
	{ SIGALRM, "ALRM" },
	{ SIGTERM, "TERM" },
	{ SIGXCPU, "XCPU" },
	{ SIGXFSZ, "XFSZ" },
	{ SIGVTALRM, "VTALRM" },
	{ SIGPROF, "PROF" },
	{ SIGSYS, "SYS" },
};

static void
add_signal(struct buf *b, const struct job *j)
{
	int number = outcome_signal(j);

	buf_adds(b, "signal ");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (signals[i].number == number) {
			buf_adds(b, signals[i].name);
			number = 0;
		}
	if (number != 0)
		decimal_add(b, (uint64_t)number);
	if (WCOREDUMP(j->wstatus))
		buf_adds(b, " (core)");
}

/* Appends how the process ended. */
static void
add_ran(struct buf *b, const struct job *j)
{
	if (outcome_signal(j) != 0) {
		add_signal(b, j);
	} else if (outcome_status(j) != 0) {
		buf_adds(b, "exit ");
		decimal_add(b, (uint64_t)outcome_status(j));
	} else {
		buf_adds(b, "ok");
	}
}

static void
add_wall(struct buf *b, const struct job *j)
{
	buf_addc(b, ' ');
	decimal_fixed(b, j->wall_ns / NS_PER_MS, 3, 0);
	buf_addc(b, 's');
}

static void
add_end(struct buf *b, const struct job *j)
{
	switch (j->end) {
	case JOB_RAN: add_ran(b, j); break;
	case JOB_NOT_RUN:
		buf_adds(b, "cannot run: ");
		buf_adds(b, strerror(j->exec_errno));
		return;
	case JOB_INVALID: buf_adds(b, "invalid"); return;
	case JOB_TIMED_OUT:
	case JOB_INTERRUPTED:
	case JOB_HALTED: buf_adds(b, outcome_name(job_outcome(j))); break;
	}
	add_wall(b, j);
}

static void
add_try(struct buf *b, const struct job *j)
{
	if (j->attempt <= 1 && j->tries_left == 0)
		return;
	buf_adds(b, " try ");
	decimal_add(b, j->attempt);
	buf_addc(b, '/');
	decimal_add(b, (uint64_t)j->attempt + j->tries_left);
}

static void
add_command(struct buf *b, const struct job *j)
{
	struct buf text = { 0 };

	command_text(&text, &j->command);
	if (text.len > 0) {
		buf_adds(b, j->end == JOB_NOT_RUN ? ": " : " ");
		escape_visible(b, text.data, text.len);
	}
	buf_free(&text);
}

static void
line(struct buf *b, const struct job *j)
{
	buf_addc(b, '[');
	decimal_add(b, j->seq);
	buf_adds(b, "] ");
	add_end(b, j);
	add_try(b, j);
	add_command(b, j);
	buf_addc(b, '\n');
}

const struct record_format record_text = {
	.name = "text",
	.suffix = NULL,
	.header = NULL,
	.line = line,
};
