/* json: reads one JSON object member by member (RFC 8259), with only the checks that a line of a log needs. */
#ifndef QPOOL_JSON_H
#define QPOOL_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The state of the reader. The fields belong to json.c. */
struct json_object {
	const char *at, *end; /* the text that is left; borrowed */
	bool first;           /* no member has been read yet */
};

enum json_kind {
	JSON_STRING,
	JSON_NUMBER, /* only its characters are checked, not their order */
	JSON_WORD,   /* true, false or null */
	JSON_NESTED, /* an object or an array; only brackets and strings are checked */
};

/* Starts to read `text`, which must outlive `o`. Returns false if it does not begin with an object. */
bool json_begin(struct json_object *o, const char *text, size_t len);
/*
 * Reads the next member. Replaces the contents of `key` with the decoded key, and the contents of `value` with the
 * value: a string is decoded, any other value is copied as text. Returns 1 for a member, 0 at the end of the object if
 * nothing follows it, or -1 if the text is not valid JSON. A lone surrogate is also an error, because UTF-8 cannot
 * encode it.
 */
int json_next(struct json_object *o, struct buf *key, struct buf *value, enum json_kind *kind);

#endif
