/*
 * queue: what only queue directories have: files of results, several processes, claims that outlive a process, damaged
 * databases.
 */
#include "queue/queue.h"

#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue-util.h"
#include "tap.h"

static bool
is_there(const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", last_path, name);
	return access(path, F_OK) == 0;
}

static void
test_result_files(void)
{
	struct queue *q = make_directory(&usual);
	struct queue_result r = { .outcome = OUTCOME_FAIL, .wstatus = 256, .out_fd = -1, .err_fd = a_file(8192, 'e') },
			    got;
	uint64_t count, id;

	put_text(q, "a");
	id = r.id = begin_one(q);
	tap_ok(queue_finish(q, &r, 1) == QUEUE_YES && is_there("results/1.err") && !is_there("results/1.out"),
	    "results: a large output is in a file");
	queue_result_free(&r);
	tap_ok(queue_retry(q, &id, 1, &count, NULL, NULL) == QUEUE_YES && count == 1 && !is_there("results/1.err"),
	    "results: retry removes the file");
	r.out_fd = a_file(4096, 'o');
	begin_one(q);
	queue_finish(q, &r, 1);
	queue_result_free(&r);
	tap_ok(is_there("results/1.out") && queue_purge(q, QUEUE_FAILED, NULL, 0, &count) == QUEUE_YES &&
		!is_there("results/1.out"),
	    "results: purge removes the file");
	put_text(q, "a");
	r.id = begin_one(q);
	r.out_fd = a_file(4096, 'o');
	queue_finish(q, &r, 1);
	queue_result_free(&r);
	tap_ok(r.id == 2 && is_there("results/2.out"), "results: a file for each task");
	snprintf(last_path + strlen(last_path), 32, "/results/2.out");
	tap_ok(unlink(last_path) == 0 && queue_result(q, 2, &got) == QUEUE_NO && got.out_fd == -1,
	    "results: without its file, a result does not exist rather than be empty");
	queue_result_free(&got);
	queue_free(q);
}

static unsigned synced_files, synced_directories;

/* Replaces fsync(2) and counts the files and directories of results that it is called for. */
int
fsync(int fd)
{
	char link[64], path[PATH_MAX + 64];
	ssize_t len;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	path[len > 0 ? len : 0] = '\0';
	synced_files += strstr(path, "/results/") != NULL;
	synced_directories += len > 8 && strcmp(path + len - 8, "/results") == 0;
	return fdatasync(fd);
}

static void
test_synced(bool full)
{
	struct queue_config config = usual;
	struct queue_result r = { .outcome = OUTCOME_OK, .out_fd = a_file(8192, 'o'), .err_fd = -1 };
	struct queue *q;

	config.sync_full = full;
	q = make_directory(&config);
	put_text(q, "a");
	r.id = begin_one(q);
	synced_files = synced_directories = 0;
	tap_ok(queue_finish(q, &r, 1) == QUEUE_YES && (synced_files == 1) == full && (synced_directories == 1) == full,
	    full ? "sync full: a large output is on the disk before its row"
		 : "sync put: a large output is not synced");
	queue_result_free(&r);
	queue_free(q);
}

static void
test_outputs_synced(void)
{
	test_synced(true);
	test_synced(false);
}

static void
leave_file(const char *name)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof path, "%s/%s", last_path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	tap_ok(fd != -1, "results: a pool died that had written %s", name);
	close(fd);
}

static void
test_left_files(void)
{
	struct queue *q = make_directory(&usual);
	uint64_t count;

	put_text(q, "a");
	put_text(q, "b");
	leave_file("results/1.out");
	tap_ok(finish_as(q, begin_one(q), OUTCOME_OK, 0, "small") == QUEUE_YES && !is_there("results/1.out"),
	    "results: the next result replaces that file");
	leave_file("results/2.err");
	tap_ok(queue_purge(q, QUEUE_READY, NULL, 0, &count) == QUEUE_YES && count == 1 && !is_there("results/2.err"),
	    "results: purge removes that file");
	queue_free(q);
}

static void
test_two_handles(void)
{
	struct queue *a = make_directory(&usual), *b = open_again();
	struct queue_task tasks[MOST], t;
	struct seen s;
	size_t count;

	put_text(a, "a");
	put_text(a, "b");
	tap_ok(HAS(b, READY(2)), "two processes: see each other's tasks");
	tap_ok(strcmp(claim_all(a, tasks, &count), "a b ") == 0 && HAS(b, RUNNING(2)),
	    "two processes: one claims both tasks");
	queue_begin(a, tasks[0].id);
	tap_ok(queue_claim(b, 1, &t, &count) == QUEUE_NO && queue_lease(b, NS_PER_S, 1, &t, &count) == QUEUE_NO,
	    "two processes: the other gets none");
	tap_ok(
	    queue_claim(a, 1, &t, &count) == QUEUE_NO && HAS(a, RUNNING(2)), "two processes: nor does the first again");
	free_tasks(tasks, 2);
	queue_free(a);
	tap_ok(HAS(b, READY(2)), "two processes: when the first exits, both tasks are ready");
	s = see(b, 1);
	tap_ok(s.attempts == 1 && strcmp(s.error, "cut short: its pool died") == 0 && s.pid == 0,
	    "two processes: a task that had begun was attempted");
	s = see(b, 2);
	tap_ok(s.attempts == 0 && s.error[0] == '\0' && s.pid == 0, "two processes: a task that had not begun was not");
	tap_ok(drains(b, "a b ") && HAS(b, 0), "two processes: the other takes them");
	queue_free(b);
}

static void
test_cut_short(void)
{
	struct queue *watcher = make_directory(&usual), *q;
	unsigned times = 0;

	put_text(watcher, "a");
	while (q = open_again(), begin_one(q) != 0) {
		queue_free(q);
		times++;
	}
	queue_free(q);
	tap_ok(times == 3 && HAS(watcher, DEAD(1)), "attempts: a task whose pool dies three times is dead");
	queue_free(watcher);
}

static bool
is_readable(struct queue *q, int which)
{
	struct pollfd p = { .events = POLLIN };
	int fd[QUEUE_FDS];

	queue_fds(q, fd);
	p.fd = fd[which];
	return poll(&p, 1, 0) == 1;
}

/* Changes the database as another program would. */
static bool
tamper(const char *text)
{
	char name[PATH_MAX + 64];
	sqlite3 *sql = NULL;
	bool good;

	snprintf(name, sizeof name, "%s/queue.db", last_path);
	good = sqlite3_open(name, &sql) == SQLITE_OK && sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK;
	sqlite3_close(sql);
	return good;
}

/* Two waiters are woken one after the other, although there was one notification. */
static void
test_passing_on(void)
{
	struct queue_config two = usual;
	struct queue *q, *a, *b;

	two.most_ready = 2;
	q = make_directory(&two);
	a = open_again();
	b = open_again();
	queue_listen(a, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_SPACE);
	queue_listen(b, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_SPACE);
	tap_ok(put_many(q, 2, 1) && is_readable(a, 0) && !is_readable(a, 1), "notify: one notification for two tasks");
	queue_take_notifications(a);
	tap_ok(!is_readable(b, 0) && begin_one(a) != 0 && is_readable(b, 0),
	    "notify: a process that takes one of them passes it on");
	while (is_readable(b, 0) || is_readable(b, 1))
		queue_take_notifications(b);
	tap_ok(begin_one(q) != 0 && is_readable(a, 1), "notify: one notification for two free places");
	queue_take_notifications(a);
	tap_ok(!is_readable(b, 1) && put_text(a, "c") != 0 && is_readable(b, 1),
	    "notify: a process that fills one of them passes it on");
	while (is_readable(b, 1))
		queue_take_notifications(b);
	tap_ok(put_text(b, "d") != 0 && !is_readable(b, 1), "notify: a process that fills the last one does not");
	queue_free(q);
	queue_free(a);
	queue_free(b);
}

/* The state after a claimer released the task and was stopped before it dropped the lock. */
static int
lock_claim(off_t id)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = id, .l_len = 1 };
	char name[PATH_MAX + 64];
	int fd;

	snprintf(name, sizeof name, "%s/claims", last_path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	return fd != -1 && fcntl(fd, F_OFD_SETLK, &lock) == 0 ? fd : -1;
}

/* An error in the middle of a retry. */
static void
test_retry_fails(void)
{
	struct queue *q = make_directory(&usual);
	uint64_t count = 9;

	put_text(q, "a");
	put_text(q, "b");
	fail_to_death(q, NULL);
	tap_ok(tamper("INSERT INTO result VALUES (1, 0, 'ok', '', NULL, NULL);"
		      "CREATE TRIGGER no BEFORE DELETE ON result BEGIN SELECT RAISE(FAIL, 'no'); END"),
	    "retry: a result that cannot be removed");
	tap_ok(queue_retry(q, NULL, 0, &count, NULL, NULL) == QUEUE_ERROR && count == 0 && HAS(q, DEAD(2)),
	    "retry: fails, and changes nothing");
	tap_ok(tamper("DROP TRIGGER no") && queue_retry(q, NULL, 0, &count, NULL, NULL) == QUEUE_YES && count == 2 &&
		HAS(q, READY(2)),
	    "retry: works afterwards");
	queue_free(q);
}

static void
test_locked(void)
{
	struct queue *q = make_directory(&usual);
	struct queue_task t;
	size_t count;
	int fd;

	put_text(q, "a");
	put_text(q, "b");
	queue_listen(q, QUEUE_NOTIFY_TASKS);
	fd = lock_claim(1);
	tap_ok(
	    fd != -1 && begin_one(q) == 2, "claim: a task that another process has locked does not delay the others");
	while (is_readable(q, 0))
		queue_take_notifications(q);
	tap_ok(queue_claim(q, 1, &t, &count) == QUEUE_NO && !is_readable(q, 0),
	    "claim: no notification for a task that nobody can take");
	close(fd);
	tap_ok(begin_one(q) == 1, "claim: the task when its lock is dropped");
	queue_free(q);
}

static void
test_woken_by_a_death(void)
{
	struct queue *q = make_directory(&usual), *dies = open_again(), *waits = open_again();
	struct queue_counts c;

	put_text(q, "a");
	begin_one(dies);
	queue_listen(waits, QUEUE_NOTIFY_TASKS);
	queue_free(dies);
	tap_ok(!is_readable(waits, 0) && queue_counts(q, &c) == QUEUE_YES && c.of[QUEUE_READY] == 1 &&
		is_readable(waits, 0),
	    "settle: a process that finds a dead one notifies another");
	queue_free(q);
	queue_free(waits);
}

static void
test_damaged(void)
{
	static const char *const damages[] = { "DELETE FROM setting WHERE name = 'max_attempts'",
		"UPDATE setting SET value = -1 WHERE name = 'most_ready'",
		"UPDATE setting SET value = 'many' WHERE name = 'keep_tasks'",
		"UPDATE setting SET value = 0 WHERE name = 'max_attempts'",
		"UPDATE setting SET value = 1 << 40 WHERE name = 'max_attempts'",
		"UPDATE setting SET value = NULL WHERE name = 'sync_full'", "DROP TABLE setting" };
	char problem[512];
	struct queue *q;

	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		q = make_directory(&usual);
		put_text(q, "a");
		queue_free(q);
		problem[0] = '\0';
		tap_ok(tamper(damages[i]) && (q = queue_open(last_path, problem, sizeof problem)) == NULL &&
			problem[0] != '\0',
		    "damage: invalid settings are reported: %s", problem);
		if (q != NULL)
			queue_free(q);
	}
	q = make_directory(&usual);
	put_text(q, "a");
	tap_ok(
	    tamper("DELETE FROM setting WHERE name = 'closed'") && put_text(q, "b") == 0 && queue_problem(q)[0] != '\0',
	    "damage: also in an open queue: %s", queue_problem(q));
	queue_free(q);
}

static void
test_busy(void)
{
	struct queue *q = make_directory(&usual), *reader;
	struct queue_patience reads = { .deadline_mono_ns = QUEUE_NO_WAIT, .only_reads = true };
	struct queue_counts c;
	char problem[512], path[PATH_MAX + 64];
	int fd;

	put_text(q, "a");
	snprintf(path, sizeof path, "%s/lock", last_path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	tap_ok(fd != -1 && flock(fd, LOCK_EX) == 0, "busy: another process writes");
	queue_set_deadline(q, QUEUE_NO_WAIT);
	tap_ok(put_text(q, "b") == 0 && queue_is_busy(q), "busy: a put fails at once: %s", queue_problem(q));
	queue_set_deadline(q, clock_mono_ns());
	tap_ok(put_text(q, "b") == 0 && queue_is_busy(q), "busy: and after a deadline that has passed");
	reader = queue_open_patiently(last_path, &reads, problem, sizeof problem);
	tap_ok(reader != NULL && queue_counts(reader, &c) == QUEUE_YES && c.of[QUEUE_READY] == 1,
	    "busy: a reader opens it and counts");
	if (reader != NULL)
		queue_free(reader);
	close(fd);
	tap_ok(put_text(q, "b") == 2 && HAS(q, READY(2)), "busy: a put works when the other process has finished");
	tap_ok(queue_retry(q, &(uint64_t){ 1 }, 1, &(uint64_t){ 0 }, NULL, NULL) == QUEUE_YES && !queue_is_busy(q),
	    "busy: not after an operation that works");
	queue_free(q);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void (*const tests[])(void) = { test_result_files, test_outputs_synced, test_left_files, test_two_handles,
	test_cut_short, test_passing_on, test_woken_by_a_death, test_locked, test_retry_fails, test_damaged,
	test_busy };

int
main(void)
{
	if (!tap_ok(scratch_begin(), "a scratch directory"))
		return tap_done();
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tests[i]();
	scratch_end();
	return tap_done();
}
