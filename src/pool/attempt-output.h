/* attempt-output: the part of an attempt that reads what its worker writes. */
#ifndef QPOOL_ATTEMPT_OUTPUT_H
#define QPOOL_ATTEMPT_OUTPUT_H

#include <stdbool.h>

struct attempt;
struct output;

/*
 * Adds the read ends of the attempt's pipes to the loop. Must be called before the worker is started, so that a failure
 * loses no output. Later, on_end(attempt) is called when standard output has ended, and when standard error has ended.
 * Returns 0, or -1 with errno.
 */
int attempt_open_output(struct attempt *a, void (*on_end)(void *attempt));
/* Closes the pipes without calling on_end. */
void attempt_close_output(struct attempt *a);
/* Reports that some of the worker's output could not be stored, so the job counts as failed. */
void attempt_lose_output(struct attempt *a);
/*
 * Closes our copies of the worker's ends of the pipes. Reads what the worker writes if output_may_read(output) allows
 * it; attempt_flow changes this later. `output` is borrowed.
 */
void attempt_read_output(struct attempt *a, const struct output *output);
/*
 * Resumes or pauses reading. Reading pauses because the reader of our output is slow or the spill is full. The worker
 * may then block, so its time limits are paused too.
 */
void attempt_flow(struct attempt *a, bool on);
/* Prints a message if some output could not be read, and marks the output as lost for attempt_fail_if_lost. */
void attempt_report_lost(struct attempt *a);
/* Makes a job that succeeded a failed one, with exit status 1, if some of its output is lost. */
void attempt_fail_if_lost(struct attempt *a);

#endif
