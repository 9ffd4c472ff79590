/*
 * Chrome traces that trace-events wrote, one event a line. Invariant: a record is the `args` of its event and nothing
 * else; what the viewer shows is not read.
 */
#include "log/reader-private.h"

#include <errno.h>
#include <string.h>

#include "log/trace-events.h"

static bool
starts(const struct log_reader *r, const char *text)
{
	size_t len = strlen(text);

	return r->len >= len && memcmp(r->line, text, len) == 0;
}

/* What follows the text in the line; NULL: the text is not in it. */
static const char *
behind(const struct log_reader *r, const char *text)
{
	const char *at = memmem(r->line, r->len, text, strlen(text));

	return at == NULL ? NULL : at + strlen(text);
}

static int
begins(struct log_reader *r)
{
	const char *at = starts(r, "[{\"ph\":\"M\",") ? behind(r, TRACE_EVENTS_MARK) : NULL;
	struct log_field version = { at, 0 };
	int64_t n;

	if (at == NULL)
		return 0;
	while (at < r->line + r->len && *at >= '0' && *at <= '9')
		at++;
	version.len = (size_t)(at - version.text);
	if (log_field_number(version, &n) && n == TRACE_EVENTS_VERSION)
		return 1;
	errno = ENOTSUP;
	return -1;
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	/* Not found inside a string: there, a quote has a backslash before it. */
	const char *args = behind(r, ",\"args\":");
	size_t len = r->len - (r->len > 0 && r->line[r->len - 1] == ',');

	if (starts(r, "]"))
		return LOG_NOTHING;
	if (args == NULL || !starts(r, "{\"ph\":\"") || r->line[len - 1] != '}')
		return LOG_SENSELESS;
	if (!starts(r, "{\"ph\":\"X\","))
		return LOG_NOTHING;
	return log_jsonl_row(r, row, args, len - 1 - (size_t)(args - r->line));
}

const struct log_format log_trace = { .name = "trace", .begins = begins, .parse = parse };
