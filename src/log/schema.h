/*
 * schema: the columns of a record, in tables made from schema.def.
 *
 * Every format, reader and report uses these tables, so its code names only the columns that need special treatment.
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
	LOG_CODE,    /* at most INT32_MAX; 0 is the usual value, and also represents an unknown value */
	LOG_SECONDS, /* microseconds, written as seconds with 6 decimals; LOG_UNKNOWN */
	LOG_TIME,    /* a point in time, written like LOG_SECONDS; negative before the epoch */
	LOG_AMOUNT,  /* 64 bits; LOG_UNKNOWN */
	LOG_OUTCOME, /* enum outcome, written as its name; a line without it is not a record */
};

/* The programs that record a column: the pool, qpool-sh, or both. */
enum log_by { LOG_POOL = 1, LOG_MAKE = 2, LOG_BOTH = LOG_POOL | LOG_MAKE };

/* The values from which a record is made. */
struct record_source {
	const struct job *job;
	pid_t parent;       /* the pid in the record whose command started the make; 0: unknown */
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

/* A column whose value can be any bytes. */
struct log_text {
	const char *name;
	const char *json, *json_hex; /* ,"name":" and ","name_hex":" */
	enum log_by by;
	size_t at; /* in struct log_job */
	/* Appends the bytes. Returns false if the value is unknown. */
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
/* A job whose values are all unknown. */
extern const struct log_job log_job_unknown;
/* The columns that a line must have to be a record, as bits 1 << column. */
extern const uint64_t log_columns_required;

/*
 * Returns the column with this name, or LOG_NO_COLUMN. Tries the columns that follow `after` first, so that columns in
 * the usual order are found at once.
 */
int log_column_named(struct log_field name, int after);
/* Returns the text column with this name, or LOG_NO_TEXT. */
int log_text_named(struct log_field name);
/*
 * Stores a value in its column of *job. An invalid value is stored as unknown. Returns false if the value is invalid
 * and every record must have this column.
 */
bool log_column_set(struct log_job *job, int column, struct log_field value);
/* Returns the value of a column of *job; an INDEX is converted to int64_t. */
int64_t log_column_of(const struct log_job *job, int column);
/* Returns the value that means unknown. For TRIES, CODE and OUTCOME, returns the most common value. */
int64_t log_column_nothing(int column);
/* Appends a value as it is written in tsv. */
void log_column_add(struct buf *b, int column, int64_t value);
/* Appends a comma, and the column with its value as a member of a JSON object. */
void log_column_add_json(struct buf *b, int column, int64_t value);
/*
 * Appends a text like log_column_add_json: as a readable string and, if the bytes are not UTF-8, also as a member
 * NAME_hex with the exact bytes in lower-case hexadecimal digits.
 */
void log_text_add_json(struct buf *b, int text, const char *bytes, size_t len);

#endif
