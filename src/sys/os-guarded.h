/* os-guarded: a read from a shared pipe that does not block, made from poll(2) and a timer. */
#ifndef QPOOL_OS_GUARDED_H
#define QPOOL_OS_GUARDED_H

/*
 * os_read_byte (os.h) for systems and files without a better way: polls, reads, and interrupts the read by SIGALRM if
 * another reader took the byte in between. Uses ITIMER_REAL, and restores the action of SIGALRM.
 */
int os_guarded_read(int fd, unsigned char *byte);

#endif
