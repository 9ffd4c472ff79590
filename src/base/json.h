/* json: reads one JSON object a member at a time (RFC 8259), as much as a line of a log needs. */
#ifndef QPOOL_JSON_H
#define QPOOL_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct json_object {
	const char *at, *end; /* borrowed text */
	bool first;
};

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_WORD, JSON_NESTED };

/* Starts on text that must be one object; false when it begins otherwise. The text is borrowed. */
bool json_begin(struct json_object *o, const char *text, size_t len);
/*
 * The next member: its key decoded, its value decoded if it is a string and as it stands otherwise. JSON_WORD is true, false or null;
 * an object or array is JSON_NESTED and only its brackets and strings are looked at. 1 a member, 0 the object and the text
 * are over, -1 this is no JSON. A lone surrogate is no JSON either: it stands for no bytes.
 */
int json_next(struct json_object *o, struct buf *key, struct buf *value, enum json_kind *kind);

#endif
