/*
 * outcome: how a job ended, as one enum; its name in records and its part in qpool's exit status.
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

/* The outcome of a job that has ended. */
enum outcome job_outcome(const struct job *j);
/* The word in a record's `end` column: "ok", "fail", "signal", ... Static. */
const char *outcome_name(enum outcome o);
/* Parses such a word of `len` bytes, which need not end in a NUL, into *o. false: not the name of an outcome. */
bool outcome_parse(const char *name, size_t len, enum outcome *o);
/*
 * Is the task finished for --resume and the joblog, with `tries_left` attempts left? True if the job exited 0, or if
 * no attempt is left and qpool did not stop the job itself (halted, interrupted).
 */
bool outcome_final(enum outcome o, unsigned tries_left);
/* Was the job ended by a signal, whoever sent it: outcomes signal, timeout, halted and interrupted? */
bool outcome_killed(enum outcome o);

/* Did the job run and exit 0? */
bool outcome_ok(const struct job *j);
/* Its exit code; 0 if a signal ended it. */
int outcome_status(const struct job *j);
/* The signal that ended it, else 0. */
int outcome_signal(const struct job *j);
/* What the job contributes to qpool's exit status: 0 or 123..127. 0 for halted and interrupted jobs. */
int outcome_exit(const struct job *j);
/*
 * The exit code for the errno of execve(2) that xargs(1) of GNU findutils, env(1) and bash give: 127 for ENOENT, else
 * 126.
 */
int outcome_exec_status(int exec_errno);

#endif
