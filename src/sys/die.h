/* die: ends this process by a signal. */
#ifndef QPOOL_DIE_H
#define QPOOL_DIE_H

/* Kills this process by signal `sig`, without a core dump, so that the parent sees the signal in the wait status. */
_Noreturn void die_of(int sig);

#endif
