/*
 * half-written LOG: appends one record with one write(2) that stops in the middle, like the write of a process that
 * is not scheduled: the first half is in the file, and the file system's lock is taken. Creates the file "half" then,
 * and completes the record when a line is written to the FIFO "finish". Exits 77 if userfaultfd(2) is not available.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096 };

static const char begin[] = "{\"try\":1,\"pid\":1,\"command\":\"", end[] = "\"}\n";

static int log_fd;
static struct iovec parts[2];

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void *
write_record(void *unused)
{
	must(writev(log_fd, parts, 2) == (ssize_t)(parts[0].iov_len + parts[1].iov_len), "writev");
	return unused;
}

/* Makes the page missing until we provide it. The write stops at its page fault. Returns the userfaultfd. */
static int
missing_page(char *page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { .start = (unsigned long)page, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd == -1)
		exit(77);
	must(ioctl(fd, UFFDIO_API, &api) == 0, "UFFDIO_API");
	must(ioctl(fd, UFFDIO_REGISTER, &range) == 0, "UFFDIO_REGISTER");
	return fd;
}

int
main(int argc, char **argv)
{
	static char first[2 * PAGE], rest[PAGE];
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), line;
	struct uffdio_copy copy = { .dst = (unsigned long)page, .src = (unsigned long)rest, .len = PAGE };
	struct uffd_msg fault;
	struct stat st;
	pthread_t writer;
	int faults, finish;

	must(argc == 2 && page != MAP_FAILED, "half-written LOG");
	must((log_fd = open(argv[1], O_WRONLY | O_APPEND)) != -1 && fstat(log_fd, &st) == 0, argv[1]);
	/* The first part ends at a page boundary of the file, because some kernels write whole pages at once. */
	memset(first, 'x', sizeof first);
	memcpy(first, begin, sizeof begin - 1);
	memcpy(rest, end, sizeof end - 1);
	parts[0] = (struct iovec){ first, (size_t)(2 * PAGE - st.st_size % PAGE) };
	parts[1] = (struct iovec){ page, sizeof end - 1 };
	faults = missing_page(page);
	must(pthread_create(&writer, NULL, write_record, NULL) == 0, "pthread_create");
	must(read(faults, &fault, sizeof fault) == (ssize_t)sizeof fault, "userfaultfd");
	must(close(open("half", O_WRONLY | O_CREAT, 0666)) == 0, "half");
	must((finish = open("finish", O_RDONLY)) != -1 && read(finish, &line, 1) == 1, "finish");
	must(ioctl(faults, UFFDIO_COPY, &copy) == 0, "UFFDIO_COPY");
	return pthread_join(writer, NULL);
}
