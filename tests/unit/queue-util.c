/* Invariant: after each step a queue's counts agree with its lists. */
#include "queue-util.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue-mem.h"

const struct queue_config usual = { .max_attempts = 3, .keep_tasks = UINT64_MAX };
char last_path[PATH_MAX + 32];
static char scratch[PATH_MAX];
static unsigned made;

bool
scratch_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	signal(SIGPIPE, SIG_IGN);
	snprintf(scratch, sizeof scratch, "%s/test-queue-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	return mkdtemp(scratch) != NULL;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void
scratch_end(void)
{
	nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *
new_path(void)
{
	snprintf(last_path, sizeof last_path, "%s/%u", scratch, ++made);
	return last_path;
}

struct queue *
open_again(void)
{
	char problem[512] = "";
	struct queue *q = queue_open(last_path, problem, sizeof problem);

	if (q == NULL) {
		printf("Bail out! %s: %s\n", last_path, problem);
		exit(1);
	}
	return q;
}

struct queue *
make_directory(const struct queue_config *config)
{
	char problem[512] = "";

	if (queue_create(new_path(), config, false, problem, sizeof problem) != QUEUE_YES)
		printf("# %s: %s\n", last_path, problem);
	return open_again();
}

struct queue *
make_pipe(const struct queue_config *config)
{
	(void)config;
	if (mkfifo(new_path(), 0600) == -1)
		printf("# %s: not created\n", last_path);
	return open_again();
}

const struct backend memory = { "memory", true, queue_mem_new };
const struct backend directory = { "directory", true, make_directory };
const struct backend named_pipe = { "pipe", false, make_pipe };

struct queue_put
a_put(const char *text)
{
	return (struct queue_put){ .bytes = text, .len = strlen(text) };
}

uint64_t
put_it(struct queue *q, struct queue_put p)
{
	uint64_t id = 0;
	size_t done = 0;

	return queue_put(q, &p, 1, &id, &done) == QUEUE_YES && done == 1 ? id : 0;
}

uint64_t
put_text(struct queue *q, const char *text)
{
	return put_it(q, a_put(text));
}

void
free_tasks(struct queue_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		queue_task_free(&tasks[i]);
}

const char *
claim_all(struct queue *q, struct queue_task *tasks, size_t *count)
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	if (queue_claim(q, MOST, tasks, count) != QUEUE_YES)
		*count = 0;
	for (size_t i = 0; i < *count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s ", tasks[i].bytes);
	return text;
}

bool
drains(struct queue *q, const char *wanted)
{
	struct queue_task tasks[MOST];
	size_t count;
	bool same = strcmp(claim_all(q, tasks, &count), wanted) == 0;

	if (!same)
		printf("# wanted '%s', got '%s'\n", wanted, claim_all(q, tasks, &count));
	same = same && queue_drop(q, tasks, count) == QUEUE_YES;
	free_tasks(tasks, count);
	return same;
}

bool
recount(void *arg, const struct queue_info *info)
{
	uint64_t *of = arg;

	of[info->state]++;
	return true;
}

bool
has(struct queue *q, struct queue_counts wanted)
{
	uint64_t all[QUEUE_STATES] = { 0 }, each[QUEUE_STATES] = { 0 };
	struct queue_counts c;
	bool same = queue_counts(q, &c) == QUEUE_YES && queue_list(q, -1, recount, all) == QUEUE_YES;

	for (int i = 0; i < QUEUE_STATES; i++) {
		same = queue_list(q, i, recount, each) == QUEUE_YES && same;
		same = same && c.of[i] == wanted.of[i] && all[i] == wanted.of[i] && each[i] == wanted.of[i];
		if (!same)
			printf("# %s: wanted %ju, counted %ju, listed %ju and %ju\n",
			    queue_state_name((enum queue_state)i), (uintmax_t)wanted.of[i], (uintmax_t)c.of[i],
			    (uintmax_t)all[i], (uintmax_t)each[i]);
	}
	return same;
}

static bool
note(void *arg, const struct queue_info *info)
{
	struct seen *s = arg;

	*s = (struct seen){ .any = true,
		.state = info->state,
		.attempts = info->attempts,
		.priority = info->priority,
		.pid = info->pid };
	snprintf(s->error, sizeof s->error, "%s", info->error != NULL ? info->error : "");
	snprintf(s->key, sizeof s->key, "%s", info->key != NULL ? info->key : "");
	snprintf(s->bytes, sizeof s->bytes, "%.*s", (int)info->len, info->bytes);
	return true;
}

struct seen
see(struct queue *q, uint64_t id)
{
	struct seen s = { 0 };

	if (queue_look(q, id, note, &s) != QUEUE_YES)
		s.any = false;
	return s;
}

uint64_t
begin_one(struct queue *q)
{
	struct queue_task t;
	size_t count;

	if (queue_claim(q, 1, &t, &count) != QUEUE_YES)
		return 0;
	queue_begin(q, t.id);
	queue_task_free(&t);
	return t.id;
}

enum queue_answer
finish_as(struct queue *q, uint64_t id, enum outcome outcome, int wstatus, const char *out)
{
	struct queue_result r = { .id = id, .outcome = outcome, .wstatus = wstatus, .out_fd = -1, .err_fd = -1 };
	enum queue_answer answer;

	buf_adds(&r.record, "a record");
	buf_adds(&r.out, out);
	answer = queue_finish(q, &r, 1);
	queue_result_free(&r);
	return answer;
}

bool
buf_is(const struct buf *b, const char *text)
{
	return b->len == strlen(text) && (b->len == 0 || memcmp(b->data, text, b->len) == 0);
}

unsigned
fail_to_death(struct queue *q, const char *error)
{
	struct queue_task t;
	size_t count;
	unsigned times = 0;

	while (queue_lease(q, 1000 * NS_PER_S, 1, &t, &count) == QUEUE_YES) {
		times++;
		queue_fail(q, t.id, t.lease_id, error);
		queue_task_free(&t);
	}
	return times;
}

bool
put_many(struct queue *q, size_t count, size_t len)
{
	struct queue_put *p = mem_resize(NULL, count, sizeof *p);
	uint64_t *ids = mem_resize(NULL, count, sizeof *ids);
	char *bytes = mem_alloc(len + 1);
	size_t done = 0;
	bool good;

	memset(bytes, 'x', len);
	for (size_t i = 0; i < count; i++)
		p[i] = (struct queue_put){ .bytes = bytes, .len = len };
	good = queue_put(q, p, count, ids, &done) == QUEUE_YES && done == count;
	free(p);
	free(ids);
	free(bytes);
	return good;
}

int
a_file(size_t len, char fill)
{
	char name[PATH_MAX + 8], block[4096];
	int fd;

	snprintf(name, sizeof name, "%s/file", scratch);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	memset(block, fill, sizeof block);
	for (size_t at = 0; at < len; at += sizeof block)
		if (pwrite(fd, block, sizeof block, (off_t)at) == -1)
			printf("# %s: not written\n", name);
	unlink(name);
	return fd;
}

bool
file_has(int fd, off_t len, char fill)
{
	struct stat st;
	char byte;

	return fstat(fd, &st) == 0 && st.st_size == len && pread(fd, &byte, 1, len - 1) == 1 && byte == fill;
}
