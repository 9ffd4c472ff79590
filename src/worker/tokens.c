/* Invariant: a byte that could not be put where it was to go is where it was. */
#include "worker/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/os.h"

enum { MOST_TOKENS = 1024 }; /* pipes are not made larger for more */

/*
 * A byte that was moved alone takes a whole place in a pipe, of which there are few (16 unless somebody made them more): who writes its token to a
 * pipe without a free place would wait for ever, a make among them. So there must be twice as many as tokens, or else they are copied.
 */
static bool
has_places(const struct held *h, int server_fd, unsigned tokens)
{
	unsigned want = 2 * tokens;

	return tokens > 0 && tokens <= MOST_TOKENS && os_pipe_buffers(h->fd[1], want) >= want &&
	    os_pipe_buffers(server_fd, want) >= want;
}

int
held_open(struct held *h, int server_fd, unsigned tokens)
{
	*h = (struct held){ .fd = { -1, -1 } };
	if (os_pipe(h->fd) == -1)
		return -1;
	h->copies = !has_places(h, server_fd, tokens);
	h->most = h->copies ? PIPE_BUF : 2 * tokens;
	return 0;
}

void
held_close(struct held *h)
{
	for (int i = 0; i < 2; i++)
		if (h->fd[i] != -1)
			close(h->fd[i]);
	*h = (struct held){ .fd = { -1, -1 } };
}

/* It is not this call that can be had here. */
static bool
is_unable(int n)
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
copy_here(struct held *h, int server_fd, bool shared)
{
	unsigned char byte;
	int n = shared ? os_read_byte(server_fd, &byte) : read_byte(server_fd, &byte);

	/* It is empty or has room for `most`. */
	return n == 1 ? write_byte(h->fd[1], byte) : n;
}

int
held_take(struct held *h, int server_fd, bool shared)
{
	int n = -1;

	if (h->count >= h->most) {
		errno = EAGAIN;
		return -1;
	}
	if (!h->copies)
		n = os_move_byte(server_fd, h->fd[1]);
	if (!h->copies && is_unable(n))
		h->copies = true;
	if (h->copies)
		n = copy_here(h, server_fd, shared);
	if (n == 1)
		h->count++;
	return n;
}

static int
copy_back(struct held *h, int server_fd)
{
	unsigned char byte;
	int n = read_byte(h->fd[0], &byte), saved;

	if (n != 1 || (n = write_byte(server_fd, byte)) == 1)
		return n;
	saved = errno;
	write_byte(h->fd[1], byte);
	errno = saved;
	return -1;
}

int
held_put_back(struct held *h, int server_fd)
{
	int n = -1;

	if (!h->copies)
		n = os_move_byte(h->fd[0], server_fd);
	if (!h->copies && is_unable(n))
		h->copies = true;
	if (h->copies)
		n = copy_back(h, server_fd);
	if (n == 1 && h->count > 0)
		h->count--;
	return n;
}

unsigned
held_left(const struct held *h)
{
	int bytes;

	return ioctl(h->fd[0], FIONREAD, &bytes) == -1 || bytes < 0 ? 0 : (unsigned)bytes;
}
