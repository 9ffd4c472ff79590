/* os-guarded: reads from a shared pipe without blocking, by means of poll(2) and a timer. */
#ifndef QPOOL_OS_GUARDED_H
#define QPOOL_OS_GUARDED_H

/*
 * Implements os_read_byte (os.h) where the system has no better way: polls, reads, and interrupts the read by SIGALRM
 * if another reader took the byte after the poll. Uses ITIMER_REAL, and restores the action of SIGALRM.
 */
int os_guarded_read(int fd, unsigned char *byte);

#endif
