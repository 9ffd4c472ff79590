/*
 * A jobserver for tests.
 *
 * tokens serve fifo|pipe BYTES COMMAND [ARG ...]: puts these bytes into a jobserver and runs the command with a
 * MAKEFLAGS that names it (--jobserver-auth, followed by $MORE). Then waits until all bytes are back, at most
 * $PATIENCE seconds (default: 10), and writes those that are back to the file "tokens". Exits with the status of the
 * command.
 *
 * tokens fill FILE: prints the number of bytes in this pipe.
 *
 * tokens take FILE: takes one byte, prints "taken", and returns the byte when standard input is closed. Then prints the
 * time of the return, in seconds since the epoch.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
open_pipe(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		err(1, "%s", path);
	return fd;
}

static int
bytes_in(int fd)
{
	int count;

	if (ioctl(fd, FIONREAD, &count) == -1)
		err(1, "FIONREAD");
	return count;
}

static void
set_makeflags(size_t jobs, const char *auth)
{
	const char *more = getenv("MORE");
	char text[4096];

	snprintf(text, sizeof(text), " -j%zu --jobserver-auth=%s%s", jobs, auth, more != NULL ? more : "");
	setenv("MAKEFLAGS", text, 1);
	setenv("MAKELEVEL", "1", 1);
}

static int
serve(const char *style, const char *bytes, char **command)
{
	size_t count = strlen(bytes);
	const char *patience = getenv("PATIENCE");
	char auth[4096], back[4096];
	int fd[2], status, file;
	ssize_t got;
	pid_t pid;

	if (strcmp(style, "fifo") == 0) {
		char *here = getcwd(NULL, 0);

		snprintf(auth, sizeof(auth), "fifo:%s/server", here);
		free(here);
		unlink("server");
		if (mkfifo("server", 0600) == -1)
			err(1, "server");
		fd[0] = fd[1] = open_pipe("server");
	} else {
		if (pipe(fd) == -1)
			err(1, "pipe");
		snprintf(auth, sizeof(auth), "%d,%d", fd[0], fd[1]);
	}
	if (write(fd[1], bytes, count) != (ssize_t)count)
		err(1, "write");
	set_makeflags(count + 1, auth);
	pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		err(127, "%s", command[0]);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		err(1, "fork");
	for (int tries = 100 * (patience != NULL ? atoi(patience) : 10); tries > 0 && bytes_in(fd[0]) < (int)count;
	     tries--)
		usleep(10000);
	got = bytes_in(fd[0]) > 0 ? read(fd[0], back, sizeof(back)) : 0;
	file = open("tokens", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (file == -1 || write(file, back, (size_t)got) != got)
		err(1, "tokens");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	struct timespec now;
	char byte;

	if (argc > 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3], argv + 4);
	if (argc == 3 && strcmp(argv[1], "fill") == 0) {
		printf("%d\n", bytes_in(open_pipe(argv[2])));
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "take") == 0) {
		int fd = open_pipe(argv[2]);

		if (read(fd, &byte, 1) != 1)
			err(1, "read");
		puts("taken");
		fflush(stdout);
		while (getchar() != EOF)
			continue;
		clock_gettime(CLOCK_REALTIME, &now);
		printf("%lld.%06ld\n", (long long)now.tv_sec, now.tv_nsec / 1000);
		return write(fd, &byte, 1) != 1;
	}
	errx(2, "usage");
}
