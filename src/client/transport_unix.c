/* SPDX-License-Identifier: MIT */
/*
 * Unix stream sockets. A connect that finds the listener's queue full fails at once on a
 * non-blocking socket and cannot be polled for; a blocking one with a send timeout waits in the
 * kernel and gets the first free place.
 */
#include "client/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/attr.h"
#include "base/clock.h"
#include "client/error.h"

#define WAIT_MAX_US INT64_C(3600000000) /* one wait; fits a 32-bit time_t */

/* A path too long for a socket address is reached through a descriptor of the socket's file. */
static int fill_address(struct sockaddr_un *sa, const char *path, int *ret_fd)
{
	size_t n = strlen(path);

	*sa = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (n < sizeof(sa->sun_path)) {
		memcpy(sa->sun_path, path, n + 1);
		return 0;
	}
	*ret_fd = open(path, O_PATH | O_CLOEXEC);
	if (*ret_fd < 0)
		return -1;
	(void)snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d", *ret_fd);
	return 0;
}

/* 0, or an errno. EAGAIN: no place in the queue until the deadline. */
static int connect_until(int fd, const struct sockaddr_un *sa, int64_t deadline)
{
	for (;;) {
		int64_t        left_us = (deadline - clock_monotonic_ns()) / 1000;
		struct timeval tv;

		if (left_us <= 0)
			return EAGAIN;
		if (left_us > WAIT_MAX_US)
			left_us = WAIT_MAX_US;
		tv = (struct timeval){.tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000};
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) < 0)
			return errno;
		if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0)
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			return errno;
	}
}

int transport_unix_open(const char *path, int64_t deadline, struct qgac_err *err)
{
	auto_close int     file = -1;
	auto_close int     fd = -1;
	struct sockaddr_un sa;
	int                os;

	if (fill_address(&sa, path, &file) < 0)
		return error_os(err, QGAC_ERR_CONNECT, errno, "cannot connect to %s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_os(err, QGAC_ERR_CONNECT, errno, "cannot make a socket");
	os = connect_until(fd, &sa, deadline);
	if (os == EAGAIN)
		return error_set(err, QGAC_ERR_TIMEOUT, "timed out connecting to %s", path);
	if (os != 0)
		return error_os(err, QGAC_ERR_CONNECT, os, "cannot connect to %s", path);
	return take_fd(&fd);
}
