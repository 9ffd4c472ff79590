/*
 * pool-private: what the files of the engine share.
 *
 * A task's life (pool-task.c):
 *
 *     read --> WAITING --> RUNNING --> DRAINING --> over
 *                 ^           |  ^         |
 *                 |           v  |         |
 *                 |        ENDING          |
 *                 +------------------------+  a failed attempt with tries left
 *
 * WAITING  has no slot; the task is in pool.waiting.
 * RUNNING  its worker runs in a slot; noted with the keeper.
 * ENDING   the same, but TERM was sent: to be killed when the grace is over.
 * DRAINING the worker is reaped and the slot free; its pipes are read to their end, or for 100 ms more.
 */
#ifndef QPOOL_POOL_PRIVATE_H
#define QPOOL_POOL_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "output/capture.h"
#include "worker/gate.h"
#include "worker/keeper.h"
#include "sys/loop.h"
#include "output/outlet.h"
#include "output/progress-percent.h"
#include "pool/pool.h"
#include "worker/worker.h"

enum task_state { TASK_WAITING, TASK_RUNNING, TASK_ENDING, TASK_DRAINING };

/* What a job has printed, to be kept with its result. */
struct kept {
	struct buf bytes;
	int fd; /* owned: what came before them; 0: nothing did */
	bool lost;
};

struct task {
	TAILQ_ENTRY(task) entry; /* in pool.waiting, pool.running or pool.draining, by state */
	struct pool *pool;
	enum task_state state;
	struct job job;        /* the present attempt */
	enum job_end last_end; /* of the attempt before, while it waits for the next one */
	int last_wstatus;
	enum token token;       /* what pays for it */
	int64_t token_since_ns; /* it could have been started since then, had it been paid for; 0 */
	char *bytes;            /* owned: the lines, NUL-terminated, one after the other */
	const char **lines;     /* owned, into bytes */
	size_t line_count;
	uint64_t line_number; /* of the first line, for messages */
	int64_t queued_mono_ns;
	int64_t start_mono_ns;
	char *path;            /* owned when not the pool's fixed program */
	struct output *output; /* ours until output_end */
	uint64_t claimed;      /* in parts->queue: ours to finish or release; 0: none */
	struct kept kept_out, kept_err;
	struct capture out, err, report; /* report: QPOOL_PROGRESS_FD */
	struct percent_reader percent_reader;
	struct served served; /* its own jobserver */
	bool is_served;
	double percent; /* < 0: none */
	struct child child;
	struct timer deadline; /* --timeout; while ENDING: the grace; while DRAINING: the 100 ms */
	int64_t time_left_ns;  /* of the timeout, while its output is held up */
	int64_t kill_mono_ns;  /* when `ended`: KILL for what is left of its group */
	bool ended;            /* its process has ended, and is not reaped for the sake of its group */
	bool stop_told;
};

TAILQ_HEAD(task_list, task);

enum pool_phase {
	POOL_GOING,
	POOL_SOON, /* nothing new starts; what runs may finish */
	POOL_NOW,  /* and what runs is being ended */
};

struct pool {
	const struct pool_parts *parts;
	const struct options *options;
	struct loop *loop;
	struct outlet *outlet;
	struct keeper *keeper; /* NULL before the first worker */
	struct worker_kit kit;
	struct gate gate;

	/* slots */
	unsigned slots;                  /* may run at once; 0: as many as tasks */
	unsigned slots_off;              /* 1: SIGUSR2 took the last one: nothing starts */
	unsigned char *slot_used;        /* owned; [1..slot_room] */
	unsigned slot_room, slot_lowest; /* no free slot below slot_lowest */
	struct task_list waiting, running, draining;
	unsigned running_count, live_count; /* live: running, waiting to be tried again, or draining */

	/* tokens */
	struct watch token_watch; /* fd -1: none */
	bool no_token;            /* a task is at hand, and only a token is missing */
	bool input_full;          /* no more input can be put aside */
	struct server server;     /* with parts->serves */
	struct timer share;       /* look again who takes what it serves */

	/* a queue, in place of input: pool-queue.c */
	struct pool_queue {
		struct queue_task *ahead; /* owned: claimed, not tasks yet: [ahead_first..ahead_count) */
		size_t ahead_first, ahead_count;
		struct queue_result *results; /* owned: to be told to the queue */
		size_t result_count, result_room;
		struct queue_task *printed; /* owned: of a dry run, to be released at the end */
		size_t printed_count, printed_room;
		struct watch watch[QUEUE_FDS];
		struct timer again;                     /* look again though nobody rang */
		struct timer tend;                      /* ahead or results have waited long enough */
		int64_t claimed_mono_ns, first_mono_ns; /* of ahead; of results */
		int64_t mean_ns;                        /* a job's time; 0: unknown */
		uint64_t terminated;                    /* as often as that was known */
		bool idle;                              /* there was none to claim, and nothing was heard since */
		bool ended;                             /* closed and drained */
		bool failing;                           /* its last operation did; it was said */
		bool held_off;                          /* and is not tried again yet */
	} queue;

	struct pool_feed *feed; /* owned: the pipe beside the queue; NULL: none */

	/* input */
	struct watch input_watch;
	struct buf batch; /* lines of the next job, NUL-terminated */
	size_t batch_lines;
	size_t batch_size;     /* as template_size counts */
	uint64_t batch_number; /* of its first line */
	size_t size_empty;     /* template_size of no argument */
	uint64_t seq;          /* of the last task read */

	/* results */
	uint64_t ok, failed, skipped;
	int worst;       /* exit status so far */
	bool own_error;  /* then 1 */
	int halt_status; /* exit status of the job that halted; -1: none */

	/* ending */
	enum pool_phase phase;
	enum job_end why; /* POOL_NOW: what the running ones are ended by */
	int signal;       /* die of it */
	bool killed;      /* KILL was sent to all */
	bool give_up;     /* do not wait for the readers of our output any more */
	struct timer grace;
	struct watch make_watch; /* pidfd of the make above us; fd -1 */

	/* saying */
	struct timer again; /* ask the gate again */
	struct timer redraw;
	bool dirty; /* the display does not show the present */
	bool said_load, said_memory, said_system, said_spill, said_token;
	bool log_failing;
	bool stdout_is_terminal;
};

/* pool.c */
void pool_pump(struct pool *p); /* starts what may start */
void pool_input_failed(struct pool *p, int error);
bool pool_may_start(struct pool *p);
void pool_say(struct pool *p, const char *format, ...) __attribute__((format(printf, 2, 3))); /* "qpool: ...\n" */
void pool_give_slot(struct pool *p, unsigned slot);
unsigned pool_take_slot(struct pool *p);

/* pool-token.c: what pays for jobs */
bool pool_pay(struct task *t, unsigned slot);                     /* false: nothing can now */
void pool_give_back(struct task *t);                              /* t->token */
int pool_open_served(struct task *t, struct worker_place *place); /* adds the job's own jobserver */
void pool_close_served(struct task *t);                           /* and says so if tokens are missing */
bool pool_puts_aside(struct pool *p);                             /* is input read though no task is wanted? */
void pool_token_told(void *arg, unsigned events);
int pool_watch_tokens(struct pool *p); /* waits for a token exactly while one is wanted */
int pool_serve_begin(struct pool *p);
void pool_serve_end(struct pool *p);
void pool_serve(struct pool *p); /* spreads what nobody uses over the jobs' children */

/* pool-input.c: tasks from lines */
struct task *pool_next_task(struct pool *p); /* NULL: none now */
int pool_watch_input(struct pool *p);        /* waits for input exactly while a task is wanted */

void pool_refuse_line(
    struct pool *p, enum lines_result why, const struct line *line, uint64_t claimed); /* its task fails */
bool pool_source_over(const struct pool *p);                                           /* no more tasks will come */

/* pool-queue.c: tasks from a queue */
int pool_begin_queue(struct pool *p);    /* -1, said, with errno 0 */
void pool_queue_resized(struct pool *p); /* the slots are more or fewer */
void pool_end_queue(struct pool *p);
struct task *pool_next_claimed(struct pool *p); /* NULL: none now */
int pool_tend_queue(struct pool *p); /* tells it what is due, and waits for tasks exactly while one is wanted */
bool pool_queue_over(const struct pool *p);
void pool_store_result(struct task *t);  /* the task is over: finished, or released when it was broken off */
void pool_release(struct task *t);       /* it was not begun */
void pool_release_later(struct task *t); /* when the pool ends: ready now, it would be claimed again for ever */

/* pool-feed.c: the pipe beside the queue */
void pool_begin_feed(struct pool *p);
void pool_end_feed(struct pool *p);
int pool_tend_feed(struct pool *p); /* waits for lines there, while there is room for them */
bool pool_feed_idle(const struct pool *p);

/* pool-queue.c: outputs that are kept with a result */
void kept_add(struct task *t, struct kept *k, const char *bytes, size_t len);
void kept_free(struct kept *k);

/* pool-task.c: one task's life */
struct task *task_new(struct pool *p, const char *bytes, size_t len, size_t lines, uint64_t line_number);
void task_free(struct task *t);
int pool_ensure_keeper(struct pool *p); /* -1 with errno */
enum task_started { TASK_STARTED, TASK_HELD, TASK_UNPAID, TASK_OVER } task_start(struct task *t);
void task_fail_unread(struct task *t);                       /* its line cannot be a task */
void task_end_by(struct task *t, enum job_end why, int sig); /* TERM and the grace */
void task_kill(struct task *t);
void task_drop(struct task *t); /* of pool.waiting: it is not tried again */
void task_stopped(struct task *t, int sig);

/* pool-report.c: records, counts, the display */
void report_begin(struct pool *p); /* the header of records on stdout */
void report_started(struct task *t);
void report_finished(struct task *t); /* an attempt is over: its record goes out and to the log */
void report_final(struct task *t);    /* the task is over: counts, exit status, --halt */
void report_log_retry(struct pool *p);
void report_dirty(struct pool *p);
void report_redraw(void *arg);
void report_end(struct pool *p); /* the last line of the display */

/* pool-stop.c: ending early */
void pool_prepare_stop(struct pool *p);
int pool_take_signals(struct pool *p);
int pool_watch_make(struct pool *p);
void pool_stop_soon(struct pool *p);
void pool_stop_now(struct pool *p, enum job_end why, int sig);
void pool_shift_deadlines(struct pool *p, int64_t by_ns);

#endif
