/*
 * queue-run [-n] QUEUE: a pool of one slot over queue.h alone, for tests: runs sh -c TASK, one at a time. It exits when
 * the queue is closed and drained; with -n, when no task is ready.
 */
#include "queue/queue.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_KEPT = 1 << 20 }; /* larger outputs are passed as a file */

static int
scratch(void)
{
	FILE *f = tmpfile();

	if (f == NULL)
		err(1, "tmpfile");
	return fileno(f); /* stays open */
}

static int
run(const char *task, int out, int err_fd)
{
	int wstatus;
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		if (dup2(out, 1) == -1 || dup2(err_fd, 2) == -1)
			_exit(126);
		execl("/bin/sh", "sh", "-c", task, (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &wstatus, 0) != pid)
		err(1, "waitpid");
	return wstatus;
}

static int
output(int fd, struct buf *b)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		err(1, "fstat");
	if (st.st_size > MOST_KEPT)
		return fd;
	buf_reserve(b, (size_t)st.st_size + 1);
	if (pread(fd, b->data, (size_t)st.st_size, 0) != (ssize_t)st.st_size)
		err(1, "pread");
	b->len = (size_t)st.st_size;
	return -1;
}

static void
serve_one(struct queue *q, const struct queue_task *t)
{
	struct queue_result r = { .id = t->id };
	int out = scratch(), err_fd = scratch();

	queue_begin(q, t->id);
	r.wstatus = run(t->bytes, out, err_fd);
	r.outcome = WIFSIGNALED(r.wstatus) ? OUTCOME_SIGNAL : r.wstatus == 0 ? OUTCOME_OK : OUTCOME_FAIL;
	buf_addf(&r.record, "record of %" PRIu64 "\n", t->id);
	r.out_fd = output(out, &r.out);
	r.err_fd = output(err_fd, &r.err);
	if (queue_finish(q, &r, 1) != QUEUE_YES)
		errx(1, "finish: %s", queue_problem(q));
	buf_free(&r.record);
	buf_free(&r.out);
	buf_free(&r.err);
	close(out);
	close(err_fd);
}

int
main(int argc, char **argv)
{
	bool once = argc == 3 && strcmp(argv[1], "-n") == 0;
	struct queue_task t;
	struct queue *q;
	char problem[512];
	enum queue_answer answer;
	size_t count;

	if (argc != 2 + once)
		errx(2, "usage: queue-run [-n] QUEUE");
	q = queue_open(argv[argc - 1], problem, sizeof problem);
	if (q == NULL)
		errx(1, "%s", problem);
	if (queue_register_pool(q, 1) != QUEUE_YES || queue_listen(q, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_STATE) == -1)
		errx(1, "%s", queue_problem(q));
	while ((answer = queue_claim(q, 1, &t, &count)) != QUEUE_CLOSED) {
		if (answer == QUEUE_ERROR)
			errx(1, "claim: %s", queue_problem(q));
		if (answer == QUEUE_YES) {
			serve_one(q, &t);
			queue_task_free(&t);
		} else if (once)
			break;
		else
			queue_wait(q, -1);
	}
	queue_free(q);
	return 0;
}
