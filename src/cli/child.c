/* SPDX-License-Identifier: MIT */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/reap.h"

#define READ_BYTES 4096

extern char **environ;

int child_exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 128;
	return child_exit_code(status);
}

static int spawn(char *const argv[], int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int                        os = posix_spawn_file_actions_init(&actions);

	if (os)
		return -1;
	os = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!os)
		os = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
						      O_WRONLY, 0);
	if (!os)
		os = posix_spawn(ret, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* never fails */
	return os ? -1 : 0;
}

/* False at the end, after an error, or past the deadline. */
static bool read_more(int fd, int64_t deadline, struct buf *out)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int           ms = clock_poll_ms(deadline);
	ssize_t       n;

	if (ms == 0 || buf_reserve(out, READ_BYTES) < 0)
		return false;
	n = poll(&p, 1, ms);
	if (n <= 0) /* at the deadline the next look ends it */
		return n == 0 || errno == EINTR;
	n = read(fd, out->data + out->len, READ_BYTES);
	if (n < 0)
		return errno == EINTR;
	out->len += (size_t)n;
	return n > 0;
}

int child_output(char *const argv[], int64_t deadline, struct buf *out)
{
	int   fds[2], got, status;
	pid_t pid;
	bool  late;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return CHILD_FAILED;
	got = spawn(argv, fds[1], &pid);
	(void)close(fds[1]); /* a pipe of our own */
	while (got == 0 && read_more(fds[0], deadline, out))
		;
	late = clock_monotonic_ns() >= deadline; /* something of it may still hold the pipe */
	(void)close(fds[0]);                     /* as above */
	if (got < 0)
		return CHILD_MISSING;
	if (!reap_until(pid, deadline, &status)) {
		reap_kill(pid);
		return CHILD_LATE;
	}
	if (late)
		return CHILD_LATE;
	return status == 0 ? 0 : CHILD_FAILED;
}
