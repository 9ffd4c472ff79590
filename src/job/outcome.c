/* Invariant: what a job's end means is decided here and nowhere else; nothing here looks at anything but the job. */
#include "job/outcome.h"

#include <errno.h>
#include <sys/wait.h>

const char *
outcome_name(const struct job *j)
{
	switch (j->end) {
	case JOB_RAN: break;
	case JOB_TIMED_OUT: return "timeout";
	case JOB_INTERRUPTED: return "interrupted";
	case JOB_HALTED: return "halted";
	case JOB_NOT_RUN: return "notrun";
	case JOB_INVALID: return "invalid";
	}
	if (WIFSIGNALED(j->wstatus))
		return "signal";
	return outcome_ok(j) ? "ok" : "fail";
}

bool
outcome_ok(const struct job *j)
{
	return j->end == JOB_RAN && WIFEXITED(j->wstatus) && WEXITSTATUS(j->wstatus) == 0;
}

/* qpool ended it, for reasons that are not the job's. */
static bool
cut_short(const struct job *j)
{
	return j->end == JOB_INTERRUPTED || j->end == JOB_HALTED;
}

bool
outcome_final(const struct job *j)
{
	return outcome_ok(j) || (j->tries_left == 0 && !cut_short(j));
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
	if (outcome_ok(j) || cut_short(j))
		return EXIT_OK;
	if (j->end == JOB_NOT_RUN)
		return outcome_status(j);
	if (WIFSIGNALED(j->wstatus))
		return EXIT_JOB_KILLED;
	/* A job that was timed out and then exited has failed, whatever it said. */
	return j->end == JOB_RAN && outcome_status(j) == 255 ? EXIT_JOB_255 : EXIT_JOB_FAILED;
}

int
outcome_exec_status(int exec_errno)
{
	return exec_errno == ENOENT || exec_errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
