/* outcome: what a job's end means, once: its name in a record and its part in the exit status. */
#ifndef QPOOL_OUTCOME_H
#define QPOOL_OUTCOME_H

#include <stdbool.h>

#include "job/job.h"

/* qpool's exit statuses (qpool(1), EXIT STATUS). */
enum {
	EXIT_OK = 0,
	EXIT_SELF = 1, /* qpool's own error */
	EXIT_USAGE = 2,
	EXIT_JOB_FAILED = 123, /* some job failed; 123 to 127 as xargs(1) has them */
	EXIT_JOB_255 = 124,
	EXIT_JOB_KILLED = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

/* "ok", "fail", "signal", "timeout", "interrupted", "halted", "notrun", "invalid": static. */
const char *outcome_name(const struct job *j);
/* Did the job do its work: ran and exited 0? */
bool outcome_ok(const struct job *j);
/* Is its task done for --resume: ran to an end that no further attempt follows, not interrupted or halted? */
bool outcome_final(const struct job *j);
/* Its exit code, 0 when it was ended by a signal. */
int outcome_status(const struct job *j);
/* The signal that ended it, else 0. */
int outcome_signal(const struct job *j);
/* What it makes of qpool's exit status: 0 or 123..127. 0 for interrupted and halted jobs. */
int outcome_exit(const struct job *j);
/* exec(2)'s errno as the exit code a shell gives: 127 for ENOENT and ENOTDIR, else 126. XCU 2.8.2. */
int outcome_exec_status(int exec_errno);

#endif
