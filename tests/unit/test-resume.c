/*
 * reader, resume: every format read back, torn and foreign lines; and which commands are finished according to a log.
 */
#include "job/command.h"
#include "log/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "log/reader.h"
#include "job/outcome.h"
#include "log/record.h"
#include "tap.h"

#define JOBLOG_HEADER "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[] = "/tmp/test-resume.XXXXXX";
static char path[sizeof(folder) + 32];

static struct command
words(char *const *argv)
{
	struct command c = { (char **)(uintptr_t)argv, 0, false };

	while (argv[c.argc] != NULL)
		c.argc++;
	return c;
}

static struct command
shell_line(char *argv[4], const char *line)
{
	argv[0] = (char *)(uintptr_t) "/bin/sh";
	argv[1] = (char *)(uintptr_t) "-c";
	argv[2] = (char *)(uintptr_t)line;
	argv[3] = NULL;
	return (struct command){ argv, 3, true };
}

static void
put(const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (write(fd, bytes, len) != (ssize_t)len)
		tap_ok(false, "cannot write %s", path);
	close(fd);
}

/*
 * The rows of some bytes, told in letters: k ok, f final, n neither, - senseless; the last row's command in *command.
 */
static void
letters(const char *bytes, size_t len, char *out, size_t size, struct buf *command)
{
	FILE *f = fmemopen((void *)(uintptr_t)bytes, len, "r");
	struct log_reader *r = log_reader_new(f);
	struct log_row row;
	size_t n = 0;
	int got;

	while (r != NULL && n < size - 1 && (got = log_reader_next(r, &row)) != -1) {
		out[n++] = got == 0                                ? '-'
		    : row.job.outcome == OUTCOME_OK                ? 'k'
		    : outcome_final(row.job.outcome, row.job.left) ? 'f'
								   : 'n';
		command->len = 0;
		if (got == 1)
			buf_add(command, row.text[LOG_TEXT_command].text, row.text[LOG_TEXT_command].len);
	}
	out[n] = '\0';
	if (r == NULL)
		snprintf(out, size, "none %d", errno);
	log_reader_free(r);
	fclose(f);
}

static void
is_command(const struct buf *got, const char *want, const char *what)
{
	struct buf shown = { 0 };
	bool same = got->len == strlen(want) && (got->len == 0 || memcmp(got->data, want, got->len) == 0);

	tap_ok(same, "%s: the command", what);
	if (same)
		return;
	escape_visible(&shown, got->data, got->len);
	printf("# got: %.*s\n", (int)shown.len, shown.data);
	buf_free(&shown);
}

static void
reads(const char *bytes, size_t len, const char *want, const char *command, const char *what)
{
	struct buf last = { 0 };
	char got[64];

	letters(bytes, len, got, sizeof(got), &last);
	tap_ok(strcmp(got, want) == 0, "%s: rows are %s, read %s", what, want, got);
	if (command != NULL)
		is_command(&last, command, what);
	buf_free(&last);
}

#define READS(text, want, command, what) reads(text, sizeof(text) - 1, want, command, what)

static void
test_tsv_reading(void)
{
	READS("command\tx\tend\tleft\ny z\t\tok\t0\n", "k", "y z", "columns in another order");
	READS("end\tleft\tcommand\nfail\t1\ta\nfail\t0\ta\nok\t1\tb\nsignal\t0\ta\ntimeout\t2\ta\nnotrun\t0\ta\n"
	      "invalid\t0\t\n"
	      "interrupted\t0\ta\nhalted\t0\ta\n",
	    "nfkfnffnn", "a", "every end");
	READS("end\tleft\tcommand\nok\t0\ta\\tb\\n\\x01\\\\\n", "k", "a\tb\n\001\\", "a command with escapes");
	READS("end\tleft\tcommand\nok\t0\nok\t0\ta\tb\ndone\t0\ta\nok\t\ta\nok\tx\ta\nok\t0\ta\001\nok\t0\t\\q\n\n"
	      "ok\t0\tz\n",
	    "--------k", "z", "senseless lines");
	READS("end\tleft\tcommand\nfail\t-1\ta\nfail\t2147483648\ta\nfail\t2147483647\tz\n", "--n", "z",
	    "numbers that attempts cannot have");
	READS("end\tleft\tcommand\nok\t0\ta\nok\t0\tb", "k-", NULL, "a torn last line");
	READS("end\tleft\tcommand\nok\t0\ta\nok\t0\tb\030\nok\t0\tc\n", "k-k", "c", "a torn line that was ended");
	READS("end\tleft\tcommand\nok\t0\ta\0b\nok\t0\t\\x00\n", "--", NULL, "no command has a NUL");
	READS("end\tleft\tcommand\n", "", NULL, "a header alone");
	READS("end\tcommand\nok\ta\n", "none 22", NULL, "a column is missing");
	READS("hello\n", "none 22", NULL, "another file");
	READS("\n", "none 22", NULL, "an empty line");
}

static void
test_jsonl_reading(void)
{
	READS("{\"end\":\"ok\",\"left\":0,\"command\":\"a\"}\n{ \"command\" : \"b\" , \"left\" : 1 , \"end\" : "
	      "\"fail\" }\n",
	    "kn", "b", "objects");
	READS("{\"x\":{\"end\":[\"}\",1]},\"y\":[],\"z\":null,\"end\":\"fail\",\"left\":0,\"u\":-1.5e3,\"v\":true,"
	      "\"command\":\"a\"}\n",
	    "f", "a", "members that are not ours");
	READS("{\"end\":\"ok\",\"left\":0,"
	      "\"command\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\n\\t\\\"\\\\\\/\\b\\f\\r\"}\n",
	    "k", "A\303\251\342\202\254\360\237\230\200\n\t\"\\/\b\f\r", "a string's escapes");
	READS("{\"end\":\"ok\",\"left\":0,\"command_hex\":\"ff0A\",\"command\":\"x\"}\n", "-", NULL,
	    "hex in capitals is not ours");
	READS("{\"end\":\"ok\",\"left\":0,\"command_hex\":\"ff0a\",\"command\":\"x\"}\n", "k", "\377\n",
	    "the hex member wins over the text");
	READS("{\"end\":\"ok\",\"left\":0,\"command\":\"x\",\"command_hex\":\"ff\"}\n", "k", "\377", "in any order");
	READS("{\"end\":\"ok\",\"left\":0,\"command\":\"a\"}\n{\"end\":\"ok\",\"left\":0,\"command\":\"b\"}", "k-",
	    NULL, "a torn last object");
}

static void
test_jsonl_senseless(void)
{
	static const char *const lines[] = {
		"{}",
		"{",
		"",
		"[]",
		"{\"end\":\"ok\"}",
		"{\"end\":\"ok\",\"left\":0}",
		"{\"end\":\"ok\",\"command\":\"a\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"a\"}}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"a\",}",
		"{\"end\":\"ok\",\"left\":0 \"command\":\"a\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\ud800\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\udc00\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\ud800\\u0041\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\u00g0\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\u0000\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\x\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"a",
		"{\"end",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\\u12",
		"{\"x\":[\"a",
		"{\"x\":[[[",
		"{\"x\":tru}",
		"{\"x\":}",
		"{\"x\"",
		"{\"end\":\"ok\",\"left\":\"0\",\"command\":\"a\"}",
		"{\"end\":\"ok\",\"left\":0,\"command_hex\":\"f\"}",
		"{\"end\":\"ok\",\"left\":0,\"command\":\"\001\"}",
		"{\"end\":\"okokokokokokokokokokok\",\"left\":0,\"command\":\"a\"}",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		char text[256], what[64];
		int len = snprintf(text, sizeof(text), "{}\n%s\n", lines[i]);

		snprintf(what, sizeof(what), "senseless object %zu", i);
		reads(text, (size_t)len, "--", NULL, what);
	}
}

static void
test_joblog_reading(void)
{
	READS(JOBLOG_HEADER "1\t:\t1795408061.276\t     0.099\t0\t7\t0\t0\tprintf %s 'a\tb'\n", "k", "printf %s 'a\tb'",
	    "a tab stays");
	READS(JOBLOG_HEADER
	    "2\t:\t1.2\t0.1\t0\t7\t-1\t15\tsleep 3\n3\th\t1.2\t0.1\t0\t7\t3\t0\tx\n4\th\t1.2\t0.1\t0\t7\t0\t9\ta\0b\n",
	    "fff", "a\nb", "failures; NUL is a newline");
	READS(JOBLOG_HEADER
	    "1\t:\t1.2\n\nx\t:\t1.2\t0.1\t0\t7\t0\t0\ta\n1\t:\t1.2\t0.1\t0\t7\t\t0\ta\n1\t:\t1.2\t0.1\t0\t7\t0\t-\ta\n",
	    "-----", NULL, "senseless lines");
	READS(JOBLOG_HEADER "1\t:\t1.2\t0.1\t0\t7\t0\t0\ta\n1\t:\t1.2\t0.1\t0\t7\t0\t0\ta b", "k-", NULL,
	    "a torn last line");
}

/* Writes one job in each format and reads it back. */
static void
round_trip(const struct job *j, const char *what)
{
	static const struct record_format *const formats[] = { &record_tsv, &record_jsonl, &record_joblog };
	bool final = outcome_final(job_outcome(j), j->tries_left);
	const char *end = outcome_ok(j) ? "k" : final ? "f" : "n";
	struct buf text = { 0 }, log = { 0 };

	command_text(&text, &j->command);
	buf_addc(&text, '\0');
	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *want = formats[i] == &record_joblog && !final ? "" : end;

		log.len = 0;
		if (formats[i]->header != NULL)
			formats[i]->header(&log);
		formats[i]->line(&log, j);
		reads(log.data, log.len, want, want[0] == '\0' ? NULL : text.data, what);
	}
	buf_free(&text);
	buf_free(&log);
}

static void
test_round_trips(void)
{
	static const struct {
		enum job_end end;
		int wstatus;
		unsigned left;
		const char *what;
	} ends[] = {
		{ JOB_RAN, 0, 0, "ok" },
		{ JOB_RAN, 0, 2, "ok, tries left" },
		{ JOB_RAN, 1 << 8, 0, "exit 1" },
		{ JOB_RAN, 1 << 8, 1, "exit 1, tries left" },
		{ JOB_RAN, SIGKILL, 0, "signal" },
		{ JOB_TIMED_OUT, SIGTERM, 0, "time-out" },
		{ JOB_TIMED_OUT, 0, 0, "time-out, exit 0" },
		{ JOB_INTERRUPTED, SIGINT, 0, "interrupted" },
		{ JOB_INTERRUPTED, 0, 0, "interrupted, exit 0" },
		{ JOB_HALTED, SIGTERM, 0, "halted" },
		{ JOB_NOT_RUN, 127 << 8, 0, "not run" },
		{ JOB_INVALID, 1 << 8, 0, "invalid" },
	};
	static char *const argv[] = { "cp", "", "a b", "it's", "two\nlines", "t\tab", "back\\slash", "\"$x\"",
		"\303\251\377\300\200", "\001\033[1m\177", NULL };
	struct job j = { .seq = 1, .attempt = 1, .command = words(argv) };

	for (size_t i = 0; i < COUNT(ends); i++) {
		j.end = ends[i].end;
		j.wstatus = ends[i].wstatus;
		j.tries_left = ends[i].left;
		round_trip(&j, ends[i].what);
	}
}

/* Which of the commands are finished according to the log? One letter for each. */
static void
done(bool failed_again, bool shell, const char *const *commands, size_t count, const char *want, const char *what)
{
	struct resume *r = resume_read(path, failed_again, shell);
	char got[32] = "";

	for (size_t i = 0; r != NULL && i < count; i++) {
		char *argv[4] = { "cmd", (char *)(uintptr_t)commands[i], NULL, NULL };
		struct command c = shell ? shell_line(argv, commands[i]) : words(argv);

		got[i] = resume_done(r, &c) ? 'y' : '.';
	}
	tap_ok(r != NULL && strcmp(got, want) == 0, "%s: %s, found %s", what, want, got);
	resume_free(r);
}

static void
test_resume(void)
{
	static const char log[] =
	    "left\tend\tcommand\n0\tok\tcmd a\n1\tfail\tcmd b\n0\tfail\tcmd b\n0\tinterrupted\tcmd c\n"
	    "0\tok\tcmd 'd e'\n0\tok\tcmd a\n0\tok\tcmd 'two\\nlines'\n";
	static const char *const order[] = { "x", "a", "b", "c", "d e", "a", "a", "b", "two\nlines", "cmd" };

	put(log, sizeof(log) - 1);
	done(false, false, order, COUNT(order), ".yy.yy..y.", "by identity and occurrence");
	done(true, false, order, COUNT(order), ".y..yy..y.", "failed ones again");
}

static void
test_resume_shell(void)
{
	static const char log[] =
	    JOBLOG_HEADER "1\t:\t1.2\t0.1\t0\t7\t0\t0\techo  a | cat\n2\t:\t1.2\t0.1\t0\t7\t1\t0\tit's\n"
			  "3\t:\t1.2\t0.1\t0\t7\t0\t0\ttwo\0lines\n4\t:\t1.2\t0.1\t0\t7\t0\t0\t\n";
	static const char *const lines[] = { "echo a | cat", "echo  a | cat", "it's", "two\nlines", "", "" };
	uint64_t first;
	struct resume *r;

	put(log, sizeof(log) - 1);
	done(false, true, lines, COUNT(lines), ".yyyy.", "shell lines as they are");
	done(true, true, lines, COUNT(lines), ".y.yy.", "shell lines, failed ones again");
	r = resume_read(path, false, false);
	tap_ok(r != NULL && resume_skipped(r, &first) == 1 && first == 3,
	    "resume: a text that is not a list of words is counted");
	resume_free(r);
}

static void
test_resume_files(void)
{
	static const char *const one[] = { "a" };
	static const char torn[] = "left\tend\tcommand\n0\tok\tcmd a\n\n0\tok\tcmd";
	uint64_t first;
	struct resume *r;

	unlink(path);
	done(false, false, one, 1, ".", "no file");
	put("", 0);
	done(false, false, one, 1, ".", "an empty file");
	put(torn, sizeof(torn) - 1);
	r = resume_read(path, false, false);
	tap_ok(r != NULL && resume_skipped(r, &first) == 2 && first == 3, "resume: senseless lines are counted");
	resume_free(r);
	put("nonsense\n", 9);
	tap_ok(
	    resume_read(path, false, false) == NULL && errno == EINVAL, "resume: a file that is not a log is rejected");
	tap_ok(resume_read(folder, false, false) == NULL && errno == EISDIR, "resume: a directory is rejected");
	r = resume_read("/dev/null", false, false);
	tap_ok(r != NULL && resume_skipped(r, &first) == 0, "resume: a device counts as empty");
	resume_free(r);
}

/* More rows than the initial capacity of a table, every third one twice. */
static void
test_resume_many(void)
{
	struct buf log = { 0 };
	struct resume *r;
	size_t right = 0;
	char number[16], *argv[] = { "cmd", number, NULL };
	struct command c = words(argv);

	buf_adds(&log, "left\tend\tcommand\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&log, "0\tok\tcmd %d\n%s", i, i % 3 == 0 ? "" : "0\tfail\tcmd x\n");
	for (int i = 0; i < 5000; i += 3)
		buf_addf(&log, "0\tok\tcmd %d\n", i);
	put(log.data, log.len);
	buf_free(&log);
	r = resume_read(path, true, false);
	for (int i = 0; r != NULL && i < 6000; i++) {
		snprintf(number, sizeof(number), "%d", i);
		right += resume_done(r, &c) == (i < 5000);
		right += resume_done(r, &c) == (i < 5000 && i % 3 == 0);
	}
	tap_ok(right == 12000, "resume: 5000 identities, %zu answers of 12000", right);
	resume_free(r);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 99;
	snprintf(path, sizeof(path), "%s/log", folder);
	test_tsv_reading();
	test_jsonl_reading();
	test_jsonl_senseless();
	test_joblog_reading();
	test_round_trips();
	test_resume();
	test_resume_shell();
	test_resume_files();
	test_resume_many();
	unlink(path);
	rmdir(folder);
	return tap_done();
}
