/*
 * schema: the columns of a record, as tables made from schema.def.
 *
 * Every format, reader and report goes through these tables, so none of them names a column that it treats like its
 * others.
 */
#ifndef QPOOL_LOG_SCHEMA_H
#define QPOOL_LOG_SCHEMA_H

#include <sys/types.h>

#include "base/buf.h"
#include "job/job.h"
#include "log/fields.h"
#include "log/log-job.h"

enum log_type {
	LOG_INDEX,   /* from 1, 64 bits; 0: unknown */
	LOG_NUMBER,  /* from 1, at most INT32_MAX; 0: unknown */
	LOG_TRIES,   /* from 0, at most INT32_MAX; a line without it is not a record */
	LOG_CODE,    /* at most INT32_MAX; 0 is the usual value, and unknown */
	LOG_SECONDS, /* microseconds, written as seconds with 6 decimals; LOG_UNKNOWN */
	LOG_TIME,    /* the same, a point in time; negative before the epoch */
	LOG_AMOUNT,  /* 64 bits; LOG_UNKNOWN */
	LOG_OUTCOME, /* enum outcome, written as its name; a line without it is not a record */
};

/* Who records a column. */
enum log_by { LOG_POOL = 1, LOG_MAKE = 2, LOG_BOTH = LOG_POOL | LOG_MAKE };

/* What a record is made from. */
struct record_source {
	const struct job *job;
	pid_t parent;       /* of the record whose command started the make; 0: unknown */
	const char *target; /* borrowed; NULL: unknown */
};

struct log_column {
	const char *name, *field;
	const char *json; /* ,"name": */
	size_t json_len;
	enum log_type type;
	enum log_by by;
	size_t at; /* in struct log_job */
	int64_t (*of)(const struct record_source *s);
};

/* A column of any bytes. */
struct log_text {
	const char *name;
	const char *json, *json_hex; /* ,"name":" and ","name_hex":" */
	enum log_by by;
	size_t at; /* in struct log_job */
	/* Appends the bytes; false: unknown. */
	bool (*add)(struct buf *b, const struct record_source *s);
};

enum {
#define COLUMN(field, name, type, by, value) LOG_COLUMN_##field,
#include "log/schema.def"
	LOG_COLUMNS,
	LOG_NO_COLUMN = -1
};

enum {
#define TEXT(field, name, by, bytes) LOG_TEXT_##field,
#include "log/schema.def"
	LOG_TEXTS,
	LOG_NO_TEXT = -1
};

extern const struct log_column log_columns[LOG_COLUMNS];
extern const struct log_text log_texts[LOG_TEXTS];
/* A job of which nothing is known. */
extern const struct log_job log_job_unknown;
/* The columns that a line must have to be a record, as bits 1 << column. */
extern const uint64_t log_columns_required;

/*
 * The column with this name. Looks behind `after` first, where columns in their usual order are found at once.
 * LOG_NO_COLUMN: not found.
 */
int log_column_named(struct log_field name, int after);
/* LOG_NO_TEXT: not found. */
int log_text_named(struct log_field name);
/* Stores a value. One that makes no sense is unknown; false: and the column is one that a record must have. */
bool log_column_set(struct log_job *job, int column, struct log_field value);
/* The value in a job; an INDEX as int64_t. */
int64_t log_column_of(const struct log_job *job, int column);
/* The value that means unknown, or for TRIES, CODE and OUTCOME the most usual one. */
int64_t log_column_nothing(int column);
/* Appends a value as tsv has it. */
void log_column_add(struct buf *b, int column, int64_t value);
/* Appends a comma and the member of a JSON object. */
void log_column_add_json(struct buf *b, int column, int64_t value);
/*
 * The same for a text: readable, and if it is not UTF-8 also as a member NAME_hex with the exact bytes as pairs of
 * hexadecimal digits in lower case.
 */
void log_text_add_json(struct buf *b, int text, const char *bytes, size_t len);

#endif
