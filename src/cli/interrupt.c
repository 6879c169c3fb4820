/* SPDX-License-Identifier: MIT */
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/attr.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t seen; /* the signal's number */
static int                   wake_fd = -1;
static bool                  pipe_ends; /* SIGPIPE would have ended the program */

static void on_signal(int signo)
{
	const uint64_t one = 1;
	int            os = errno;

	seen = signo;
	(void)!write(wake_fd, &one, sizeof(one)); /* cannot fail; nobody to tell either */
	errno = os;
}

static bool is_ignored(int signo)
{
	struct sigaction sa;

	return sigaction(signo, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

int interrupt_watch(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	size_t           i;

	pipe_ends = !is_ignored(SIGPIPE);
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for a signal that exists, as below */
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (!is_ignored(signals[i]))
			(void)sigaction(signals[i], &sa, NULL);
	return wake_fd;
}

void interrupt_broken_pipe(void)
{
	if (pipe_ends)
		seen = SIGPIPE;
}

bool interrupt_seen(void)
{
	return seen != 0;
}

int interrupt_signal(void)
{
	return seen;
}

int interrupt_wait(int fd, short events)
{
	struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = wake_fd, .events = POLLIN}};

	while (!seen) {
		int n = poll(fds, ARRAY_SIZE(fds), -1);

		/* what cannot be polled is found out by the read or write that follows */
		if (n > 0 ? fds[0].revents != 0 : errno != EINTR)
			return 0;
	}
	return -1;
}

int interrupt_end(int status)
{
	int signo = seen;

	if (signo == 0)
		return status;
	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
	return 128 + signo; /* the signal is blocked */
}
