/* log-private: how log-reader and the files of its formats, log-NAME.c, work together. Nobody else includes this. */
#ifndef QPOOL_LOG_PRIVATE_H
#define QPOOL_LOG_PRIVATE_H

#include "base/buf.h"
#include "log/reader.h"

/* A part of a line; borrowed. */
struct log_field {
	const char *text;
	size_t len;
};

/* What a line turned out to be. */
enum log_parsed {
	LOG_SENSELESS, /* told to who reads, who counts it */
	LOG_ROW,
	LOG_NOTHING, /* part of the format, but no row: the next line is looked at */
};

struct log_reader {
	FILE *f;    /* borrowed */
	char *line; /* owned, by getline */
	size_t room, len;
	uint64_t number;                        /* of line */
	bool whole;                             /* line ended in a newline */
	bool held;                              /* line is not given out yet */
	bool over;                              /* the lines are; only last() may have rows */
	const struct log_format *format;        /* NULL: the stream is empty */
	void *own;                              /* the format's; begins() makes it, end() frees it */
	struct buf command, target, key, value; /* for the formats to use; the reader frees them */
};

struct log_format {
	const char *name;
	/* Is r->line the first line of one? 0: no; 1: yes, and it is only a header; 2: yes, and parse() shall see it; -1 with errno: yes, but it cannot be read. */
	int (*begins)(struct log_reader *r);
	/* Fills in *row, which is all unknown, from r->line. What row->command and row->target point to must last until the next call. */
	enum log_parsed (*parse)(struct log_reader *r, struct log_row *row);
	/* A row that was kept until all lines were read; false: no more. NULL: this format keeps none. */
	bool (*last)(struct log_reader *r, struct log_row *row);
	/* Frees r->own. NULL: there is none. */
	void (*end)(struct log_reader *r);
};

extern const struct log_format log_tsv, log_jsonl, log_joblog, log_ninja, log_trace;

/* log-jsonl.c: the row of one object, which a trace has within its own. */
enum log_parsed log_jsonl_row(struct log_reader *r, struct log_row *row, const char *text, size_t len);

/* log-field.c: what the formats share. */

bool log_field_is(struct log_field f, const char *text);
/* The field up to the next tab or the end of the line, and steps over that. *at is NULL behind the last field. */
struct log_field log_field_next(const char **at, const char *end);
/* Digits only, or with a minus in front: the number. false: something else, or too large. */
bool log_field_number(struct log_field f, int64_t *n);
/* The number, if it is one and is not negative; else LOG_UNKNOWN. */
int64_t log_field_count(struct log_field f);
/* The number if it is one of 1 to INT32_MAX, else 0. */
int log_field_small(struct log_field f);
/* Seconds with any decimals, blanks in front, as microseconds, cut off; LOG_UNKNOWN: no such number. */
int64_t log_field_seconds(struct log_field f);
/* Fills in outcome and left from a record's words; false: they are none. */
bool log_field_end(struct log_row *row, struct log_field end, struct log_field left);
/* Both point the row to a text; false: there is a NUL in it. */
bool log_field_command(struct log_row *row, const char *text, size_t len);
bool log_field_target(struct log_row *row, const char *text, size_t len);

/* The columns of a record (qpool-record(5)) that are numbers, but `left`. */
enum { LOG_NO_COLUMN = -1 };
/* A column by its name; looked for behind `after` first, where it mostly is. LOG_NO_COLUMN: there is none, or it is no number. */
int log_column_named(struct log_field name, int after);
/* What makes no sense is unknown. */
void log_column_set(struct log_row *row, int column, struct log_field value);

#endif
