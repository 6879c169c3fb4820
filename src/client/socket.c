/* SPDX-License-Identifier: MIT */
/*
 * Stream sockets that are connected without blocking, and the small dialogues some of them begin
 * with. (Unix sockets have a way of their own: see transport_unix.c.)
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/num.h"
#include "client/error.h"
#include "client/transport.h"

static int timed_out(const char *what, struct qgac_err *err)
{
	return error_set(err, QGAC_ERR_TIMEOUT, "timed out connecting to %s", what);
}

int socket_wait(int fd, short events, const char *what, int64_t deadline, struct qgac_err *err)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int ms = clock_poll_ms(deadline);

		if (ms == 0)
			return timed_out(what, err);
		if (poll(&p, 1, ms) > 0)
			return 0;
	}
}

static int finish_connect(int fd, const char *what, int64_t deadline, struct qgac_err *err)
{
	int       os = 0;
	socklen_t len = sizeof(os);

	if (socket_wait(fd, POLLOUT, what, deadline, err) < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &os, &len) < 0)
		os = errno;
	return os ? error_os(err, QGAC_ERR_CONNECT, os, "cannot connect to %s", what) : 0;
}

int socket_connect(const struct sockaddr *sa, unsigned int len, const char *what, int64_t deadline,
		   struct qgac_err *err)
{
	auto_close int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return error_os(err, QGAC_ERR_CONNECT, errno, "cannot make a socket for %s", what);
	if (connect(fd, sa, len) < 0) {
		if (errno != EINPROGRESS && errno != EINTR)
			return error_os(err, QGAC_ERR_CONNECT, errno, "cannot connect to %s", what);
		if (finish_connect(fd, what, deadline, err) < 0)
			return -1;
	}
	return take_fd(&fd);
}

/* 1 with a byte, 0 not yet, -1 with err set. */
static int read_byte(int fd, char *ret, const char *what, struct qgac_err *err)
{
	ssize_t n = recv(fd, ret, 1, MSG_DONTWAIT);

	if (n == 1)
		return 1;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	return error_set(err, QGAC_ERR_CONNECT, "%s closed the connection", what);
}

int socket_read_line(int fd, char *line, unsigned int size, const char *what, int64_t deadline,
		     struct qgac_err *err)
{
	unsigned int n = 0;

	for (;;) {
		char c;
		int  got = read_byte(fd, &c, what, err);

		if (got < 0)
			return -1;
		if (got == 0) {
			if (socket_wait(fd, POLLIN, what, deadline, err) < 0)
				return -1;
			continue;
		}
		if (c == '\n')
			break;
		if (n + 1 >= size)
			return error_set(err, QGAC_ERR_PROTOCOL, "%s sent a line without end",
					 what);
		line[n++] = c;
	}
	line[n] = '\0';
	return 0;
}

bool socket_split_port(const char *address, uint64_t max, unsigned int *ret_host_len,
		       uint64_t *ret_port)
{
	const char *colon = strrchr(address, ':');

	if (!colon || colon == address || !num_u64(colon + 1, strlen(colon + 1), ret_port) ||
	    *ret_port > max)
		return false;
	*ret_host_len = (unsigned int)(colon - address);
	return true;
}
