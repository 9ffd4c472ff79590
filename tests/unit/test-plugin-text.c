/*
 * plugin/make/text.h: commands from arguments, commands that make runs without a shell, folding of output, make's
 * arguments, words, messages, logs.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Compares the bytes of b with `want`, which has | for NUL. Frees b. */
static bool
is(struct buf *b, const char *want)
{
	bool same;

	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] == '\0')
			b->data[i] = '|';
	buf_addc(b, '\0');
	same = strcmp(b->data, want) == 0;
	if (!same)
		printf("# got <%s>\n", b->data);
	buf_free(b);
	return same;
}

static void
test_commands(void)
{
	static const struct {
		const char *argument, *commands;
		size_t count;
		bool plain;
	} cases[] = {
		{ "", "", 0, false },
		{ " \n\t\n", "", 0, false },
		{ "a b", "a b|", 1, false },
		{ " a \n\n\tb c", "a |b c|", 2, false },
		{ "a \\\n b\nc", "a \\\n b|c|", 2, false },
		{ "a \\\\\nb", "a \\\\|b|", 2, false },
		{ "a\\", "a\\|", 1, false },
		{ "pwd\necho a;b", "exec pwd|echo a;b|", 2, true },
		{ "pwd", "pwd|", 1, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = { 0 };
		size_t count = text_add_commands(&b, cases[i].argument, cases[i].plain);

		tap_ok(is(&b, cases[i].commands) && count == cases[i].count,
		    "make text: commands from an argument, case %zu", i);
	}
}

static void
test_alone(void)
{
	static const char *const alone[] = { "pwd", "echo -e 'a;b'", "echo a=b", "printf '%s' x", "echo a\\;b",
		"echo\ta", "./x.sh" };
	static const char *const shells[] = { "a;b", "echo \"a\"", "a=b c", "'echo' a", "cd x", "test", "echo $x",
		"echo *", "a 'b", "\\echo a", "a b'", "type x", ":", "! a", "echo ~", "a # b", ".", "a |b", "a\\\\;b" };

	for (size_t i = 0; i < COUNT(alone); i++)
		tap_ok(text_runs_alone(alone[i]), "make text: make runs it without a shell: %s", alone[i]);
	for (size_t i = 0; i < COUNT(shells); i++)
		tap_ok(!text_runs_alone(shells[i]), "make text: the shell runs it: %s", shells[i]);
	tap_ok(text_is_plain("/bin/sh", "-c") && text_is_plain("/bin/sh", "-ec"),
	    "make text: make's default shell is recognised");
	tap_ok(!text_is_plain("/bin/bash", "-c") && !text_is_plain("/bin/sh", "-xc") && !text_is_plain("", ""),
	    "make text: other shells and flags are not plain");
}

static void
test_fold(void)
{
	static const struct {
		const char *out;
		size_t len;
		const char *text;
	} cases[] = {
		{ "", 0, "" },
		{ "a\n", 2, "a" },
		{ "a\nb\n\n\n", 6, "a b" },
		{ "\n\n", 2, "" },
		{ "\na", 2, " a" },
		{ "a \n \n", 5, "a   " },
		{ "a\r\nb\r\n", 6, "a b" },
		{ "a\rb\r", 4, "a\rb\r" },
		{ "a\0b", 3, "a" },
		{ "a\n\0b", 4, "a" },
		{ "\r\n\r\n", 4, "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = { 0 };

		/* Text before it, which must not be trimmed. */
		buf_adds(&b, "x\n");
		text_fold(&b, cases[i].out, cases[i].len);
		buf_drop(&b, 2);
		tap_ok(is(&b, cases[i].text), "make text: output is folded as by $(shell), case %zu", i);
	}
}

static void
test_flags(void)
{
	static const struct {
		const char *args;
		size_t len;
		int jobs;
	} cases[] = {
		{ "make\0-j8\0", 9, 8 },
		{ "make\0-j\0008\0", 10, 8 },
		{ "make\0--jobs=8\0", 14, 8 },
		{ "make\0--jobs\0008\0all\0", 18, 8 },
		{ "make\0--jobs\0all\0", 16, JOBS_UNLIMITED },
		{ "make\0-j\0", 8, JOBS_UNLIMITED },
		{ "make\0-kj3\0all\0", 14, 3 },
		{ "make\0-C\0-j\0", 11, JOBS_UNLIMITED },
		{ "make\0-fj8\0", 10, JOBS_ABSENT },
		{ "make\0x -j8\0", 11, JOBS_ABSENT },
		{ "make\0X=a\\ -j8\0", 14, JOBS_ABSENT },
		{ "-j8\0", 4, JOBS_ABSENT },
		{ "make\0--\0-j8\0", 12, JOBS_ABSENT },
		{ "make\0-j8", 8, JOBS_ABSENT },
		{ "", 0, JOBS_ABSENT },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct jobserver_auth a;
		struct buf b = { 0 };

		text_add_flags(&b, cases[i].args, cases[i].len);
		buf_addc(&b, '\0');
		jobserver_auth_parse(&a, b.data);
		tap_ok(a.jobs == cases[i].jobs, "make text: -j in the arguments of make, case %zu: %d", i, a.jobs);
		jobserver_auth_free(&a);
		buf_free(&b);
	}
}

static void
test_words(void)
{
	static const struct {
		void (*add)(struct buf *b, const char *text);
		const char *text, *want;
	} cases[] = {
		{ text_add_quoted, "", "''" },
		{ text_add_quoted, "a'b $c", "'a'\\''b $c'" },
		{ text_add_words, "/usr/bin/env bash", "/usr/bin/env bash" },
		{ text_add_words, "-o 'a b' -c", "-o 'a b' -c" },
		{ text_add_words, "-o 'a b -c", "'-o '\\''a b -c'" },
		{ text_add_words, "/a$b/sh", "'/a$b/sh'" },
		{ text_add_words, "/a;b", "'/a;b'" },
		{ text_add_words, "'a$b'", "''\\''a$b'\\'''" },
		{ text_add_words, "", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = { 0 };

		cases[i].add(&b, cases[i].text);
		tap_ok(is(&b, cases[i].want), "make text: words are quoted for sh, case %zu", i);
	}
	tap_ok(
	    text_is_harmless("/tmp/a-b.c_D1") && text_is_harmless("rel"), "make text: harmless paths need no quotes");
	tap_ok(!text_is_harmless("") && !text_is_harmless("-a") && !text_is_harmless("/a b") &&
		!text_is_harmless("/a$b") && !text_is_harmless("/a#") && !text_is_harmless("/\303\244"),
	    "make text: other paths need quotes");
}

static void
test_message(void)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" },
		{ "a$b", "a$$b" },
		{ "f(x) and (y)", "f(x) and (y)" },
		{ "f(x", "f[x" },
		{ "a) (b", "a] [b" },
		{ "one\ntwo\n", "one two" },
		{ "\n", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = { 0 };

		text_add_message(&b, cases[i][0], strlen(cases[i][0]));
		tap_ok(is(&b, cases[i][1]), "make text: messages are safe in $(error), case %zu", i);
	}
}

#define HEADER "seq\ttry\tend\tstatus\tsignal\tnew\tout_bytes\tcommand\n"

static void
test_log(void)
{
	static const char good[] = HEADER "2\t1\tfail\t3\t0\tx\t12\tc d\n1\t1\tsignal\t0\t9\t\t0\t\n"
					  "3\t1\tinvalid\t0\t0\tx\t0\tc\n4\t1\tinterrupted\t0\t15\tx\t7\tc\n";
	static const char *const bad[] = { "", "\n", "seq\tend\n", "seq\tend\tstatus\tsignal\tout_byte\n",
		HEADER "1\t1\tok\t0\t0\tx\t5\tc", HEADER "1\t1\tok\t0\n", HEADER "6\t1\tok\t0\t0\tx\t5\tc\n",
		HEADER "0\t1\tok\t0\t0\tx\t5\tc\n", HEADER "1\t1\tok\t256\t0\tx\t5\tc\n",
		HEADER "1\t1\tok\t0\t0\tx\t99999999999999999999999\tc\n", HEADER "1x\t1\tok\t0\t0\tx\t5\tc\n",
		HEADER "\n", "1\t1\tok\t0\t0\tx\t5\tc\n" };
	struct text_job j[5] = { { .known = false } };

	tap_ok(text_read_log(j, 5, good, sizeof(good) - 1), "make text: a log is read");
	tap_ok(j[0].known && j[0].status == 137 && j[0].out_bytes == 0 && !j[0].stopped,
	    "make text: a signal counts as 128 plus its number");
	tap_ok(j[1].known && j[1].status == 3 && j[1].out_bytes == 12, "make text: an exit status and a size are read");
	tap_ok(j[2].known && j[2].status == 127, "make text: an invalid command has status 127");
	tap_ok(j[3].known && j[3].stopped, "make text: an interrupted command is stopped");
	tap_ok(!j[4].known, "make text: a command without a record is unknown");
	for (size_t i = 0; i < COUNT(bad); i++) {
		/* On the heap, so that a sanitizer finds a read past the end. */
		size_t len = strlen(bad[i]);
		char *copy = malloc(len + 1);

		if (copy == NULL)
			return;
		memcpy(copy, bad[i], len);
		copy = realloc(copy, len == 0 ? 1 : len);
		tap_ok(!text_read_log(j, 5, copy, len), "make text: a malformed log is rejected, case %zu", i);
		free(copy);
	}
}

int
main(void)
{
	test_commands();
	test_alone();
	test_fold();
	test_flags();
	test_words();
	test_message();
	test_log();
	return tap_done();
}
