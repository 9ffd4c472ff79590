/* buf and mem: growing, appending and dropping bytes; memory is zeroed, sizes do not overflow, and nothing is NULL. */
#include "base/buf.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tap.h"

/* Sanitizers report a malloc of all memory themselves. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||               \
    __has_feature(thread_sanitizer)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static bool
holds(const struct buf *b, const char *want)
{
	return b->len == strlen(want) && b->len <= b->capacity && (b->len == 0 || memcmp(b->data, want, b->len) == 0);
}

static void
test_append(void)
{
	struct buf b = { 0 };

	buf_add(&b, NULL, 0);
	tap_ok(b.data == NULL && b.capacity == 0, "buf: adding nothing allocates nothing");
	buf_adds(&b, "ab");
	buf_addc(&b, 'c');
	buf_add(&b, "\0d", 2);
	tap_ok(b.len == 5 && memcmp(b.data, "abc\0d", 5) == 0, "buf: bytes are appended, a NUL included");
	buf_free(&b);
	tap_ok(b.data == NULL && b.len == 0 && b.capacity == 0, "buf: freeing leaves it empty");
	buf_adds(&b, "again");
	tap_ok(holds(&b, "again"), "buf: after freeing it can be used again");
	buf_free(&b);
}

static void
test_reserve(void)
{
	struct buf b = { 0 };
	char *data;

	buf_reserve(&b, 1000);
	data = b.data;
	tap_ok(b.len == 0 && b.capacity >= 1000, "buf: reserving changes the capacity, not the length");
	for (int i = 0; i < 1000; i++)
		buf_addc(&b, (char)i);
	tap_ok(b.data == data && b.len == 1000, "buf: reserved bytes are not moved");
	for (int i = 1000; i < 100000; i++)
		buf_addc(&b, (char)i);
	data = b.data;
	for (int i = 0; data != NULL && i < 100000; i++)
		if (data[i] != (char)i)
			data = NULL;
	tap_ok(data != NULL && b.len == 100000 && b.capacity < 2 * b.len,
	    "buf: 100,000 single bytes take less than twice their size");
	buf_free(&b);
}

static void
test_format(void)
{
	struct buf b = { 0 };
	char longer[1000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	buf_addf(&b, "%d-%s", 7, "y");
	tap_ok(holds(&b, "7-y"), "buf: format: appends what printf prints");
	buf_addf(&b, "%s", "");
	tap_ok(holds(&b, "7-y"), "buf: format: an empty text");
	buf_addf(&b, "%s", longer);
	tap_ok(b.len == 3 + 999 && memcmp(b.data, "7-yxxx", 6) == 0 && b.data[1001] == 'x',
	    "buf: format: a text longer than the reserved space");
	buf_free(&b);
	/* Around the space that buf_addf reserves at first. */
	for (int n = 120; n < 136; n++) {
		buf_addf(&b, "%.*s", n, longer);
		if (b.len != (size_t)n || memchr(b.data, '\0', b.len) != NULL)
			break;
		buf_free(&b);
	}
	tap_ok(b.data == NULL, "buf: format: every length around the reserved space");
	buf_free(&b);
}

static void
test_drop(void)
{
	struct buf b = { 0 };

	buf_drop(&b, 0);
	buf_adds(&b, "abcdef");
	buf_drop(&b, 0);
	tap_ok(holds(&b, "abcdef"), "buf: dropping nothing");
	buf_drop(&b, 2);
	tap_ok(holds(&b, "cdef"), "buf: dropping the first bytes");
	buf_drop(&b, 4);
	tap_ok(b.len == 0 && b.capacity > 0, "buf: dropping everything keeps the capacity");
	buf_adds(&b, "x");
	tap_ok(holds(&b, "x"), "buf: appending after that");
	buf_free(&b);
}

static void
test_mem(void)
{
	char *zeroed = mem_alloc(100), *copy = mem_dup("a\0b", 3), *text = mem_strdup("text"),
	     *empty = mem_dup(NULL, 0);
	void *nothing = mem_alloc(0), *none = mem_resize(NULL, 0, 8);
	bool zero = true;

	for (int i = 0; i < 100; i++)
		zero = zero && zeroed[i] == 0;
	tap_ok(zero, "mem: mem_alloc returns zeroed memory");
	tap_ok(memcmp(copy, "a\0b", 4) == 0, "mem: mem_dup appends a NUL");
	tap_ok(strcmp(text, "text") == 0 && empty[0] == '\0', "mem: mem_strdup, and mem_dup of nothing");
	tap_ok(nothing != NULL && none != NULL, "mem: a size of 0 does not return NULL");
	text = mem_resize(text, 3, 100);
	tap_ok(strcmp(text, "text") == 0, "mem: mem_resize keeps the contents");
	free(zeroed);
	free(copy);
	free(text);
	free(empty);
	free(nothing);
	free(none);
}

/* Runs `ask` in a child. Did it print the message and abort? */
static bool
aborts(void (*ask)(void))
{
	const struct rlimit no_core = { 0, 0 };
	char got[64] = { 0 };
	int fd[2], wstatus;
	pid_t pid;

	if (pipe(fd) == -1 || (pid = fork()) == -1)
		return false;
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(fd[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		alarm(10);
		ask();
		_exit(0);
	}
	close(fd[1]);
	if (read(fd[0], got, sizeof(got) - 1) == -1 || waitpid(pid, &wstatus, 0) == -1)
		return false;
	close(fd[0]);
	return WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGABRT && strcmp(got, "qpool: out of memory\n") == 0;
}

static void
ask_overflow(void)
{
	free(mem_resize(NULL, SIZE_MAX / 4, 8));
}

static void
ask_too_much(void)
{
	free(mem_resize(NULL, SIZE_MAX / 4, 1));
}

/* The doubling must not overflow to 0, which would never be enough. */
static void
ask_half_of_all(void)
{
	struct buf b = { 0 };

	buf_reserve(&b, SIZE_MAX / 2 + 2);
}

/* The sum of length and request must not overflow, because then it would seem to be available. */
static void
ask_all_more(void)
{
	struct buf b = { 0 };

	buf_adds(&b, "ab");
	buf_reserve(&b, SIZE_MAX - 1);
}

static void
test_out_of_memory(void)
{
	tap_ok(aborts(ask_half_of_all), "buf: more than half of the address space is out of memory");
	tap_ok(aborts(ask_all_more), "buf: a sum of sizes that overflows is out of memory");
	tap_ok(aborts(ask_overflow), "mem: a product of sizes that overflows is out of memory");
	tap_ok(sanitized || aborts(ask_too_much), "mem: out of memory prints one line and aborts");
}

int
main(void)
{
	test_append();
	test_reserve();
	test_format();
	test_drop();
	test_mem();
	test_out_of_memory();
	return tap_done();
}
