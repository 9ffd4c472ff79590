/*
 * orphans: reaps processes that became our children when their parent died, and would otherwise stay zombies. This
 * happens if this process is PID 1 of a PID namespace, as in a container, or a subreaper (PR_SET_CHILD_SUBREAPER).
 *
 * The module keeps one list for the whole process.
 */
#ifndef QPOOL_ORPHANS_H
#define QPOOL_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

/* Registers a child that we started, so that orphans_reap leaves it to the code that waits for it. */
void orphans_exclude(pid_t pid);
/* Removes the child from the list after it was reaped. Does nothing for a pid that is not registered. */
void orphans_include(pid_t pid);
/*
 * Reaps all ended children that are not registered; the event loop calls this after SIGCHLD. Returns false if a
 * registered child that has ended may hide other ended children; the caller must then call this again after it has
 * reaped the registered child.
 */
bool orphans_reap(void);

#endif
