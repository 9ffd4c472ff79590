/* lanes: assigns lanes to jobs for showing simultaneous jobs side by side, and finds parent jobs. */
#ifndef QPOOL_LOG_LANES_H
#define QPOOL_LOG_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "log/log-job.h"

/*
 * Assigns a lane to each job that ran, so that no two jobs are in one lane at the same time. A job whose `lane` is its
 * slot keeps this lane, unless another job occupies it (two pools wrote to one log). Jobs whose `lane` is 0 get the
 * lowest free lane above the slots.
 *
 * Sets `is_parent` of each job. Parent jobs get separate lanes above all others, because they only wait for the make
 * that they started.
 *
 * The jobs must be in the order in which they started. Returns the highest lane.
 */
uint32_t log_lanes_make(struct log_job *jobs, size_t count);

#endif
