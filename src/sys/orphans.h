/*
 * orphans: reaps processes that became our children when their parent died. They do if this process is PID 1 of a PID
 * namespace, as in a container, or a subreaper (PR_SET_CHILD_SUBREAPER), and would stay zombies.
 *
 * There is one list for the process, as there is one set of children.
 */
#ifndef QPOOL_ORPHANS_H
#define QPOOL_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

/* Registers a child that we started, so that orphans_reap leaves it to the code that waits for it. */
void orphans_exclude(pid_t pid);
/* Ends that, when the child has been reaped. Does nothing for a pid that is not registered. */
void orphans_include(pid_t pid);
/*
 * Reaps all ended children that are not registered; the event loop calls this after SIGCHLD. Returns false if an ended
 * child that is registered may hide others, so that the caller has to try again when that one has been reaped.
 */
bool orphans_reap(void);

#endif
