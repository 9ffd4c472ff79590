/* table: logs of every format, what each lacks, and what is not a log. */
#include "log/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log/record.h"
#include "tap.h"

#define JOBLOG_HEADER "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
#define NINJA(version) "# ninja log v" version "\n"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ADD(t, text) add(t, text, sizeof(text) - 1)

/* 0, or errno. */
static int
add(struct log_table *t, const char *bytes, size_t len)
{
	FILE *f = fmemopen((void *)(uintptr_t)bytes, len, "r");
	int error = log_table_add(t, f) == 0 ? 0 : errno;

	fclose(f);
	return error;
}

static bool
is_job(const struct log_table *t, size_t i, const char *command, const char *target)
{
	return i < t->count && strcmp(log_table_command(t, &t->jobs[i]), command) == 0 &&
	    strcmp(log_table_target(t, &t->jobs[i]), target) == 0;
}

/* A job with a different number in every column. */
static struct job
full_job(void)
{
	static char *argv[] = { (char *)(uintptr_t) "cp", (char *)(uintptr_t) "\377 b", NULL };

	return (struct job){ .seq = 7,
		.attempt = 2,
		.tries_left = 3,
		.slot = 4,
		.pid = 4711,
		.start_wall_us = INT64_C(1795408061276049),
		.wall_ns = INT64_C(213999999),
		.user_us = 1000,
		.sys_us = 20,
		.maxrss_kib = 2048,
		.queued_ns = INT64_C(5000001999),
		.token_ns = INT64_C(4000001000),
		.out_bytes = 77,
		.err_bytes = 8,
		.wstatus = 9 << 8,
		.command = { argv, 2, false } };
}

static void
check_full(const struct record_format *format)
{
	struct job j = full_job();
	struct log_table t = { 0 };
	struct buf log = { 0 };
	const struct log_job *got;

	if (format->header != NULL)
		format->header(&log);
	format->line(&log, &j);
	tap_ok(add(&t, log.data, log.len) == 0 && t.count == 1, "%s: one row", format->name);
	log_table_ready(&t);
	got = &t.jobs[0];
	tap_ok(got->seq == 7 && got->attempt == 2 && got->left == 3 && got->lane == 4 && got->pid == 4711 &&
		got->parent == 0,
	    "%s: small numbers", format->name);
	tap_ok(got->start_us == INT64_C(1795408061276049) && got->wall_us == 213999 && got->user_us == 1000 &&
		got->sys_us == 20,
	    "%s: times", format->name);
	tap_ok(got->queued_us == 5000001 && got->token_us == 4000001 && t.first_us == got->start_us &&
		t.last_us == got->start_us + 213999,
	    "%s: waits", format->name);
	tap_ok(got->maxrss_kib == 2048 && got->out_bytes == 77 && got->err_bytes == 8, "%s: sizes", format->name);
	tap_ok(got->outcome == OUTCOME_FAIL && got->status == 9 && got->signal == 0, "%s: the end", format->name);
	tap_ok(is_job(&t, 0, "cp '\377 b'", ""), "%s: the exact bytes of the command", format->name);
	log_table_free(&t);
	buf_free(&log);
}

static void
test_jsonl(void)
{
	struct log_table t = { 0 };

	tap_ok(ADD(&t,
		   "{\"end\":\"ok\",\"left\":0,\"pid\":8,\"parent\":5,\"target\":\"x.o\",\"command\":\"cc\"}\n"
		   "{\"end\":\"ok\",\"left\":0,\"target_hex\":\"ff\",\"target\":\"\\ufffd\",\"start_s\":3,\"wall_s\":"
		   "1e-5,\"command\":\"a\"}\n") == 0,
	    "jsonl with targets");
	log_table_ready(&t);
	tap_ok(is_job(&t, 0, "cc", "x.o") && t.jobs[0].parent == 5 && t.jobs[0].pid == 8 && t.jobs[0].lane == 0,
	    "target and parent; no times, no lane");
	tap_ok(is_job(&t, 1, "a", "\377") && t.jobs[1].start_us == 3000000 && t.jobs[1].wall_us == 10,
	    "the target's exact bytes; a number with an exponent");
	tap_ok(
	    t.jobs[0].user_us == LOG_UNKNOWN && t.jobs[0].token_us == LOG_UNKNOWN && t.jobs[0].out_bytes == LOG_UNKNOWN,
	    "what is not there is unknown");
	log_table_free(&t);
}

static void
test_far_times(void)
{
	struct log_table t = { 0 };

	tap_ok(ADD(&t,
		   "left\tend\tstart_s\twall_s\tuser_s\tcommand\n0\tok\t999999999999\t1\t1\ta\n"
		   "0\tok\t1\t10000000000.000001\t1\tb\n0\tok\t2\t10000000000\t9999999999999\tc\n") == 0,
	    "times beyond belief");
	log_table_ready(&t);
	tap_ok(t.jobs[0].start_us == LOG_UNKNOWN && t.jobs[1].wall_us == LOG_UNKNOWN &&
		t.jobs[2].wall_us == LOG_TIME_MOST && t.jobs[2].user_us == LOG_UNKNOWN && t.lanes == 1,
	    "are unknown");
	log_table_free(&t);
}

static void
test_joblog(void)
{
	struct log_table t = { 0 };

	tap_ok(
	    ADD(&t,
		JOBLOG_HEADER
		"2\thost\t1795408062.27\t 0.5\t0\t7\t-1\t15\tsleep 3\n1\t:\t1795408061.1234567\t     1.100\t0\t0\t0\t"
		"0\ta\tb\0c\n"
		"3\t:\t1795408063\t0.003\t0\t0\t0\t9\tx\n4\t:\t1795408064\t-0.003\t0\t0\t3\t0\ty\n") == 0,
	    "joblog");
	log_table_ready(&t);
	tap_ok(is_job(&t, 0, "a\tb\nc", "") && t.jobs[0].start_us == INT64_C(1795408061123456) &&
		t.jobs[0].wall_us == 1100000,
	    "sorted; decimals are cut off");
	tap_ok(t.jobs[1].outcome == OUTCOME_TIMEOUT && t.jobs[1].signal == 15 && t.jobs[1].out_bytes == 7 &&
		t.jobs[1].user_us == LOG_UNKNOWN,
	    "a time-out");
	tap_ok(t.jobs[2].outcome == OUTCOME_SIGNAL && t.jobs[2].signal == 9 && t.jobs[3].outcome == OUTCOME_FAIL &&
		t.jobs[3].status == 3,
	    "a signal, an exit status");
	tap_ok(t.jobs[3].wall_us == LOG_UNKNOWN && t.jobs[3].lane == 0,
	    "joblog: a clock that went back leaves the time unknown");
	tap_ok(t.jobs[0].lane == 1 && t.jobs[1].lane == 1 && t.lanes == 1, "joblog: jobs get lanes without slots");
	log_table_free(&t);
}

static void
test_ninja(void)
{
	static const char *const versions[] = { NINJA("5"), NINJA("6"), NINJA("7") };
	static const char rows[] = "0\t104\t1795622156061770273\ta\t3f8bbbe514cc088b\n1\t105\t0\td\ta9eb\n"
				   "0\t104\t1795622156061770273\tb\t3f8bbbe514cc088b\n"
				   "104\t208\t0\te x\t7d78665523ab220d\n7\t9\t0\td\ta9eb\n104\t208\t0\tother\t7d\n";

	for (size_t i = 0; i < COUNT(versions); i++) {
		struct log_table t = { 0 };
		char log[1024];
		int len = snprintf(log, sizeof(log), "%s%s", versions[i], rows);

		tap_ok(add(&t, log, (size_t)len) == 0 && t.count == 4 && t.torn == 0,
		    "ninja %zu: outputs of one command are one job", i + 5);
		log_table_ready(&t);
		tap_ok(is_job(&t, 0, "", "a") && t.jobs[0].wall_us == 104000 && t.jobs[0].outcome == OUTCOME_OK,
		    "its first output names it");
		tap_ok(is_job(&t, 1, "", "d") && t.jobs[1].start_us == 7000 && t.jobs[1].wall_us == 2000,
		    "the last line of an output counts");
		tap_ok(is_job(&t, 2, "", "other") && is_job(&t, 3, "", "e x") && t.last_us == 208000 && t.lanes == 2,
		    "another command at the same time is another job");
		log_table_free(&t);
	}
}

static void
test_ninja_senseless(void)
{
	struct log_table t = { 0 };

	tap_ok(ADD(&t,
		   NINJA("5") "1\t2\t3\ta\tf\n\n1\t2\t3\tb\n2\t1\t3\tb\tf\n1\t2\t3\t\tf\nx\t2\t3\tb\tf\n1\t2\t3\tb\tg\n"
			      "1\t2\t3\tb\t\n1\t2\t3\tb\tf\t\n1\t2\t3\tb\tf") == 0,
	    "a ninja log with senseless lines");
	tap_ok(t.count == 1 && t.torn == 9 && t.first_torn == 3, "are skipped, a torn last one too: %zu, %d, %d",
	    t.count, (int)t.torn, (int)t.first_torn);
	log_table_free(&t);
}

/* More outputs than the initial capacity of a table, each twice. */
static void
test_ninja_many(void)
{
	enum { MANY = 5000 };
	struct log_table t = { 0 };
	struct buf log = { 0 };
	bool good = true;

	buf_adds(&log, NINJA("6"));
	for (int i = 0; i < 2 * MANY; i++)
		buf_addf(&log, "%d\t%d\t0\to%d\t%x\n", i, i + 5, i % MANY, i % MANY);
	tap_ok(add(&t, log.data, log.len) == 0 && t.count == MANY, "%d outputs", MANY);
	log_table_ready(&t);
	for (int i = 0; i < MANY; i++)
		good =
		    good && atoi(log_table_target(&t, &t.jobs[i]) + 1) == i && t.jobs[i].start_us == (i + MANY) * 1000;
	tap_ok(good, "ninja: the later half of the lines counts");
	log_table_free(&t);
	buf_free(&log);
}

static void
refuses(const char *bytes, size_t len, int error, const char *what)
{
	struct log_table t = { 0 };
	int got = add(&t, bytes, len);

	tap_ok(got == error, "%s: %s", what, strerror(got));
	log_table_ready(&t);
	tap_ok(t.count == 0 && t.first_us == 0 && t.last_us == 0 && t.lanes == 0, "%s: an empty table", what);
	log_table_free(&t);
}

#define REFUSES(text, error, what) refuses(text, sizeof(text) - 1, error, what)

static void
test_refusals(void)
{
	REFUSES("\177ELF\2\1\1", EINVAL, "a program");
	REFUSES("\0\0\0\0", EINVAL, "zeros");
	REFUSES("\n", EINVAL, "an empty line");
	REFUSES("hello\nworld\n", EINVAL, "a text");
	REFUSES("{\n\t\"name\": 1\n}\n", EINVAL, "an object of another kind");
	REFUSES("{\"name\": 1}\n", EINVAL, "a line that is an object of another kind");
	REFUSES(NINJA("4") "0\t1\t2\ta\ttouch a\n", ENOTSUP, "an old log of ninja");
	REFUSES(NINJA("8"), ENOTSUP, "a later log of ninja");
	REFUSES(NINJA("x"), ENOTSUP, "a log of ninja of no version");
	REFUSES("seq\tend\tcommand\n1\tok\ta\n", EINVAL, "a column is missing");
	REFUSES("{\"end\":\"ok\",\"le", 0, "the first record is torn");
	REFUSES(JOBLOG_HEADER, 0, "only a header");
}

static void
test_empty(void)
{
	struct log_table t = { 0 };
	FILE *f = fopen("/dev/null", "re");

	tap_ok(log_table_add(&t, f) == -1 && errno == ENODATA, "add: an empty file is rejected");
	fclose(f);
	f = fopen("/", "re");
	tap_ok(f != NULL && log_table_add(&t, f) == -1 && errno == EISDIR, "a directory");
	fclose(f);
	log_table_free(&t);
}

static void
test_several(void)
{
	struct log_table t = { 0 };

	tap_ok(ADD(&t, "left\tend\tcommand\tstart_s\twall_s\n0\tok\tb\t5\t1\n0\tok\n") == 0 && t.first_torn == 3,
	    "a first file");
	tap_ok(ADD(&t,
		   "left\tend\tcommand\tstart_s\twall_s\n0\tok\ta\t4\t1\n0\tok\tc\t9.5\t0.25\n0\tok\tno start\t\t\n\n"
		   "\n") == 0,
	    "a second file");
	log_table_ready(&t);
	tap_ok(
	    is_job(&t, 0, "no start", "") && is_job(&t, 1, "a", "") && is_job(&t, 2, "b", "") && is_job(&t, 3, "c", ""),
	    "in the order of their start");
	tap_ok(t.jobs[1].file == 1 && t.jobs[2].file == 0 && t.first_us == 4000000 && t.last_us == 9750000,
	    "each knows its file");
	tap_ok(t.torn == 3 && t.first_torn == 5, "torn lines of all: %d, the first of the last file: %d", (int)t.torn,
	    (int)t.first_torn);
	log_table_free(&t);
}

int
main(void)
{
	check_full(&record_tsv);
	check_full(&record_jsonl);
	test_jsonl();
	test_far_times();
	test_joblog();
	test_ninja();
	test_ninja_senseless();
	test_ninja_many();
	test_refusals();
	test_empty();
	test_several();
	return tap_done();
}
