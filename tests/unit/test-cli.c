/* cli: the reader of options and verbs, and its help. */
#include "cli/verbs.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

struct args {
	bool quiet;
	long long count;
	int64_t wait_ns;
	const char *mode, *text;
};

static const struct cli_option options[] = {
	CLI_FLAG("q", "quiet", struct args, quiet, "print nothing"),
	CLI_NUMBER("cC", "count", "N", struct args, count, -3, 9, "use N (default: 1)"),
	CLI_SECONDS("", "wait", struct args, wait_ns, "wait for SECONDS"),
	CLI_WORD("", "word", "fast|slow", "fast|slow", struct args, mode, "the mode"),
	CLI_TEXT("t", "text", "TEXT", "", struct args, text, "the text"),
	CLI_END,
};
static const struct cli_option no_options[] = { CLI_END };

static const struct cli_verb push = { "push", "queue [task ...]", "push tasks", options, 1, 3, 0 };
static const struct cli_verb join = { "join", "queue id", "wait for a task", no_options, 2, 2, 125 };
static const struct cli_verb *const verbs[] = { &push, &join };

static const struct cli_program strict = { .name = "prog",
	.version = "1.0",
	.usage = "verb queue",
	.about = "About it.",
	.exit_statuses = "Exit status: 0.",
	.verbs = verbs,
	.verb_count = 2,
	.usage_status = 2,
	.error_status = 4 };

enum { MOST_WORDS = 16 };

/* Words separated by blanks, as an argv. */
struct words {
	char text[256];
	char *argv[MOST_WORDS + 1];
	int argc;
};

static void
split(struct words *w, const char *line)
{
	*w = (struct words){ 0 };
	snprintf(w->text, sizeof(w->text), "%s", line);
	for (char *word = strtok(w->text, " "); word != NULL && w->argc < MOST_WORDS; word = strtok(NULL, " "))
		w->argv[w->argc++] = word;
}

/* Reading this line gives this result, text and exit status. */
static void
gives(const struct cli_program *p, const char *line, enum cli_result want, int status, const char *text)
{
	struct words w;
	struct args args = { 0 };
	struct cli_line l;
	enum cli_result got;

	split(&w, line);
	got = cli_read(p, w.argc, w.argv, &args, &l);
	if (!tap_ok(got == want && l.status == status && strcmp(l.text.data, text) == 0, "cli: %s", line))
		printf("# result %d, status %d: %s\n", (int)got, l.status, l.text.data);
	buf_free(&l.text);
}

static void
test_values(void)
{
	struct words w;
	struct args a = { 0 };
	struct cli_line l;

	split(&w, "prog push -qc-3 --wait=0.5 --word slow -tx queue -q");
	tap_ok(cli_read(&strict, w.argc, w.argv, &a, &l) == CLI_RUN && l.verb == 0 && l.verb_named,
	    "cli: a verb is found");
	tap_ok(a.quiet && a.count == -3 && a.wait_ns == NS_PER_S / 2, "cli: flags, numbers and seconds are set");
	tap_ok(strcmp(a.mode, "slow") == 0 && strcmp(a.text, "x") == 0, "cli: words and texts are set");
	tap_ok(l.operand_count == 2 && strcmp(l.operands[1], "-q") == 0, "cli: options end at the first operand");
	buf_free(&l.text);

	split(&w, "prog push -C 9 -- -x");
	tap_ok(
	    cli_read(&strict, w.argc, w.argv, &a, &l) == CLI_RUN && a.count == 9, "cli: a second letter is an alias");
	tap_ok(l.operand_count == 1 && strcmp(l.operands[0], "-x") == 0, "cli: -- ends the options");
	buf_free(&l.text);
}

static void
test_optional_verb(void)
{
	struct cli_program mixed = strict;
	struct words w;
	struct args a = { 0 };
	struct cli_line l;

	mixed.verb_optional = true;
	split(&w, "prog one --quiet two");
	tap_ok(cli_read(&mixed, w.argc, w.argv, &a, &l) == CLI_RUN && l.verb == 0 && !l.verb_named,
	    "cli: the first verb is the default");
	tap_ok(
	    a.quiet && l.operand_count == 2 && strcmp(l.operands[1], "two") == 0, "cli: options may follow operands");
	buf_free(&l.text);
	gives(&mixed, "prog", CLI_WRONG, 2, "missing queue; usage: prog push [option ...] queue [task ...]");
}

static void
test_problems(void)
{
	gives(&strict, "prog", CLI_WRONG, 2, "missing verb; see prog --help");
	gives(&strict, "prog pull q", CLI_WRONG, 2, "pull: unknown verb; see prog --help");
	gives(&strict, "prog pu\x1bl q", CLI_WRONG, 2, "pu\\x1bl: unknown verb; see prog --help");
	gives(&strict, "prog push", CLI_WRONG, 2, "missing queue; usage: prog push [option ...] queue [task ...]");
	gives(&strict, "prog join q", CLI_WRONG, 125, "missing id; usage: prog join queue id");
	gives(&strict, "prog join q 1 2", CLI_WRONG, 125, "too many arguments; usage: prog join queue id");
	gives(&strict, "prog push -x q", CLI_WRONG, 2, "-x: unknown option; see prog push --help");
	gives(&strict, "prog push --nonsense=1 q", CLI_WRONG, 2, "--nonsense=1: unknown option; see prog push --help");
	gives(&strict, "prog push --w q", CLI_WRONG, 2, "--w: ambiguous option; see prog push --help");
	gives(&strict, "prog push --quiet=1 q", CLI_WRONG, 2, "--quiet: takes no value; see prog push --help");
	gives(&strict, "prog push --count", CLI_WRONG, 2, "--count: requires a value, N; see prog push --help");
	gives(&strict, "prog push -c", CLI_WRONG, 2, "-c: requires a value, N; see prog push --help");
	gives(&strict, "prog push -c10 q", CLI_WRONG, 2,
	    "-c: must be a number from -3 to 9, not '10'; see prog push --help");
	gives(&strict, "prog push -c -4 q", CLI_WRONG, 2,
	    "-c: must be a number from -3 to 9, not '-4'; see prog push --help");
	gives(&strict, "prog push --wait x q", CLI_WRONG, 2,
	    "--wait: must be a number of seconds such as 10 or 0.5, not 'x'; see prog push --help");
	gives(&strict, "prog push --word f q", CLI_WRONG, 2,
	    "--word: must be one of fast|slow, not 'f'; see prog push --help");
}

static void
test_help(void)
{
	static const char program[] = "usage: prog verb queue\n\nAbout it.\n\n"
				      "  push         push tasks\n"
				      "  join         wait for a task\n"
				      "\n'prog verb --help' lists the options of a verb.\nExit status: 0.\n";
	static const char verb[] = "usage: prog push [option ...] queue [task ...]\n\npush tasks\n\n"
				   "  -q, --quiet                print nothing\n"
				   "  -c, --count N              use N (default: 1)\n"
				   "      --wait SECONDS         wait for SECONDS\n"
				   "      --word fast|slow       the mode\n"
				   "  -t, --text TEXT            the text\n";

	gives(&strict, "prog --help", CLI_PRINT, 0, program);
	gives(&strict, "prog -h", CLI_PRINT, 0, program);
	gives(&strict, "prog --version", CLI_PRINT, 0, "prog 1.0\n");
	gives(&strict, "prog push --help", CLI_PRINT, 0, verb);
	gives(&strict, "prog push -qh q", CLI_PRINT, 0, verb);
	gives(&strict, "prog join -h", CLI_PRINT, 0, "usage: prog join queue id\n\nwait for a task\n");
}

int
main(void)
{
	test_values();
	test_optional_verb();
	test_problems();
	test_help();
	return tap_done();
}
