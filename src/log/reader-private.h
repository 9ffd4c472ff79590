/* reader-private: what reader.c and the formats that it reads, reader-NAME.c, share. No other file includes this. */
#ifndef QPOOL_READER_PRIVATE_H
#define QPOOL_READER_PRIVATE_H

#include "base/buf.h"
#include "log/reader.h"

/* What a line is. */
enum log_parsed {
	LOG_SENSELESS, /* not a record; the caller of log_reader_next learns of it and counts it */
	LOG_ROW,
	LOG_NOTHING, /* part of the format, but not a row: the next line is read */
};

struct log_reader {
	FILE *f;    /* borrowed */
	char *line; /* owned; from getline */
	size_t capacity, len;
	uint64_t number;                 /* of line */
	bool whole;                      /* line ended in a newline */
	bool crlf;                       /* lines end in CRLF; len is without either */
	bool again;                      /* line is the first one, and still has to be parsed */
	bool ended;                      /* all lines are read; only last() may have more rows */
	const struct log_format *format; /* NULL: the stream is empty */
	void *own;                       /* the format's; begins() makes it, end() frees it */
	/* Buffers for the formats to use; the reader frees them. */
	struct buf text[LOG_TEXTS], key, value;
};

struct log_format {
	const char *name;
	bool by_end; /* rows are in the order of the ends of their jobs */
	/*
	 * Is r->line the first line of this format? 0: no; 1: yes, and it is a header; 2: yes, and it is for parse()
	 * too; -1 with errno: yes, but this version of it cannot be read.
	 */
	int (*begins)(struct log_reader *r);
	/*
	 * Fills in *row, of which nothing is known yet, from r->line. The texts of the row must last until the next
	 * call.
	 */
	enum log_parsed (*parse)(struct log_reader *r, struct log_row *row);
	/* The next row of those that parse() kept until the end; false: no more. NULL: the format keeps none. */
	bool (*last)(struct log_reader *r, struct log_row *row);
	/* Frees r->own. NULL: r->own is not used. */
	void (*end)(struct log_reader *r);
};

extern const struct log_format log_tsv, log_jsonl, log_joblog, log_ninja, log_trace;

/* reader-jsonl.c: reads the row of one object; a trace has such an object in each of its events. */
enum log_parsed log_jsonl_row(struct log_reader *r, struct log_row *row, const char *text, size_t len);

#endif
