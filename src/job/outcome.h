/*
 * outcome: describes how a job ended as one enum, with its name in records and its effect on qpool's exit status.
 *
 * outcome.def lists the outcomes. Their names are printed and parsed here and nowhere else.
 */
#ifndef QPOOL_OUTCOME_H
#define QPOOL_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "job/job.h"

/* qpool's exit statuses (qpool(1), EXIT STATUS). */
enum {
	EXIT_OK = 0,
	EXIT_SELF = 1, /* an error of qpool itself */
	EXIT_USAGE = 2,
	EXIT_JOB_FAILED = 123, /* a job failed; 123 to 127 have the meaning that xargs(1) gives them */
	EXIT_JOB_255 = 124,
	EXIT_JOB_KILLED = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

enum outcome {
#define OUTCOME(symbol, name, by) OUTCOME_##symbol,
#include "job/outcome.def"
#undef OUTCOME
	OUTCOME_COUNT
};

/* Returns the outcome of a job that has ended. */
enum outcome job_outcome(const struct job *j);
/* Returns the word for the `end` column of a record, such as "ok", "fail" or "signal", in static memory. */
const char *outcome_name(enum outcome o);
/*
 * Parses the name of an outcome into *o. The name has `len` bytes and needs no NUL. Returns false for any other word.
 */
bool outcome_parse(const char *name, size_t len, enum outcome *o);
/*
 * Do --resume and the joblog treat the task as finished when `tries_left` attempts are left? True if the job exited 0,
 * or if no attempt is left and qpool did not stop the job itself (halted, interrupted).
 */
bool outcome_final(enum outcome o, unsigned tries_left);
/* Did a signal end the job, whoever sent the signal? True for the outcomes signal, timeout, halted and interrupted. */
bool outcome_killed(enum outcome o);

/* Did the job run and exit 0? */
bool outcome_ok(const struct job *j);
/* Returns the exit code of the job; 0 if a signal ended the job. */
int outcome_status(const struct job *j);
/* Returns the signal that ended the job, or 0 if the job exited. */
int outcome_signal(const struct job *j);
/*
 * Returns what the job contributes to qpool's exit status: 0 or 123 to 127; always 0 for halted and interrupted jobs.
 */
int outcome_exit(const struct job *j);
/*
 * Returns the exit code with which xargs(1) of GNU findutils, env(1) and bash report this errno of execve(2): 127 for
 * ENOENT, 126 for any other.
 */
int outcome_exec_status(int exec_errno);

#endif
