/* reader-private: the types that reader.c and the formats, reader-NAME.c, share. No other file includes this header. */
#ifndef QPOOL_READER_PRIVATE_H
#define QPOOL_READER_PRIVATE_H

#include "base/buf.h"
#include "log/reader.h"

/* The result of parsing a line. */
enum log_parsed {
	LOG_SENSELESS, /* not a record; log_reader_next returns 0 for it */
	LOG_ROW,
	LOG_NOTHING, /* part of the format, but not a row; the reader goes on to the next line */
};

struct log_reader {
	FILE *f;    /* borrowed */
	char *line; /* owned; from getline */
	size_t capacity, len;
	uint64_t number;                 /* number of `line` in the file */
	bool whole;                      /* `line` ended in a newline */
	bool crlf;                       /* lines end in CRLF; `len` counts neither byte */
	bool again;                      /* `line` is the first line, and must still be parsed */
	bool ended;                      /* all lines were read; only last() can return more rows */
	const struct log_format *format; /* NULL: the stream is empty */
	void *own;                       /* private to the format: begins() creates it, end() frees it */
	/* Buffers for the formats to use; the reader frees them. */
	struct buf text[LOG_TEXTS], key, value;
};

struct log_format {
	const char *name;
	bool by_end; /* the rows are in the order in which the jobs ended */
	/*
	 * Is r->line the first line of a file in this format? Returns 0 if not; 1 if it is a header; 2 if parse() must
	 * read the line too; -1 with errno if this version of the format is not supported.
	 */
	int (*begins)(struct log_reader *r);
	/*
	 * Fills in *row, in which everything is unknown, from r->line. The texts of the row must stay valid until the
	 * next call.
	 */
	enum log_parsed (*parse)(struct log_reader *r, struct log_row *row);
	/*
	 * Stores the next of the rows that parse() kept until the end. Returns false if no more rows are left. NULL:
	 * the format keeps no rows.
	 */
	bool (*last)(struct log_reader *r, struct log_row *row);
	/* Frees r->own. NULL: r->own is not used. */
	void (*end)(struct log_reader *r);
};

extern const struct log_format log_tsv, log_jsonl, log_joblog, log_ninja, log_trace;

/* Defined in reader-jsonl.c: parses one JSON object into *row. Each event of a trace contains such an object. */
enum log_parsed log_jsonl_row(struct log_reader *r, struct log_row *row, const char *text, size_t len);

#endif
