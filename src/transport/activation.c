/* SPDX-License-Identifier: MIT */
#include "transport/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"

/* The first one; they follow one another. */
#define FIRST_FD 3

/* How many, 0: the variables are not there, or not for us. */
static int64_t count_sockets(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t     is_for, n;

	if (!pid || !fds || !num_i64(pid, strlen(pid), &is_for) || is_for != getpid() ||
	    !num_i64(fds, strlen(fds), &n) || n < 1)
		return 0;
	return n;
}

static int int_option(int fd, int option)
{
	int       value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) < 0 ? -1 : value;
}

static const struct transport *transport_of(int fd)
{
	if (int_option(fd, SO_TYPE) != SOCK_STREAM || int_option(fd, SO_ACCEPTCONN) != 1)
		return NULL;
	switch (int_option(fd, SO_DOMAIN)) {
	case AF_UNIX:
		return &transport_unix_listen;
	case AF_VSOCK:
		return &transport_vsock_listen;
	default:
		return NULL;
	}
}

static int take_one(struct activation_socket *s, int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_os(err, errno,
			      "Socket activation failed: invalid file descriptor fd = %d", fd);
	s->fd = fd;
	s->transport = transport_of(fd);
	if (!s->transport)
		return err_set(err, "unsupported listen fd type");
	return 0;
}

/* names: separated by colons; lives as long as the process. */
static void name_sockets(struct activation *a, char *names)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		a->sockets[i].name = names ? names : "";
		names = names ? strchr(names, ':') : NULL;
		if (names)
			*names++ = '\0';
	}
}

int activation_take(struct activation *ret, struct err *err)
{
	int64_t     n = count_sockets();
	const char *names = getenv("LISTEN_FDNAMES");
	size_t      i;

	ret->n = 0;
	if (n > ACTIVATION_MAX)
		return err_set(err, "Socket activation failed: %" PRId64 " sockets, at most %d", n,
			       ACTIVATION_MAX);
	for (i = 0; i < (size_t)n; i++)
		if (take_one(&ret->sockets[i], FIRST_FD + (int)i, err) < 0)
			return -1;
	ret->n = (size_t)n;
	name_sockets(ret, names && n ? strdup(names) : NULL);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return 0;
}
