/* source: lines become units, in batches, refused or skipped, and are read only on demand. */
#include "pool/source-lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "job/template.h"
#include "log/resume.h"
#include "pool/report.h"
#include "sys/os.h"
#include "tap.h"
#include "turn.h"

static char message[512];
static unsigned messages, errors;

/* These replace those of report.c and resume.c. */
void
report_message(struct report *r, const char *format, ...)
{
	va_list ap;

	(void)r;
	va_start(ap, format);
	vsnprintf(message, sizeof message, format, ap);
	va_end(ap);
	messages++;
}

void
report_error(struct report *r, const char *format, ...)
{
	(void)r, (void)format;
	errors++;
}

void
report_changed(struct report *r)
{
	(void)r;
}

/* A log in which the command `echo b` is finished. */
bool
resume_done(struct resume *r, const struct command *c)
{
	(void)r;
	return strcmp(c->argv[c->argc - 1], "b") == 0;
}

/* A source whose lines come from a pipe. */
struct scene {
	struct options options;
	struct demand demand;
	struct task_template *template;
	struct input *input;
	struct loop *loop;
	struct source *source;
	int to;
};

static void
begin(struct scene *s, size_t max_lines, size_t argument_space, struct resume *resume)
{
	static char *const words[] = { (char *)"echo", NULL };
	int fd[2];

	*s = (struct scene){ .options = { .max_lines = max_lines, .spill_max_bytes = UINT64_MAX } };
	s->template = template_parse(words, 1, NULL, false);
	s->loop = loop_new();
	if (s->loop == NULL || os_pipe(fd) == -1)
		exit(tap_ok(false, "source: a loop and a pipe can be created"));
	s->to = fd[1];
	s->input = input_new(fd[0], "stdin", '\n', true, 100);
	s->source = source_lines_new(s->input, &s->options, s->template, resume, false);
	s->source->loop = s->loop;
	s->source->demand = &s->demand;
	s->source->longest_argument = 101;
	s->source->argument_space = argument_space;
	if (source_begin(s->source) == -1)
		exit(tap_ok(false, "source: it begins"));
	messages = errors = 0;
}

static void
end(struct scene *s)
{
	source_end(s->source);
	source_free(s->source);
	input_free(s->input);
	template_free(s->template);
	loop_free(s->loop);
	if (s->to != -1)
		close(s->to);
}

static void
feed(struct scene *s, const char *bytes, size_t len)
{
	if (write(s->to, bytes, len) != (ssize_t)len)
		exit(tap_ok(false, "source: the pipe takes %zu bytes", len));
	s->demand.wanted = true;
	source_update(s->source);
	turn(s->loop);
}

static void
close_input(struct scene *s)
{
	close(s->to);
	s->to = -1;
	source_update(s->source);
	turn(s->loop);
}

/* Takes all units: "SEQ:LINE,LINE;" for each, with a ! behind a refused one. */
static bool
gives(struct scene *s, const char *want)
{
	struct buf b = { 0 };
	struct unit u;
	bool good;

	while (source_next(s->source, &u)) {
		const char *at = u.bytes;

		buf_addf(&b, "%llu:", (unsigned long long)u.seq);
		for (size_t i = 0; i < u.line_count; i++, at += strlen(at) + 1)
			buf_addf(&b, "%s%s", i > 0 ? "," : "", at);
		buf_adds(&b, u.refused ? "!;" : ";");
	}
	buf_addc(&b, '\0');
	good = strcmp(b.data, want) == 0;
	if (!good)
		printf("# got %s, want %s\n", b.data, want);
	buf_free(&b);
	return good;
}

static void
test_lines(void)
{
	struct scene s;

	begin(&s, 1, 10000, NULL);
	tap_ok(gives(&s, "") && !source_has_ended(s.source), "source: nothing before it is read");
	feed(&s, "a\n\nb\nc", 6);
	tap_ok(source_count_buffered(s.source) == 3, "source: complete lines are counted, and empty ones too");
	tap_ok(gives(&s, "1:a;2:b;"), "source: each line is a unit");
	tap_ok(!source_is_drained(s.source), "source: it is not drained before the end of the input");
	close_input(&s);
	tap_ok(source_has_ended(s.source) && gives(&s, "3:c;") && source_is_drained(s.source),
	    "source: a last line without its newline is a unit, then it is drained");
	tap_ok(s.source->given == 3, "source: units are counted");
	end(&s);
}

static void
test_batches(void)
{
	struct scene s;

	begin(&s, 2, 10000, NULL);
	feed(&s, "a\nb\nc\n", 6);
	tap_ok(gives(&s, "1:a,b;"), "source: -n 2 gathers two lines");
	close_input(&s);
	tap_ok(gives(&s, "2:c;") && source_is_drained(s.source), "source: the last batch can have fewer lines");
	end(&s);
}

static void
test_batch_size(void)
{
	struct scene s;
	struct arguments none = { 0 };
	size_t empty;

	begin(&s, 100, 0, NULL);
	empty = template_size(s.template, none);
	/* A line of three bytes adds its NUL and a pointer. */
	s.source->argument_space = empty + 2 * (4 + sizeof(char *));
	feed(&s, "aaa\nbbb\nccc\n", 12);
	tap_ok(gives(&s, "1:aaa,bbb;"), "source: a batch does not exceed the limit of the arguments");
	close_input(&s);
	tap_ok(gives(&s, "2:ccc;"), "source: the line that did not fit is in the next batch");
	end(&s);
}

static void
test_refused(void)
{
	struct scene s;
	char line[400];

	begin(&s, 1, 10000, NULL);
	feed(&s, "a\0b\nc\n", 6);
	tap_ok(gives(&s, "1:a!;2:c;") && messages == 1 && strstr(message, "stdin:1: ") != NULL &&
		strstr(message, "NUL") != NULL,
	    "source: a line with a NUL is refused, with a message: %s", message);
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	feed(&s, line, sizeof line);
	tap_ok(gives(&s, "3:!;") && messages == 2 && strstr(message, "stdin:3: line has 399 bytes") != NULL,
	    "source: a line that is too long is refused, with a message: %s", message);
	end(&s);
}

static void
test_resume(void)
{
	struct scene s;
	int unused;

	begin(&s, 1, 10000, (struct resume *)&unused);
	feed(&s, "a\nb\nc\n", 6);
	tap_ok(
	    gives(&s, "1:a;3:c;") && s.source->skipped == 1, "source: a finished task is skipped, and keeps its place");
	end(&s);
}

static void
test_demand(void)
{
	struct scene s;

	begin(&s, 1, 10000, NULL);
	feed(&s, "a\n", 2);
	gives(&s, "1:a;");
	s.demand.wanted = false;
	tap_ok(write(s.to, "b\n", 2) == 2 && source_update(s.source) == 0, "source: more input arrives");
	turn(s.loop);
	tap_ok(input_buffered_bytes(s.input) == 0, "source: it is not read while no task is wanted");
	s.demand.wanted = s.demand.stopping = true;
	source_update(s.source);
	turn(s.loop);
	tap_ok(
	    input_buffered_bytes(s.input) == 0 && source_is_drained(s.source), "source: nor when the run is stopping");
	s.demand.stopping = false;
	source_update(s.source);
	turn(s.loop);
	tap_ok(gives(&s, "2:b;"), "source: it is read when a task is wanted");
	end(&s);
}

/* Input that no slot wants is spilled, so that the program that writes it can go on. */
static void
test_starved(void)
{
	struct scene s;
	char bytes[2000];

	begin(&s, 1, 10000, NULL);
	s.options.spill_max_bytes = 1000;
	s.demand.starved = true;
	feed(&s, "a\nb\n", 4);
	tap_ok(input_buffered_bytes(s.input) == 0 && !s.source->full, "source: a starved pool spills its input");
	memset(bytes, '\n', sizeof bytes);
	feed(&s, bytes, sizeof bytes);
	tap_ok(s.source->full, "source: a spill that has no more space is reported");
	s.demand.starved = false;
	tap_ok(gives(&s, "1:a;2:b;") && errors == 0, "source: spilled input is given in its turn");
	end(&s);
}

int
main(void)
{
	test_lines();
	test_batches();
	test_batch_size();
	test_refused();
	test_resume();
	test_demand();
	test_starved();
	return tap_done();
}
