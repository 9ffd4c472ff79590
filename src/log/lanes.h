/* lanes: which jobs ran at the same time, side by side, and which of them are parent jobs. */
#ifndef QPOOL_LOG_LANES_H
#define QPOOL_LOG_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "log/log-job.h"

/*
 * Gives a lane to each job that ran; no two jobs run in one lane at the same time. A job whose `lane` is its slot keeps
 * it, unless another job is there already (two pools wrote to one log). The others, whose `lane` is 0, get the lowest
 * free lane above the slots.
 *
 * Sets `is_parent`. Parent jobs get lanes of their own above all others: while they wait for the make that they
 * started, they do nothing.
 *
 * The jobs must be in the order of their start. Returns the highest lane.
 */
uint32_t log_lanes_make(struct log_job *jobs, size_t count);

#endif
