/* log-lanes: which jobs ran at once, side by side; and which of them held others. */
#ifndef QPOOL_LOG_LANES_H
#define QPOOL_LOG_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "log/log-job.h"

/*
 * Gives each job that ran a lane, in which no other one runs at the same time. A job whose `lane` is its slot keeps
 * it, unless another job is there already (two pools wrote one log). The others, whose `lane` is 0, get the lowest
 * one that is free behind the slots. Sets `holds`, and gives who holds lanes of their own behind all others: while it
 * waits, it does nothing. The jobs must be in the order of their start. Returns the highest lane.
 */
uint32_t log_lanes_make(struct log_job *jobs, size_t count);

#endif
