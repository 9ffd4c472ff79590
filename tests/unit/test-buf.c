/* buf and mem: growing, appending, dropping; memory that is zeroed, counted without overflow, and never NULL. */
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

/* Sanitizers have their own word on a malloc of all memory. */
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
	tap_ok(b.data == NULL && b.capacity == 0, "adding nothing allocates nothing");
	buf_adds(&b, "ab");
	buf_addc(&b, 'c');
	buf_add(&b, "\0d", 2);
	tap_ok(b.len == 5 && memcmp(b.data, "abc\0d", 5) == 0, "bytes, a NUL among them, one behind the other");
	buf_free(&b);
	tap_ok(b.data == NULL && b.len == 0 && b.capacity == 0, "free leaves it empty");
	buf_adds(&b, "again");
	tap_ok(holds(&b, "again"), "and usable");
	buf_free(&b);
}

static void
test_reserve(void)
{
	struct buf b = { 0 };
	char *data;

	buf_reserve(&b, 1000);
	data = b.data;
	tap_ok(b.len == 0 && b.capacity >= 1000, "reserve makes room and no length");
	for (int i = 0; i < 1000; i++)
		buf_addc(&b, (char)i);
	tap_ok(b.data == data && b.len == 1000, "what was reserved is not moved");
	for (int i = 1000; i < 100000; i++)
		buf_addc(&b, (char)i);
	data = b.data;
	for (int i = 0; data != NULL && i < 100000; i++)
		if (data[i] != (char)i)
			data = NULL;
	tap_ok(data != NULL && b.len == 100000 && b.capacity < 2 * b.len,
	    "100,000 single bytes are kept, in less than twice the room");
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
	tap_ok(holds(&b, "7-y"), "addf appends as printf does");
	buf_addf(&b, "%s", "");
	tap_ok(holds(&b, "7-y"), "addf of nothing");
	buf_addf(&b, "%s", longer);
	tap_ok(b.len == 3 + 999 && memcmp(b.data, "7-yxxx", 6) == 0 && b.data[1001] == 'x',
	    "addf of more than fits at first");
	buf_free(&b);
	/* Around the room that addf begins with. */
	for (int n = 120; n < 136; n++) {
		buf_addf(&b, "%.*s", n, longer);
		if (b.len != (size_t)n || memchr(b.data, '\0', b.len) != NULL)
			break;
		buf_free(&b);
	}
	tap_ok(b.data == NULL, "addf of every length around its first room");
	buf_free(&b);
}

static void
test_drop(void)
{
	struct buf b = { 0 };

	buf_drop(&b, 0);
	buf_adds(&b, "abcdef");
	buf_drop(&b, 0);
	tap_ok(holds(&b, "abcdef"), "drop of nothing");
	buf_drop(&b, 2);
	tap_ok(holds(&b, "cdef"), "drop of the first bytes");
	buf_drop(&b, 4);
	tap_ok(b.len == 0 && b.capacity > 0, "drop of all");
	buf_adds(&b, "x");
	tap_ok(holds(&b, "x"), "append after that");
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
	tap_ok(zero, "mem_alloc zeroes");
	tap_ok(memcmp(copy, "a\0b", 4) == 0, "mem_dup puts a NUL behind");
	tap_ok(strcmp(text, "text") == 0 && empty[0] == '\0', "mem_strdup, and mem_dup of nothing");
	tap_ok(nothing != NULL && none != NULL, "no bytes are not NULL");
	text = mem_resize(text, 3, 100);
	tap_ok(strcmp(text, "text") == 0, "mem_resize keeps what was there");
	free(zeroed);
	free(copy);
	free(text);
	free(empty);
	free(nothing);
	free(none);
}

/* Runs `ask` in a child and tells whether it said so and aborted. */
static bool
aborts(void (*ask)(void))
{
	const struct rlimit no_core = { 0, 0 };
	char said[64] = { 0 };
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
	if (read(fd[0], said, sizeof(said) - 1) == -1 || waitpid(pid, &wstatus, 0) == -1)
		return false;
	close(fd[0]);
	return WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGABRT && strcmp(said, "qpool: out of memory\n") == 0;
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

/* The doubling must not come round to 0, which would never be enough. */
static void
ask_half_of_all(void)
{
	struct buf b = { 0 };

	buf_reserve(&b, SIZE_MAX / 2 + 2);
}

/* Nor the sum of what is there and what is wanted, which would seem to be there already. */
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
	tap_ok(aborts(ask_half_of_all), "a buf of more than half of all addresses is out of memory");
	tap_ok(aborts(ask_all_more), "a buf's length and more that overflow are out of memory");
	tap_ok(aborts(ask_overflow), "a count times a size that overflows is out of memory");
	tap_ok(sanitized || aborts(ask_too_much), "no memory: one line, and abort");
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
