/* attempt-output: the part of an attempt that reads what its worker writes. */
#ifndef QPOOL_ATTEMPT_OUTPUT_H
#define QPOOL_ATTEMPT_OUTPUT_H

#include <stdbool.h>

struct attempt;
struct output;

/*
 * Takes the read ends of its pipes into the loop, before there is a worker whose output could be lost. Calls
 * on_end(attempt) when one of stdout and stderr has ended. -1 with errno.
 */
int attempt_open_output(struct attempt *a, void (*on_end)(void *attempt));
/* Closes the pipes, without a call of on_end. */
void attempt_close_output(struct attempt *a);
/* Part of what the worker wrote could not be kept: the job has failed. */
void attempt_lose_output(struct attempt *a);
/* Reads what the worker writes from now on; `output` says whether that may be read now. */
void attempt_read_output(struct attempt *a, const struct output *output);
/*
 * Reads on, or pauses. While a worker is blocked only because our reader is slow or the spill is full, its time does
 * not run.
 */
void attempt_flow(struct attempt *a, bool on);
/* Reports bytes that could not be read; then the job fails too. */
void attempt_report_lost(struct attempt *a);
/* Makes a job that succeeded a failed one, with exit status 1, if some of its output is lost. */
void attempt_fail_if_lost(struct attempt *a);

#endif
