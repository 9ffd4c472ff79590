/* Invariant: what the outcome of a job means is decided here and nowhere else. */
#include "job/outcome.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

enum by { OUTCOME_BY_JOB, OUTCOME_BY_SIGNAL, OUTCOME_BY_QPOOL };

static const struct {
	const char *name;
	enum by by;
} outcomes[] = {
#define OUTCOME(symbol, name, by) { name, by },
#include "job/outcome.def"
#undef OUTCOME
};

enum outcome
job_outcome(const struct job *j)
{
	switch (j->end) {
	case JOB_RAN: break;
	case JOB_TIMED_OUT: return OUTCOME_TIMEOUT;
	case JOB_INTERRUPTED: return OUTCOME_INTERRUPTED;
	case JOB_HALTED: return OUTCOME_HALTED;
	case JOB_NOT_RUN: return OUTCOME_NOTRUN;
	case JOB_INVALID: return OUTCOME_INVALID;
	}
	if (WIFSIGNALED(j->wstatus))
		return OUTCOME_SIGNAL;
	return outcome_status(j) == 0 ? OUTCOME_OK : OUTCOME_FAIL;
}

const char *
outcome_name(enum outcome o)
{
	return outcomes[o].name;
}

bool
outcome_parse(const char *name, size_t len, enum outcome *o)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		if (strlen(outcomes[i].name) != len || memcmp(outcomes[i].name, name, len) != 0)
			continue;
		*o = (enum outcome)i;
		return true;
	}
	return false;
}

bool
outcome_final(enum outcome o, unsigned tries_left)
{
	return o == OUTCOME_OK || (tries_left == 0 && outcomes[o].by != OUTCOME_BY_QPOOL);
}

bool
outcome_killed(enum outcome o)
{
	return outcomes[o].by != OUTCOME_BY_JOB;
}

bool
outcome_ok(const struct job *j)
{
	return job_outcome(j) == OUTCOME_OK;
}

int
outcome_status(const struct job *j)
{
	return WIFEXITED(j->wstatus) ? WEXITSTATUS(j->wstatus) : 0;
}

int
outcome_signal(const struct job *j)
{
	return WIFSIGNALED(j->wstatus) ? WTERMSIG(j->wstatus) : 0;
}

int
outcome_exit(const struct job *j)
{
	enum outcome o = job_outcome(j);

	if (o == OUTCOME_OK || outcomes[o].by == OUTCOME_BY_QPOOL)
		return EXIT_OK;
	if (o == OUTCOME_NOTRUN)
		return outcome_status(j);
	if (WIFSIGNALED(j->wstatus))
		return EXIT_JOB_KILLED;
	/* A job that timed out and then exited has failed, whatever its exit code. */
	return o == OUTCOME_FAIL && outcome_status(j) == 255 ? EXIT_JOB_255 : EXIT_JOB_FAILED;
}

int
outcome_exec_status(int exec_errno)
{
	return exec_errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
