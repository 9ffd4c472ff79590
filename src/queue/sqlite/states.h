/*
 * sqlite/states: defines the numbers of the states in the database, once for both C and SQL. The numbers are part of
 * the format, so a change needs a new DB_VERSION.
 *
 * A statement concatenates these texts, as in "... WHERE state = " READY.
 */
#ifndef QPOOL_SQLITE_STATES_H
#define QPOOL_SQLITE_STATES_H

#include "queue/task.h"

#define STATE_READY 0
#define STATE_DELAYED 1
#define STATE_RUNNING 2
#define STATE_LEASED 3
#define STATE_DONE 4
#define STATE_FAILED 5
#define STATE_DEAD 6

_Static_assert(STATE_READY == QUEUE_READY && STATE_DELAYED == QUEUE_DELAYED && STATE_RUNNING == QUEUE_RUNNING &&
	STATE_LEASED == QUEUE_LEASED && STATE_DONE == QUEUE_DONE && STATE_FAILED == QUEUE_FAILED &&
	STATE_DEAD == QUEUE_DEAD && QUEUE_STATES == 7,
    "enum queue_state has the numbers of the database");

#define SQL_TEXT_OF(number) #number
#define SQL_TEXT(number) SQL_TEXT_OF(number)

#define READY SQL_TEXT(STATE_READY)
#define DELAYED SQL_TEXT(STATE_DELAYED)
#define RUNNING SQL_TEXT(STATE_RUNNING)
#define LEASED SQL_TEXT(STATE_LEASED)
#define DONE SQL_TEXT(STATE_DONE)
#define FAILED SQL_TEXT(STATE_FAILED)
#define DEAD SQL_TEXT(STATE_DEAD)

/*
 * The conditions of the partial indexes. SQLite uses a partial index only for a statement that contains the same
 * condition.
 */
#define IS_TIMED "state IN (" DELAYED ", " LEASED ")"
#define IS_KEPT "state IN (" DONE ", " FAILED ")"
#define HAS_UNFINISHED_KEY "key IS NOT NULL AND state < " DONE

#endif
