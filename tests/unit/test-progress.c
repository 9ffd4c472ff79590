/* progress: what a terminal shows after each call (screen.h). */
#include "output/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "screen.h"
#include "tap.h"

static void
row_is(int row, const char *want)
{
	if (!tap_ok(strcmp(screen_row(row), want) == 0, "progress: row %d is '%s'", row, want))
		printf("# got '%s'\n", screen_row(row));
}

static struct progress_job
job(uint64_t seq, int64_t start_s, double percent, const char *label)
{
	return (struct progress_job){ .slot = (unsigned)seq,
		.seq = seq,
		.start_mono_ns = start_s * NS_PER_S,
		.percent = percent,
		.label = label };
}

static void
test_draw(void)
{
	struct progress *p;
	struct progress_counts c = { .done = 12, .failed = 1, .known = 120, .input_ended = true, .running = 3 };
	const struct progress_job jobs[] = { job(13, 27, 42.5, "cp src/a dst"), job(14, 30, -1, "cp src/b dst"),
		job(15, 30, 100, "cp src/c dst") };

	screen_new(10, 80);
	p = progress_new(screen_terminal, false, true, 0);
	progress_draw(p, &c, jobs, 3, 30 * NS_PER_S);
	screen_look();
	row_is(1, "12/120 done, 1 failed, 3 running  0.4/s  eta 4:30");
	row_is(2, "  [13] 0:03  42.5% cp src/a dst");
	row_is(3, "  [14] 0:00        cp src/b dst");
	row_is(4, "  [15] 0:00 100.0% cp src/c dst");
	tap_ok(screen.row == 0 && screen.column == 0 && screen_rows_used() == 4 && *screen_row(0) == '\0',
	    "progress: draw: four lines, with the cursor in an empty one above them");
	tap_ok(screen.coloured == 2, "progress: draw: failures are coloured");
	c.done = 13;
	c.running = 1;
	progress_draw(p, &c, jobs + 1, 1, 31 * NS_PER_S);
	screen_look();
	row_is(2, "  [14] 0:01 cp src/b dst");
	tap_ok(screen_rows_used() == 2, "progress: draw: a shorter drawing leaves nothing of a longer one");
	c = (struct progress_counts){ .known = 5 };
	progress_draw(p, &c, NULL, 0, 32 * NS_PER_S);
	screen_look();
	row_is(1, "0/5+ done, 0 running");
	tap_ok(
	    screen_rows_used() == 1 && screen.scrolled == 0, "progress: draw: without running jobs there is one line");
	progress_free(p);
}

static void
test_clear(void)
{
	struct progress *p;
	const struct progress_counts c = { .done = 1, .known = 3, .running = 2 };
	const struct progress_job jobs[] = { job(2, 0, -1, "one"), job(3, 0, -1, "two") };

	screen_new(6, 40);
	if (write(screen_terminal, "before\r\n", 8) != 8)
		tap_ok(false, "write: %s", strerror(errno));
	p = progress_new(screen_terminal, false, false, 0);
	progress_clear(p);
	screen_look();
	tap_ok(strcmp(screen_raw, "before\r\n") == 0, "progress: clear: without a drawing nothing is written");
	progress_draw(p, &c, jobs, 2, NS_PER_S);
	screen_look();
	tap_ok(screen_rows_used() == 4 && screen.coloured == 0,
	    "progress: clear: a drawing without colour is below other output");
	progress_clear(p);
	screen_look();
	row_is(0, "before");
	tap_ok(screen_rows_used() == 1 && screen.row == 1 && screen.column == 0,
	    "progress: clear: other output and the cursor are as before");
	progress_clear(p);
	tap_ok(screen_look() == 0, "progress: clear: a second time nothing is written");
	progress_line_open(p, true);
	progress_draw(p, &c, jobs, 2, 2 * NS_PER_S);
	tap_ok(screen_look() == 0, "progress: open line: nothing is drawn behind it");
	progress_line_open(p, false);
	progress_draw(p, &c, jobs, 2, 3 * NS_PER_S);
	screen_look();
	tap_ok(screen_rows_used() == 4, "progress: open line: after its end drawing continues");
	progress_free(p);
}

/* What another program writes to the terminal while something is drawn is not lost. */
static void
test_other_output(void)
{
	struct progress *p;
	const struct progress_counts c = { .done = 1, .known = 3, .running = 1 };
	const struct progress_job j = job(2, 0, -1, "one");

	screen_new(8, 40);
	p = progress_new(screen_terminal, false, false, 0);
	for (int i = 1; i <= 3; i++) {
		progress_draw(p, &c, &j, 1, i * NS_PER_S);
		if (dprintf(screen_terminal, "line %d\r\n", i) == -1)
			tap_ok(false, "write: %s", strerror(errno));
	}
	progress_draw(p, &c, &j, 1, 4 * NS_PER_S);
	screen_look();
	row_is(0, "line 1");
	row_is(1, "line 2");
	row_is(2, "line 3");
	row_is(3, "");
	row_is(4, "1/3+ done, 1 running  0.2/s");
	row_is(5, "  [2] 0:04 one");
	progress_clear(p);
	screen_look();
	tap_ok(screen_rows_used() == 3 && screen.row == 3, "progress: other output stays when the drawing is cleared");
	progress_free(p);
}

/* At the bottom of the window the first drawing scrolls, and later ones stay in place. */
static void
test_bottom(void)
{
	struct progress *p;
	const struct progress_counts c = { .done = 1, .known = 3, .running = 2 };
	const struct progress_job jobs[] = { job(2, 0, -1, "one"), job(3, 0, -1, "two") };

	screen_new(6, 40);
	screen.row = 5;
	p = progress_new(screen_terminal, false, false, 0);
	for (int s = 1; s <= 3; s++) {
		progress_draw(p, &c, jobs, 2, s * NS_PER_S);
		screen_look();
	}
	row_is(3, "1/3+ done, 2 running  0.3/s");
	tap_ok(screen.scrolled == 3 && screen_rows_used() == 3,
	    "progress: bottom: the window scrolls once, by three lines");
	progress_clear(p);
	screen_look();
	tap_ok(screen_rows_used() == 0 && screen.row == 2, "progress: bottom: the drawing is cleared completely");
	progress_free(p);
}

static void
many_jobs(int rows, int columns, unsigned running)
{
	struct progress *p;
	struct progress_counts c = { .done = 1, .known = 1000, .running = running };
	struct progress_job jobs[100];
	char label[400];

	memset(label, 'x', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	for (unsigned i = 0; i < running; i++)
		jobs[i] = job(i + 1, 0, -1, label);
	screen_new(rows, columns);
	p = progress_new(screen_terminal, false, true, 0);
	progress_draw(p, &c, jobs, running, NS_PER_S);
	progress_draw(p, &c, jobs, running, 2 * NS_PER_S);
	screen_look();
	tap_ok(screen_rows_used() <= (rows > 1 ? rows - 1 : 1) && screen.scrolled == 0 && !screen.in_last_column,
	    "progress: window: %u jobs in %d x %d take %d lines", running, rows, columns, screen_rows_used());
	progress_clear(p);
	screen_look();
	tap_ok(screen_rows_used() == 0 && screen.row == 0, "progress: window: the drawing is cleared completely");
	progress_free(p);
}

static void
test_window(void)
{
	for (int rows = 1; rows <= 12; rows++)
		for (unsigned running = 0; running <= 12; running += 3)
			many_jobs(rows, 30, running);
	for (int columns = 1; columns <= 40; columns += 3)
		many_jobs(10, columns, 2);
	many_jobs(10, 40, 100);
	many_jobs(10, 40, 100);
	screen_new(5, 40);
	struct progress *p = progress_new(screen_terminal, false, false, 0);
	const struct progress_counts c = { .known = 9, .running = 9 };
	const struct progress_job jobs[] = { job(1, 0, -1, "a"), job(2, 0, -1, "b"), job(3, 0, -1, "c"),
		job(4, 0, -1, "d") };

	progress_draw(p, &c, jobs, 4, 0);
	screen_look();
	row_is(3, "  [2] 0:00 b");
	row_is(4, "  and 7 more");
	progress_free(p);
}

static void
test_resize(void)
{
	struct progress *p;
	const struct progress_counts c = { .known = 9, .running = 4 };
	const struct progress_job jobs[] = { job(1, 0, -1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), job(2, 0, -1, "b"),
		job(3, 0, -1, "c"), job(4, 0, -1, "d") };

	screen_new(10, 40);
	p = progress_new(screen_terminal, false, false, 0);
	progress_draw(p, &c, jobs, 4, 0);
	screen_look();
	tap_ok(screen_rows_used() == 5, "progress: resize: five lines in a window of ten");
	screen_resize(4, 40);
	progress_draw(p, &c, jobs, 4, 0);
	screen_look();
	tap_ok(screen_rows_used() == 5, "progress: resize: no change before the resize is reported");
	progress_clear(p);
	screen_look();
	progress_resized(p);
	progress_draw(p, &c, jobs, 4, 0);
	screen_look();
	tap_ok(screen_rows_used() == 3, "progress: resize: three lines in a window of four");
	progress_clear(p);
	screen_look();
	screen_resize(10, 20);
	progress_resized(p);
	progress_draw(p, &c, jobs, 4, 0);
	screen_look();
	tap_ok(strlen(screen_row(2)) == 19, "progress: resize: no line reaches the last of 20 columns");
	progress_free(p);
}

static void
draw_label(const char *label, int columns, const char *want)
{
	struct progress *p;
	const struct progress_counts c = { .known = 1, .running = 1 };
	struct progress_job j = job(1, 0, -1, label);

	screen_new(4, columns);
	p = progress_new(screen_terminal, false, false, 0);
	progress_draw(p, &c, &j, 1, 0);
	screen_look();
	row_is(2, want);
	tap_ok(!screen.unknown && !screen.in_last_column && screen.row == 0 && screen_rows_used() == 2,
	    "progress: label: takes one line and contains no control sequence");
	progress_free(p);
}

static void
test_labels(void)
{
	char *longest = malloc(200001);

	draw_label("a\tb\nc\rd\033[2Je\x7f\a", 60, "  [1] 0:00 a\\tb\\nc\\rd\\x1b[2Je\\x7f\\x07");
	draw_label("\xff\xc3(\xe2\x82", 60, "  [1] 0:00 \\xff\\xc3(\\xe2\\x82");
	draw_label("\xc2\x9b"
		   "31m",
	    60, "  [1] 0:00 \\xc2\\x9b31m");
	draw_label("\\n stays", 60, "  [1] 0:00 \\n stays");
	draw_label("gr\xc3\xbc\xc3\x9f"
		   "e",
	    15, "  [1] 0:00 gr\xc3\xbc");
	/* Two columns each: the third does not fit. */
	draw_label("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 17, "  [1] 0:00 \xe6\x97\xa5 \xe6\x9c\xac");
	/* Not an assigned character: shown as bytes. */
	draw_label("\xf4\x8f\xbf\xbf", 60, "  [1] 0:00 \\xf4\\x8f\\xbf\\xbf");
	memset(longest, 'y', 200000);
	longest[200000] = '\0';
	draw_label(longest, 20, "  [1] 0:00 yyyyyyyy");
	/* Characters that take no column must not be written without end. */
	for (int i = 0; i < 200000; i += 2)
		memcpy(longest + i, "\xcc\x81", 2);
	draw_label(longest, 30, "  [1] 0:00");
	tap_ok(strlen(screen_raw) < 1000, "progress: label: of 100,000 characters without width few are written");
	free(longest);
	draw_label("", 30, "  [1] 0:00");
}

/* In the locale C a byte is a character, and only ASCII is printable. */
static void
test_c_locale(void)
{
	setlocale(LC_CTYPE, "C");
	draw_label("gr\xc3\xbc\xc3\x9f", 60, "  [1] 0:00 gr\\xc3\\xbc\\xc3\\x9f");
	setlocale(LC_CTYPE, "C.UTF-8");
}

static void
test_plain(void)
{
	struct progress *p;
	struct progress_counts c = { .done = 5, .failed = 2, .known = 10, .input_ended = true, .running = 1 };
	const struct progress_job j = job(6, 0, -1, "x");

	screen_new(10, 60);
	p = progress_new(screen_terminal, true, true, 0);
	progress_draw(p, &c, &j, 1, 0);
	screen_look();
	tap_ok(strcmp(screen_raw, "\r5/10 done, 2 failed, 1 running") == 0,
	    "progress: plain: one line, with CR as the only control character");
	c.failed = 0;
	progress_draw(p, &c, &j, 1, 0);
	screen_look();
	row_is(0, "5/10 done, 1 running");
	tap_ok(strchr(screen_raw, '\033') == NULL && strchr(screen_raw, '\n') == NULL,
	    "progress: plain: a shorter line covers a longer one with blanks");
	progress_clear(p);
	screen_look();
	tap_ok(screen_rows_used() == 0 && screen.row == 0 && screen.column == 0 && strchr(screen_raw, '\033') == NULL,
	    "progress: plain: cleared with blanks");
	progress_finish(p, &c, 10 * NS_PER_S);
	screen_look();
	row_is(0, "5/10 done in 0:10, 0.5/s");
	tap_ok(strchr(screen_raw, '\033') == NULL && screen.row == 1, "progress: plain: the summary ends in a newline");
	progress_free(p);
}

static void
test_finish(void)
{
	struct progress *p;
	struct progress_counts c = { .done = 7200, .failed = 3, .skipped = 4, .known = 7200, .input_ended = true };
	const struct progress_job j = job(1, 0, -1, "x");

	screen_new(10, 60);
	p = progress_new(screen_terminal, false, false, 0);
	progress_draw(p, &c, &j, 1, NS_PER_S);
	progress_finish(p, &c, 7200 * NS_PER_S);
	screen_look();
	row_is(0, "7200 done, 3 failed, 4 skipped in 2:00:00, 1.0/s");
	tap_ok(screen_rows_used() == 1 && screen.row == 1 && screen.column == 0,
	    "progress: finish: one line of summary stays");
	progress_free(p);

	screen_new(10, 60);
	p = progress_new(screen_terminal, false, false, 0);
	progress_line_open(p, true);
	c = (struct progress_counts){ .known = 2 };
	progress_finish(p, &c, 0);
	screen_look();
	row_is(1, "0/2+ done in 0:00");
	tap_ok(screen.row == 2, "progress: finish: the summary is below an open line of other output");
	progress_free(p);
}

static void
test_rate(void)
{
	struct progress *p;
	struct progress_counts c = { .known = 1000, .input_ended = true };

	screen_new(4, 80);
	p = progress_new(screen_terminal, false, false, 0);
	for (int s = 0; s <= 60; s++) {
		c.done = (uint64_t)s * 10;
		progress_draw(p, &c, NULL, 0, s * NS_PER_S);
	}
	screen_look();
	row_is(1, "600/1000 done, 0 running  10.0/s  eta 0:40");
	for (int s = 61; s <= 100; s++) {
		c.done++;
		progress_draw(p, &c, NULL, 0, s * NS_PER_S);
	}
	screen_look();
	row_is(1, "640/1000 done, 0 running  1.0/s  eta 6:00");
	for (int s = 101; s <= 130; s++)
		progress_draw(p, &c, NULL, 0, s * NS_PER_S);
	screen_look();
	row_is(1, "640/1000 done, 0 running  4.9/s  eta 1:13");
	progress_free(p);

	screen_new(4, 80);
	p = progress_new(screen_terminal, false, false, 0);
	c = (struct progress_counts){ .done = 1, .known = 3 };
	progress_draw(p, &c, NULL, 0, NS_PER_S / 2);
	screen_look();
	row_is(1, "1/3+ done, 0 running");
	progress_draw(p, &c, NULL, 0, 40 * NS_PER_S);
	screen_look();
	row_is(1, "1/3+ done, 0 running  1.5/min");
	c.input_ended = true;
	progress_draw(p, &c, NULL, 0, 3600 * NS_PER_S);
	screen_look();
	row_is(1, "1/3 done, 0 running  1.0/h  eta 2:00:00");
	progress_free(p);
}

static void
test_wait(void)
{
	struct progress *p;
	const struct progress_counts c = { .known = 1 };

	screen_new(4, 80);
	p = progress_new(screen_terminal, false, false, 5);
	tap_ok(progress_wait_ns(p, 5) == 0, "progress: wait: the first drawing is due at once");
	progress_draw(p, &c, NULL, 0, 10);
	tap_ok(progress_wait_ns(p, 10) == 100 * NS_PER_MS, "progress: wait: the next drawing is due after 100 ms");
	tap_ok(progress_wait_ns(p, 10 + 40 * NS_PER_MS) == 60 * NS_PER_MS,
	    "progress: wait: only the rest of 100 ms is left");
	tap_ok(progress_wait_ns(p, 10 + 500 * NS_PER_MS) == 0, "progress: wait: after 100 ms it is due");
	screen_look();
	progress_free(p);
}

/* Without a window size there are 80 columns; after a write error the display is off for good. */
static void
test_no_terminal(void)
{
	struct progress *p;
	const struct progress_counts c = { .done = 1, .known = 1, .running = 1 };
	struct progress_job j = job(1, 0, -1, NULL);
	char label[200], text[4096];
	int fd[2];
	ssize_t n;

	memset(label, 'z', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	j.label = label;
	if (pipe(fd) == -1)
		exit(tap_ok(false, "pipe: %s", strerror(errno)));
	p = progress_new(fd[1], false, false, 0);
	progress_draw(p, &c, &j, 1, 0);
	n = read(fd[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	tap_ok(strstr(text, "  [1]") != NULL && strspn(strstr(text, "  [1]"), " [1]0:z") == 79,
	    "progress: a pipe counts as 80 columns wide");
	close(fd[0]);
	progress_draw(p, &c, &j, 1, 0);
	progress_clear(p);
	progress_finish(p, &c, 0);
	close(fd[1]);
	if (pipe(fd) == -1 || dup(fd[1]) == -1)
		exit(tap_ok(false, "pipe: %s", strerror(errno)));
	progress_draw(p, &c, &j, 1, 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	tap_ok(read(fd[0], text, sizeof(text)) == -1, "progress: after a write error nothing is written again");
	progress_free(p);
}

/* Returns the number of bytes that a display writes to draw once and to remove that. */
static size_t
written(bool plain)
{
	const struct progress_counts c = { .done = 1, .known = 3, .running = 2 };
	struct progress *p = progress_new(screen_terminal, plain, false, 0);
	size_t len;

	screen_look();
	progress_draw(p, &c, NULL, 0, 0);
	progress_clear(p);
	len = screen_look();
	progress_free(p);
	return len;
}

static void
test_reader_of_keys(void)
{
	const struct progress_counts c = { .done = 1, .known = 1, .input_ended = true };
	struct progress *p = progress_new(screen_terminal, false, false, 0);

	screen_new(6, 40);
	tap_ok(screen_set_mode(false, true) == 0 && written(false) == 0, "progress: nothing is drawn into a pager");
	progress_finish(p, &c, NS_PER_S);
	tap_ok(screen_look() == 0, "progress: a pager gets no summary either");
	tap_ok(
	    screen_set_mode(true, true) == 0 && written(false) > 0, "progress: it is drawn after the pager has ended");
	progress_draw(p, &c, NULL, 0, NS_PER_S);
	screen_set_mode(false, true);
	screen_look();
	progress_clear(p);
	tap_ok(screen_look() == 0, "progress: a drawing is left to a pager that starts after it");
	tap_ok(screen_set_mode(true, false) == 0 && written(false) == 0, "progress: nothing is drawn over a password");
	tap_ok(written(true) > 0, "progress: a plain display does not need the echo");
	screen_set_mode(true, true);
	progress_free(p);
}

/* In a session of its own, whose terminal is the screen. Its exit status is a bit for each case that fails. */
static _Noreturn void
in_session(void)
{
	int result;
	pid_t pid;

	signal(SIGTTOU, SIG_IGN);
	if (setsid() == -1 || ioctl(screen_terminal, TIOCSCTTY, 0) == -1)
		_exit(8);
	if (written(false) == 0)
		_exit(1);
	pid = fork();
	if (pid == 0) {
		if (setpgid(0, 0) == -1)
			_exit(8);
		result = written(false) == 0 ? 0 : 2;
		if (tcsetpgrp(screen_terminal, getpgrp()) == -1)
			_exit(8);
		_exit(result | (written(false) > 0 ? 0 : 4));
	}
	_exit(waitpid(pid, &result, 0) == pid && WIFEXITED(result) ? WEXITSTATUS(result) : 8);
}

static void
test_background(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	screen_new(6, 40);
	pid = fork();
	if (pid == 0)
		in_session();
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		status = 0xff00;
	status = WEXITSTATUS(status);
	tap_ok((status & 9) == 0, "progress: it is drawn in the foreground of a terminal");
	tap_ok((status & 10) == 0, "progress: nothing is drawn in the background");
	tap_ok((status & 12) == 0, "progress: it is drawn once the process is in the foreground again");
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
		printf("1..0 # SKIP no locale C.UTF-8\n");
		return 0;
	}
	if (screen_open() == -1)
		exit(tap_ok(false, "progress: a pseudo-terminal is needed: %s", strerror(errno)));
	test_draw();
	test_clear();
	test_other_output();
	test_bottom();
	test_window();
	test_resize();
	test_labels();
	test_c_locale();
	test_plain();
	test_finish();
	test_rate();
	test_wait();
	test_no_terminal();
	test_reader_of_keys();
	test_background();
	return tap_done();
}
