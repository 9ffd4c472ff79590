/* die: ends this process by the signal that ended its work. */
#ifndef QPOOL_DIE_H
#define QPOOL_DIE_H

/* Kills this process by signal `sig`, without a core dump, so that its parent sees in the wait status what happened. */
_Noreturn void die_of(int sig);

#endif
