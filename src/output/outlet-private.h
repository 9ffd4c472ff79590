/*
 * outlet-private: the types and functions that the files outlet*.c share. In the order outlet, lines, pump, memory,
 * flow, each file calls only later ones.
 */
#ifndef QPOOL_OUTLET_PRIVATE_H
#define QPOOL_OUTLET_PRIVATE_H

#include <sys/queue.h>

#include "base/buf.h"
#include "output/outlet.h"
#include "output/sink.h"
#include "output/spill.h"
#include "output/store.h"

/* A place in the index of the spill: the output has ended and is empty, so it has no extent. */
enum { PLACE_NO_OUTPUT = 1 };

/* The output of one task. */
struct output {
	TAILQ_ENTRY(output) entry;
	struct outlet *outlet;
	uint64_t turn; /* its position in the order of output, from 1; 0: not known yet */
	bool ended;
	bool flowing;       /* the pipes of the task are being read */
	bool mid_line[3];   /* by stream: the last byte was not a newline, so the next byte gets no tag */
	struct store store; /* output that waits to be written */
	/*
	 * With line_buffer, by stream: the unfinished line, preceded by whole lines that were read while a giant line
	 * of another task was being written.
	 */
	struct buf partial[3];
	size_t counted; /* bytes of this output in outlet->memory */
	char *tag;      /* owned; NULL: none */
	void (*flow)(void *arg, bool on);
	void *arg;
};

TAILQ_HEAD(output_queue, output);

/*
 * Invariants: `queue` contains the outputs in memory that have a turn, ordered by turn. The output of a turn after
 * `released` that is not in the queue is in the index of the spill. The output with turn released + 1 is the head. Only
 * the head and `exclusive` write to the sinks, except that with line_buffer every output writes whole lines. Nothing is
 * written while a sink is blocked. `memory` is the sum of store_memory and the size of the struct over all outputs;
 * `part` is not included.
 */
struct outlet {
	struct loop *loop;
	struct outlet_config config;
	struct outlet_events events;
	void *arg;
	struct sink sinks[3]; /* [1], [2] */
	bool failure_reported[3];
	struct spill *spill;
	struct output_queue queue;   /* outputs with a turn */
	struct output_queue running; /* outputs that get their turn when they end */
	/*
	 * An output that streams live although it is not the head: its task has a giant line, or drains a full spill.
	 */
	struct output *exclusive;
	uint64_t turns, released; /* the last turn that was assigned; the last one that was written completely */
	size_t memory;            /* bytes */
	struct buf part;          /* the part of the head's output that is being written */
	size_t part_at;
	bool full; /* waiting output could not be stored for lack of space */
	bool pumping;
};

/* outlet-flow.c decides what may be written and read now. */

/* Is a sink waiting for its reader? */
bool outlet_blocked(const struct outlet *o);
/* Calls events.failed once for each sink that has failed. */
void outlet_report_failures(struct outlet *o);
/* Writes to the sink of `stream`, 1 or 2. */
void outlet_emit(struct outlet *o, int stream, const char *bytes, size_t len);
/* Returns the head, or NULL if it is not in memory. */
struct output *outlet_head(const struct outlet *o);
/* Do the bytes of this output go to the sinks at once? */
bool outlet_is_live(const struct output *out);
/* Pause or resume the pipes of one task, or of all tasks. */
void outlet_set_flow(struct output *out);
void outlet_update_flow(struct outlet *o);

/* outlet-memory.c keeps waiting output within its bounds. */

/* Updates outlet->memory after a change of the store. */
void outlet_count_memory(struct output *out);
/* Moves the store of a running task to the spill if all outputs together exceed OUTLET_MEMORY. */
void outlet_bound_memory(struct output *out);
/*
 * If all outputs together exceed OUTLET_MEMORY, moves an ended output to the spill and frees it; only its index entry
 * stays. Returns false if the output was not moved.
 */
bool outlet_spill_ended(struct output *out);
/* Frees an output that is in no queue. */
void outlet_free_output(struct output *out);

/* outlet-pump.c */

/* Writes waiting output in the order of turns until a sink is blocked or the head has nothing to write. */
void outlet_pump(struct outlet *o);

/* outlet-lines.c: line_buffer. */

/* Writes the whole lines in `bytes` and keeps the rest. */
void outlet_put_lines(struct output *out, int stream, const char *bytes, size_t len);
/* Ends the exclusive output, and writes whole lines of the others that were read meanwhile. */
void outlet_end_exclusive(struct outlet *o);

#endif
