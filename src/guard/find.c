/* SPDX-License-Identifier: MIT */
/*
 * Guards of other agents, or of this one before: what is left of them, and their socket. One that
 * was killed leaves its socket open for as long as a thread of it hangs in the kernel.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/attr.h"
#include "guard/guard.h"
#include "ipc/guard.h"

/* Of /proc/PID/status. */
#define STATUS_MAX 4096
#define NAME_LINE "Name:\t" GUARD_NAME "\n"

static bool read_status(pid_t pid, char *to)
{
	char           path[64];
	auto_close int fd = -1;
	ssize_t        n;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, to, STATUS_MAX - 1);
	to[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Its first thread, the one that speaks, has ended. */
static bool is_zombie(const char *status)
{
	return strstr(status, "\nState:\tZ");
}

bool guard_lives(pid_t pid)
{
	char status[STATUS_MAX];

	return pid > 0 && read_status(pid, status) &&
	       !strncmp(status, NAME_LINE, strlen(NAME_LINE)) &&
	       !(is_zombie(status) && strstr(status, "\nThreads:\t1\n"));
}

static bool listens(int fd)
{
	struct ucred who;
	socklen_t    n = sizeof(who);
	char         status[STATUS_MAX];

	/* of another namespace's processes nothing is known */
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0 ||
	       !read_status(who.pid, status) || !is_zombie(status);
}

int guard_find(const char *statedir)
{
	auto_close int     dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int                fd;

	if (dir < 0)
		return -1;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" GUARD_SOCKET,
		       dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* nobody may be there who accepts */
	if (fd >= 0 &&
	    (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || !listens(fd)))
		(void)close(take_fd(&fd));
	return fd;
}
