/* record: the four formats to the byte, and the log: header, torn lines, short writes, devices and FIFOs. */
#include "log/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/decimal.h"
#include "tap.h"

static char *const copy_words[] = { "cp", "a b", "c\td", NULL };
static char *const odd_words[] = { "x", "two\nlines", "\377\\", NULL };
static char *const shell_words[] = { "/bin/sh", "-c", "a | b", NULL };
static bool truncate_fails;
static char folder[] = "/tmp/test-record.XXXXXX";
static char path[sizeof(folder) + 32];

/* Replaces libc's ftruncate: a file to which another process has appended cannot be cut. */
int
ftruncate(int fd, off_t length)
{
	if (truncate_fails) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, length);
}

static struct job
sample(char *const *words, size_t count)
{
	return (struct job){
		.seq = 3,
		.attempt = 1,
		.slot = 2,
		.pid = 4711,
		.start_wall_us = 1795408061276049,
		.wall_ns = 213999999,
		.user_us = 1000001,
		.sys_us = 20,
		.maxrss_kib = 2048,
		.queued_ns = 1999,
		.token_ns = 0,
		.out_bytes = 7,
		.err_bytes = UINT64_MAX,
		.end = JOB_RAN,
		.command = { (char **)(uintptr_t)words, count, false },
	};
}

static int
exited(int status)
{
	return status << 8;
}

static void
is(const struct buf *b, const char *want, size_t len, const char *what)
{
	bool same = b->len == len && (len == 0 || memcmp(b->data, want, len) == 0);

	tap_ok(same, "%s", what);
	if (!same)
		printf("# got:  %.*s# want: %s", (int)b->len, b->data, want);
}

static void
line_is(const struct record_format *format, const struct job *j, const char *want, const char *what)
{
	struct buf b = { 0 };

	format->line(&b, j);
	is(&b, want, strlen(want), what);
	buf_free(&b);
}

static void
test_decimal(void)
{
	struct buf b = { 0 };

	decimal_add(&b, 0);
	decimal_add(&b, UINT64_MAX);
	is(&b, "018446744073709551615", 21, "counts of any size");
	b.len = 0;
	decimal_fixed(&b, 5, 6, 0);
	decimal_fixed(&b, INT64_MIN, 18, 0);
	decimal_fixed(&b, -7, 0, 0);
	is(&b, "0.000005-9.223372036854775808-7", 31, "fixed point, exactly");
	b.len = 0;
	decimal_fixed(&b, 99, 3, 10);
	is(&b, "     0.099", 10, "fixed point, padded");
	buf_free(&b);
}

static void
test_tsv(void)
{
	struct job j = sample(copy_words, 3);

	line_is(&record_tsv, &j,
	    "3\t1\t0\t2\t4711\t1795408061.276049\t0.213999\t1.000001\t0.000020\t2048\tok\t0\t0\t0.000001\t0.000000\t7\t"
	    "18446744073709551615\tcp 'a b' 'c\\td'\n",
	    "tsv");
	j = sample(odd_words, 3);
	j.wstatus = 9;
	j.tries_left = 2;
	line_is(&record_tsv, &j,
	    "3\t1\t2\t2\t4711\t1795408061.276049\t0.213999\t1.000001\t0.000020\t2048\tsignal\t0\t9\t0.000001\t"
	    "0.000000\t7\t"
	    "18446744073709551615\tx 'two\\nlines' '\\xff\\\\'\n",
	    "tsv of odd bytes and a signal");
}

static void
test_jsonl(void)
{
	struct job j = sample(copy_words, 2);

	line_is(&record_jsonl, &j,
	    "{\"seq\":3,\"try\":1,\"left\":0,\"slot\":2,\"pid\":4711,\"start_s\":1795408061.276049,\"wall_s\":0.213999,"
	    "\"user_s\":1.000001,\"sys_s\":0.000020,\"maxrss_kib\":2048,\"end\":\"ok\",\"status\":0,\"signal\":0,"
	    "\"queued_s\":0.000001,\"token_s\":0.000000,\"out_bytes\":7,\"err_bytes\":18446744073709551615,"
	    "\"command\":\"cp 'a b'\"}\n",
	    "jsonl");
	j = sample(shell_words, 3);
	j.command.shell = true;
	j.wstatus = exited(3);
	j.err_bytes = 0;
	line_is(&record_jsonl, &j,
	    "{\"seq\":3,\"try\":1,\"left\":0,\"slot\":2,\"pid\":4711,\"start_s\":1795408061.276049,\"wall_s\":0.213999,"
	    "\"user_s\":1.000001,\"sys_s\":0.000020,\"maxrss_kib\":2048,\"end\":\"fail\",\"status\":3,\"signal\":0,"
	    "\"queued_s\":0.000001,\"token_s\":0.000000,\"out_bytes\":7,\"err_bytes\":0,\"shell\":true,"
	    "\"command\":\"a | b\"}\n",
	    "jsonl of a shell line");
}

static void
test_jsonl_hex(void)
{
	struct job j = sample(odd_words, 3);
	struct buf b = { 0 };

	record_jsonl.line(&b, &j);
	buf_addc(&b, '\0');
	tap_ok(strstr(b.data, "\"command_hex\":\"78202774776f0a6c696e6573272027ff5c27\"}\n") != NULL,
	    "jsonl: a command that is not UTF-8 is there in hex");
	buf_free(&b);
}

static void
test_joblog(void)
{
	static const char two_lines[] = "3\t:\t1795408061.276\t     0.213\t0\t7\t0\t0\tx 'two\0lines' '\377\\'\n";
	struct job j = sample(copy_words, 3);
	struct buf b = { 0 };

	line_is(&record_joblog, &j, "3\t:\t1795408061.276\t     0.213\t0\t7\t0\t0\tcp 'a b' 'c\td'\n", "joblog");
	j.end = JOB_TIMED_OUT;
	j.wstatus = SIGTERM;
	line_is(&record_joblog, &j, "3\t:\t1795408061.276\t     0.213\t0\t7\t-1\t15\tcp 'a b' 'c\td'\n",
	    "joblog: time-out");
	j.wstatus = exited(3);
	line_is(&record_joblog, &j, "3\t:\t1795408061.276\t     0.213\t0\t7\t3\t0\tcp 'a b' 'c\td'\n",
	    "joblog: time-out, then a status of its own");
	j.tries_left = 1;
	line_is(&record_joblog, &j, "", "joblog: only the last attempt");
	j = sample(copy_words, 3);
	j.end = JOB_INTERRUPTED;
	line_is(&record_joblog, &j, "", "joblog: nothing of an interrupted job");
	j = sample(odd_words, 3);
	record_joblog.line(&b, &j);
	is(&b, two_lines, sizeof(two_lines) - 1, "joblog: a newline is NUL");
	buf_free(&b);
}

static void
test_text_ran(void)
{
	struct job j = sample(copy_words, 2);

	line_is(&record_text, &j, "[3] ok 0.213s cp 'a b'\n", "text: ok");
	j.wstatus = exited(3);
	line_is(&record_text, &j, "[3] exit 3 0.213s cp 'a b'\n", "text: exit");
	j.tries_left = 2;
	line_is(&record_text, &j, "[3] exit 3 0.213s try 1/3 cp 'a b'\n", "text: the first of three tries");
	j.attempt = 3;
	j.tries_left = 0;
	line_is(&record_text, &j, "[3] exit 3 0.213s try 3/3 cp 'a b'\n", "text: the last try");
	j = sample(odd_words, 3);
	j.wstatus = SIGTERM;
	line_is(&record_text, &j, "[3] signal TERM 0.213s x 'two\\nlines' '\\xff\\'\n", "text: signal, and odd bytes");
	j.wstatus = SIGSEGV | 0x80;
	line_is(&record_text, &j, "[3] signal SEGV (core) 0.213s x 'two\\nlines' '\\xff\\'\n", "text: core");
	j.wstatus = 40;
	line_is(&record_text, &j, "[3] signal 40 0.213s x 'two\\nlines' '\\xff\\'\n", "text: a signal without a name");
}

static void
test_text_others(void)
{
	struct job j = sample(copy_words, 2);

	j.wstatus = SIGTERM;
	j.end = JOB_TIMED_OUT;
	line_is(&record_text, &j, "[3] timeout 0.213s cp 'a b'\n", "text: timeout");
	j.end = JOB_INTERRUPTED;
	line_is(&record_text, &j, "[3] interrupted 0.213s cp 'a b'\n", "text: interrupted");
	j.end = JOB_HALTED;
	line_is(&record_text, &j, "[3] halted 0.213s cp 'a b'\n", "text: halted");
	j.wstatus = exited(127);
	j.end = JOB_NOT_RUN;
	j.exec_errno = ENOENT;
	line_is(&record_text, &j, "[3] cannot run: No such file or directory: cp 'a b'\n", "text: cannot run");
	j.wstatus = exited(1);
	j.end = JOB_INVALID;
	line_is(&record_text, &j, "[3] invalid cp 'a b'\n", "text: invalid");
}

static void
test_formats(void)
{
	tap_ok(record_format_named("tsv") == &record_tsv && record_format_named("jsonl") == &record_jsonl &&
		record_format_named("joblog") == &record_joblog,
	    "formats by name");
	tap_ok(record_format_named("text") == NULL && record_format_named("") == NULL,
	    "formats: an unknown name is rejected");
	tap_ok(record_format_for("a.jsonl") == &record_jsonl && record_format_for("b/a.joblog") == &record_joblog,
	    "formats by suffix");
	tap_ok(record_format_for("log") == &record_tsv && record_format_for("jsonl") == &record_tsv &&
		record_format_for("") == &record_tsv,
	    "tsv by default");
}

static struct buf
contents(void)
{
	struct buf b = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	buf_reserve(&b, 65536);
	n = fd == -1 ? 0 : read(fd, b.data, b.capacity);
	b.len = n > 0 ? (size_t)n : 0;
	close(fd);
	return b;
}

static void
put(const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (write(fd, bytes, len) != (ssize_t)len)
		tap_ok(false, "cannot write %s", path);
	close(fd);
}

/* The file must contain these pieces in this order. A piece is text, or NULL for the line of the sample. */
static void
holds(const struct record_format *format, const char *const *pieces, size_t count, const char *what)
{
	struct job j = sample(copy_words, 3);
	struct buf want = { 0 }, got = contents();

	if (format->header != NULL)
		format->header(&want);
	for (size_t i = 0; i < count; i++)
		if (pieces[i] != NULL)
			buf_adds(&want, pieces[i]);
		else
			format->line(&want, &j);
	buf_addc(&want, '\0');
	is(&got, want.data, want.len - 1, what);
	buf_free(&want);
	buf_free(&got);
}

static void
append_once(const struct record_format *format, const char *what)
{
	struct job j = sample(copy_words, 3);
	struct record_log *log = record_log_open(path, format);

	tap_ok(log != NULL && record_log_append(log, &j) == 0 && record_log_pending(log) == 0, "%s: appends", what);
	tap_ok(record_log_close(log) == 0, "%s: closes", what);
}

static void
test_log_headers(void)
{
	static const struct record_format *const formats[] = { &record_tsv, &record_jsonl, &record_joblog };
	static const char *const two[] = { NULL, NULL };

	for (size_t i = 0; i < 3; i++) {
		unlink(path);
		append_once(formats[i], formats[i]->name);
		append_once(formats[i], formats[i]->name);
		holds(formats[i], two, 2, "one header, two lines");
		for (size_t k = 0; k < 3; k++)
			if (k != i)
				tap_ok(record_log_open(path, formats[k]) == NULL && errno == EINVAL, "%s is not %s",
				    formats[i]->name, formats[k]->name);
	}
}

static void
test_log_torn(void)
{
	static const char *const want[] = { "3\t1\t0\030\n", NULL };
	struct buf b = { 0 };

	record_tsv.header(&b);
	buf_adds(&b, "3\t1\t0");
	put(b.data, b.len);
	buf_free(&b);
	append_once(&record_tsv, "after a torn line");
	holds(&record_tsv, want, 2, "a torn line is ended");
	put("seq\tt", 5);
	tap_ok(record_log_open(path, &record_tsv) == NULL && errno == EINVAL,
	    "log: a file with half a header is rejected");
	tap_ok(record_log_open(folder, &record_tsv) == NULL && errno == EISDIR, "log: a directory is rejected");
}

/* Leaves space for `more` bytes in files. */
static void
limit_files(rlim_t more)
{
	struct rlimit limit;
	struct stat st = { 0 };

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (more != RLIM_INFINITY && stat(path, &st) == 0)
		limit.rlim_cur = (rlim_t)st.st_size + more;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_log_short_write(void)
{
	static const char *const one[] = { NULL };
	static const char *const all[] = { NULL, NULL, NULL };
	struct job j = sample(copy_words, 3);
	struct record_log *log;

	unlink(path);
	log = record_log_open(path, &record_tsv);
	record_log_append(log, &j);
	fflush(stdout);
	limit_files(10);
	tap_ok(record_log_append(log, &j) == -1 && record_log_pending(log) == 1, "log: a short write is reported");
	tap_ok(record_log_append(log, &j) == -1 && errno == EFBIG && record_log_pending(log) == 2,
	    "log: a second short write is reported too");
	limit_files(RLIM_INFINITY);
	holds(&record_tsv, one, 1, "half a line is taken back");
	tap_ok(record_log_retry(log) == 0 && record_log_pending(log) == 0, "log: a retry writes the lines");
	holds(&record_tsv, all, 3, "in order");
	record_log_close(log);
}

static void
test_log_cannot_take_back(void)
{
	static const char *const want[] = { "3\t1\t0\t2\t47\030\n", NULL, NULL };
	struct job j = sample(copy_words, 3);
	struct record_log *log;

	unlink(path);
	log = record_log_open(path, &record_tsv);
	limit_files(10);
	truncate_fails = true;
	tap_ok(record_log_append(log, &j) == -1 && record_log_pending(log) == 1,
	    "log: a short write that cannot be removed is reported");
	limit_files(RLIM_INFINITY);
	truncate_fails = false;
	tap_ok(record_log_append(log, &j) == 0, "log: the next line is written after it");
	holds(&record_tsv, want, 3, "the piece is ended, the line is there whole");
	record_log_close(log);
}

static void
test_log_devices(void)
{
	struct job j = sample(copy_words, 3);
	struct record_log *log = record_log_open("/dev/null", &record_tsv);

	tap_ok(
	    log != NULL && record_log_append(log, &j) == 0 && record_log_close(log) == 0, "log: /dev/null may be one");
	if (access("/dev/full", W_OK) == -1)
		return;
	log = record_log_open("/dev/full", &record_tsv);
	tap_ok(log != NULL && record_log_append(log, &j) == -1 && errno == ENOSPC,
	    "/dev/full is a log that takes nothing");
	tap_ok(record_log_retry(log) == -1 && record_log_pending(log) == 2, "log: the header and the line wait");
	record_log_close(log);
}

static void
test_log_fifo(void)
{
	struct job j = sample(copy_words, 3);
	struct record_log *log;
	struct buf got = { 0 }, want = { 0 };
	ssize_t n;
	int fd;

	unlink(path);
	mkfifo(path, 0600);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	log = record_log_open(path, &record_joblog);
	tap_ok(log != NULL && record_log_append(log, &j) == 0, "log: a FIFO may be one");
	buf_reserve(&got, 4096);
	n = read(fd, got.data, 4096);
	got.len = n > 0 ? (size_t)n : 0;
	record_joblog.header(&want);
	record_joblog.line(&want, &j);
	is(&got, want.data, want.len, "with a header");
	close(fd);
	tap_ok(record_log_append(log, &j) == -1 && errno == EPIPE, "log: the reader of a FIFO may exit");
	record_log_close(log);
	buf_free(&got);
	buf_free(&want);
}

int
main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return 99;
	snprintf(path, sizeof(path), "%s/log", folder);
	test_decimal();
	test_tsv();
	test_jsonl();
	test_jsonl_hex();
	test_joblog();
	test_text_ran();
	test_text_others();
	test_formats();
	test_log_headers();
	test_log_torn();
	test_log_short_write();
	test_log_cannot_take_back();
	test_log_devices();
	test_log_fifo();
	unlink(path);
	rmdir(folder);
	return tap_done();
}
