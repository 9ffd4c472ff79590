/* Invariant: no operand is acted on before all of them were checked. */
#include "qctl/operands.h"

#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/value.h"
#include "qctl/answer.h"

static void __attribute__((noreturn)) refuse(struct qctl *c, const char *text, const char *format)
{
	struct buf b = { 0 };

	escape_visible(&b, text, strlen(text));
	buf_addc(&b, '\0');
	qctl_usage(c->verb, "%s: %s", b.data, format);
}

uint64_t
qctl_id(struct qctl *c, const char *text)
{
	long long id;

	if (!value_number(text, 1, INT64_MAX, &id))
		refuse(c, text,
		    *text == '-' ? "options must precede the queue" : "not a task id; put and list print the ids");
	return (uint64_t)id;
}

uint64_t *
qctl_ids(struct qctl *c)
{
	uint64_t *ids = mem_resize(NULL, c->operand_count + 1, sizeof *ids);

	for (size_t i = 0; i < c->operand_count; i++)
		ids[i] = qctl_id(c, c->operands[i]);
	return ids;
}

static void
read_lease(struct qctl *c, const char *text, uint64_t *id, uint64_t *lease_id)
{
	const char *colon = strchr(text, ':');
	char first[32];
	long long n = 0, lease = 0;
	bool is_right = colon != NULL && (size_t)(colon - text) < sizeof first;

	if (is_right) {
		memcpy(first, text, (size_t)(colon - text));
		first[colon - text] = '\0';
		is_right = value_number(first, 1, INT64_MAX, &n) && value_number(colon + 1, 1, INT64_MAX, &lease);
	}
	if (!is_right)
		refuse(c, text, "not a lease; get --hold prints ID:LEASE");
	*id = (uint64_t)n;
	*lease_id = (uint64_t)lease;
}

int
qctl_each_lease(struct qctl *c, enum queue_answer (*change)(struct qctl *c, uint64_t id, uint64_t lease_id))
{
	uint64_t id, lease_id;
	int status = QCTL_YES;

	for (size_t i = 0; i < c->operand_count; i++)
		read_lease(c, c->operands[i], &id, &lease_id);
	for (size_t i = 0; i < c->operand_count; i++) {
		read_lease(c, c->operands[i], &id, &lease_id);
		if (qctl_answer(c, change(c, id, lease_id)) == QCTL_YES)
			continue;
		qctl_warn(c, "%s: lease lost: it expired, or the task was done, failed or never put", c->operands[i]);
		status = QCTL_CLOSED;
	}
	return status;
}

char
qctl_delimiter(struct qctl *c)
{
	struct buf b = { 0 };
	int byte;

	if (c->args.null)
		return '\0';
	if (c->args.delimiter == NULL)
		return '\n';
	byte = value_byte(c->args.delimiter);
	if (byte != -1)
		return (char)byte;
	escape_visible(&b, c->args.delimiter, strlen(c->args.delimiter));
	buf_addc(&b, '\0');
	qctl_usage(c->verb, "--delimiter: must be one byte (\\0 means NUL), not '%s'", b.data);
}

int
qctl_state_option(struct qctl *c)
{
	return c->args.state == NULL ? -1 : queue_state_named(c->args.state);
}
