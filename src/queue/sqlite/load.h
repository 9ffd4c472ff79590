/*
 * sqlite/load: loads SQLite when the first queue directory is opened. A pool whose tasks are lines does not load SQLite
 * and starts sooner: loading takes 0.3 ms, and a whole pool with one short job takes 2.5 ms.
 *
 * The names of SQLite's functions are macros for pointers that sqlite_load sets, as in <sqlite3ext.h>.
 */
#ifndef QPOOL_SQLITE_LOAD_H
#define QPOOL_SQLITE_LOAD_H

#include <sqlite3.h>
#include <stddef.h>

#define SQLITE_FUNCTIONS(F)                                                                                            \
	F(bind_blob64)                                                                                                 \
	F(bind_int)                                                                                                    \
	F(bind_int64)                                                                                                  \
	F(bind_null)                                                                                                   \
	F(bind_text)                                                                                                   \
	F(busy_handler)                                                                                                \
	F(busy_timeout)                                                                                                \
	F(changes)                                                                                                     \
	F(clear_bindings)                                                                                              \
	F(close)                                                                                                       \
	F(column_blob)                                                                                                 \
	F(column_bytes)                                                                                                \
	F(column_int)                                                                                                  \
	F(column_int64)                                                                                                \
	F(column_text)                                                                                                 \
	F(column_type)                                                                                                 \
	F(config)                                                                                                      \
	F(db_config)                                                                                                   \
	F(errmsg)                                                                                                      \
	F(exec)                                                                                                        \
	F(extended_errcode)                                                                                            \
	F(extended_result_codes)                                                                                       \
	F(finalize)                                                                                                    \
	F(get_autocommit)                                                                                              \
	F(last_insert_rowid)                                                                                           \
	F(libversion_number)                                                                                           \
	F(open_v2)                                                                                                     \
	F(prepare_v2)                                                                                                  \
	F(prepare_v3)                                                                                                  \
	F(reset)                                                                                                       \
	F(step)                                                                                                        \
	F(system_errno)                                                                                                \
	F(vfs_find)                                                                                                    \
	F(vfs_register)                                                                                                \
	F(wal_checkpoint_v2)                                                                                           \
	F(wal_hook)

extern struct sqlite {
#define F(name) __typeof__(&sqlite3_##name) name;
	SQLITE_FUNCTIONS(F)
#undef F
} sqlite;

/*
 * Loads SQLite unless it is loaded already. Returns NULL on success, or a static string with the reason why SQLite
 * cannot be loaded.
 */
const char *sqlite_load(void);

#define sqlite3_bind_blob64 sqlite.bind_blob64
#define sqlite3_bind_int sqlite.bind_int
#define sqlite3_bind_int64 sqlite.bind_int64
#define sqlite3_bind_null sqlite.bind_null
#define sqlite3_bind_text sqlite.bind_text
#define sqlite3_busy_handler sqlite.busy_handler
#define sqlite3_busy_timeout sqlite.busy_timeout
#define sqlite3_changes sqlite.changes
#define sqlite3_clear_bindings sqlite.clear_bindings
#define sqlite3_close sqlite.close
#define sqlite3_column_blob sqlite.column_blob
#define sqlite3_column_bytes sqlite.column_bytes
#define sqlite3_column_int sqlite.column_int
#define sqlite3_column_int64 sqlite.column_int64
#define sqlite3_column_text sqlite.column_text
#define sqlite3_column_type sqlite.column_type
#define sqlite3_config sqlite.config
#define sqlite3_db_config sqlite.db_config
#define sqlite3_errmsg sqlite.errmsg
#define sqlite3_exec sqlite.exec
#define sqlite3_extended_errcode sqlite.extended_errcode
#define sqlite3_extended_result_codes sqlite.extended_result_codes
#define sqlite3_finalize sqlite.finalize
#define sqlite3_get_autocommit sqlite.get_autocommit
#define sqlite3_last_insert_rowid sqlite.last_insert_rowid
#define sqlite3_libversion_number sqlite.libversion_number
#define sqlite3_open_v2 sqlite.open_v2
#define sqlite3_prepare_v2 sqlite.prepare_v2
#define sqlite3_prepare_v3 sqlite.prepare_v3
#define sqlite3_reset sqlite.reset
#define sqlite3_step sqlite.step
#define sqlite3_system_errno sqlite.system_errno
#define sqlite3_vfs_find sqlite.vfs_find
#define sqlite3_vfs_register sqlite.vfs_register
#define sqlite3_wal_checkpoint_v2 sqlite.wal_checkpoint_v2
#define sqlite3_wal_hook sqlite.wal_hook

#endif
