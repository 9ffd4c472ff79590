/*
 * The tables of a queue's database. A change here needs a new DB_VERSION, and code that converts a queue of the old
 * one.
 *
 * Invariants: `count` has the number of tasks in each state. Triggers keep it, except for two changes of many rows at
 * once, where a trigger for each row would double the cost: from ready to running, and the removal of running tasks
 * (sqlite_recount). A task that is finished has no row, or is DONE, FAILED or DEAD. Each index has the rows of one
 * question alone, so that finished tasks cost nothing.
 */
#include "queue/sqlite/db.h"

#include "queue/sqlite/states.h"

const char db_schema[] =
    "BEGIN;"
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE task ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " state INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0," /* made so far */
    " until_ns INTEGER,"                    /* of os_boot_ns: end of the delay or lease */
    " until_wall_us INTEGER,"               /* end of the delay, for after a restart of the system */
    " token INTEGER,"                       /* the lease id */
    " pid INTEGER,"                         /* of the pool that runs it */
    " key TEXT,"
    " put_wall_us INTEGER NOT NULL,"
    " since_wall_us INTEGER NOT NULL," /* when it entered its state */
    " error TEXT,"
    " bytes BLOB NOT NULL);"
    "CREATE INDEX task_ready ON task (priority DESC, id) WHERE state = " READY ";"
    "CREATE INDEX task_until ON task (until_ns) WHERE " IS_TIMED ";"
    "CREATE INDEX task_running ON task (id) WHERE state = " RUNNING ";"
    "CREATE INDEX task_kept ON task (since_wall_us) WHERE " IS_KEPT ";"
    "CREATE INDEX task_dead ON task (id) WHERE state = " DEAD ";"
    "CREATE UNIQUE INDEX task_key ON task (key) WHERE " HAS_UNFINISHED_KEY ";"
    "CREATE TABLE result ("
    " id INTEGER PRIMARY KEY,"
    " wstatus INTEGER NOT NULL,"
    " end TEXT NOT NULL," /* the name of its outcome */
    " record BLOB NOT NULL,"
    " out BLOB," /* NULL: in a file in the directory results */
    " err BLOB);"
    "CREATE TABLE consumer (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, slots INTEGER NOT NULL);"
    "CREATE TABLE count (state INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
    "INSERT INTO count VALUES (" READY ", 0), (" DELAYED ", 0), (" RUNNING ", 0), (" LEASED ", 0), (" DONE
    ", 0), (" FAILED ", 0), (" DEAD ", 0);"
    "CREATE TRIGGER task_put AFTER INSERT ON task BEGIN"
    " UPDATE count SET n = n + 1 WHERE state = new.state; END;"
    "CREATE TRIGGER task_gone AFTER DELETE ON task WHEN old.state <> " RUNNING " BEGIN"
    " UPDATE count SET n = n - 1 WHERE state = old.state; END;"
    "CREATE TRIGGER task_moved AFTER UPDATE OF state ON task"
    " WHEN old.state <> new.state AND new.state <> " RUNNING " BEGIN"
    " UPDATE count SET n = n - 1 WHERE state = old.state;"
    " UPDATE count SET n = n + 1 WHERE state = new.state; END;"
    "INSERT INTO setting VALUES ('closed', 0), ('terminated', 0), ('boot', '');"
    "COMMIT;";
