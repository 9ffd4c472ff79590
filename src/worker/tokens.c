/* Invariant: if a move fails, the byte stays where it was. */
#include "worker/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/os.h"

enum { MOST_TOKENS = 1024 }; /* for more, pipes are not enlarged */

/*
 * A byte that was moved alone occupies a whole buffer of a pipe, of which there are few (16 by default). A process that
 * writes its token to a pipe without a free buffer, make among them, would block without end. So there must be twice as
 * many buffers as tokens; otherwise tokens are copied.
 */
static bool
has_buffers(const struct tokens *t, int server_fd, unsigned tokens)
{
	unsigned want = 2 * tokens;

	return tokens > 0 && tokens <= MOST_TOKENS && os_pipe_buffers(t->fd[1], want) >= want &&
	    os_pipe_buffers(server_fd, want) >= want;
}

int
tokens_open(struct tokens *t, int server_fd, unsigned tokens)
{
	*t = (struct tokens){ .fd = { -1, -1 } };
	if (os_pipe(t->fd) == -1)
		return -1;
	t->copies = !has_buffers(t, server_fd, tokens);
	t->most = t->copies ? PIPE_BUF : 2 * tokens;
	return 0;
}

void
tokens_close(struct tokens *t)
{
	for (int i = 0; i < 2; i++)
		if (t->fd[i] != -1)
			close(t->fd[i]);
	*t = (struct tokens){ .fd = { -1, -1 } };
}

/* This system lacks the call, for these files at least. */
static bool
is_unsupported(int n)
{
	return n == -1 && (errno == EINVAL || errno == ENOSYS || errno == EPERM);
}

static int
read_byte(int fd, unsigned char *byte)
{
	int n;

	while ((n = (int)read(fd, byte, 1)) == -1 && errno == EINTR)
		continue;
	return n;
}

static int
write_byte(int fd, unsigned char byte)
{
	int n;

	while ((n = (int)write(fd, &byte, 1)) == -1 && errno == EINTR)
		continue;
	return n;
}

static int
copy_here(struct tokens *t, int server_fd, bool shared)
{
	unsigned char byte;
	int n = shared ? os_read_byte(server_fd, &byte) : read_byte(server_fd, &byte);

	/* Our pipe has space for `most`. */
	return n == 1 ? write_byte(t->fd[1], byte) : n;
}

int
tokens_acquire(struct tokens *t, int server_fd, bool shared)
{
	int n = -1;

	if (t->count >= t->most) {
		errno = EAGAIN;
		return -1;
	}
	if (!t->copies)
		n = os_move_byte(server_fd, t->fd[1]);
	if (!t->copies && is_unsupported(n))
		t->copies = true;
	if (t->copies)
		n = copy_here(t, server_fd, shared);
	if (n == 1)
		t->count++;
	return n;
}

static int
copy_back(struct tokens *t, int server_fd)
{
	unsigned char byte;
	int n = read_byte(t->fd[0], &byte), saved;

	if (n != 1 || (n = write_byte(server_fd, byte)) == 1)
		return n;
	saved = errno;
	write_byte(t->fd[1], byte);
	errno = saved;
	return -1;
}

int
tokens_release(struct tokens *t, int server_fd)
{
	int n = -1;

	if (!t->copies)
		n = os_move_byte(t->fd[0], server_fd);
	if (!t->copies && is_unsupported(n))
		t->copies = true;
	if (t->copies)
		n = copy_back(t, server_fd);
	if (n == 1 && t->count > 0)
		t->count--;
	return n;
}

unsigned
tokens_count(const struct tokens *t)
{
	int bytes;

	return ioctl(t->fd[0], FIONREAD, &bytes) == -1 || bytes < 0 ? 0 : (unsigned)bytes;
}
