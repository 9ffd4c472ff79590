/*
 * What is in a queue's database. A change here is a new DB_VERSION, and a way from the old one.
 *
 * Invariants: `count` has as many tasks of each state as there are, by the triggers, but for the two changes that are made to many rows at a time and
 * that a trigger for each row would double the cost of: from ready to running, and from running to no more (sqlite_recount). A task that is over for good has no row, or is DONE, FAILED or
 * DEAD. Each index has the rows of one question alone, so that what is over costs nothing.
 */
#include "queue/sqlite/db.h"

/* The numbers are enum queue_state: 0 ready, 1 delayed, 2 running, 3 held, 4 done, 5 failed, 6 dead. */
const char db_schema[] =
    "BEGIN;"
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE task ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " state INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0," /* that were made */
    " until_ns INTEGER,"                    /* of os_boot_ns: delayed, or leased, until then */
    " until_wall_us INTEGER,"               /* delayed: the same, for after a restart of the system */
    " token INTEGER,"                       /* of the lease */
    " pid INTEGER,"                         /* who runs it */
    " key TEXT,"
    " put_wall_us INTEGER NOT NULL,"
    " since_wall_us INTEGER NOT NULL," /* in this state */
    " error TEXT,"
    " bytes BLOB NOT NULL);"
    "CREATE INDEX task_ready ON task (priority DESC, id) WHERE state = 0;"
    "CREATE INDEX task_until ON task (until_ns) WHERE state IN (1, 3);"
    "CREATE INDEX task_running ON task (id) WHERE state = 2;"
    "CREATE INDEX task_kept ON task (since_wall_us) WHERE state IN (4, 5);"
    "CREATE INDEX task_dead ON task (id) WHERE state = 6;"
    "CREATE UNIQUE INDEX task_key ON task (key) WHERE key IS NOT NULL AND state < 4;"
    "CREATE TABLE result ("
    " id INTEGER PRIMARY KEY,"
    " wstatus INTEGER NOT NULL,"
    " end TEXT NOT NULL,"
    " record BLOB NOT NULL,"
    " out BLOB," /* NULL: in a file of the folder results */
    " err BLOB);"
    "CREATE TABLE consumer (id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, slots INTEGER NOT NULL);"
    "CREATE TABLE count (state INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
    "INSERT INTO count VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0);"
    "CREATE TRIGGER task_put AFTER INSERT ON task BEGIN UPDATE count SET n = n + 1 WHERE state = new.state; END;"
    "CREATE TRIGGER task_gone AFTER DELETE ON task WHEN old.state <> 2 BEGIN UPDATE count SET n = n - 1 WHERE state = old.state; END;"
    "CREATE TRIGGER task_moved AFTER UPDATE OF state ON task WHEN old.state <> new.state AND new.state <> 2 BEGIN"
    " UPDATE count SET n = n - 1 WHERE state = old.state;"
    " UPDATE count SET n = n + 1 WHERE state = new.state; END;"
    "INSERT INTO setting VALUES ('closed', 0), ('terminated', 0), ('boot', '');"
    "COMMIT;";
