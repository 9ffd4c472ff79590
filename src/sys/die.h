/* die: the end of a program whose work was ended by a signal. */
#ifndef QPOOL_DIE_H
#define QPOOL_DIE_H

/* Dies of that signal, without a core dump of our own, so that whoever waits for us sees what happened. */
_Noreturn void die_of(int sig);

#endif
