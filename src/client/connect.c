/* SPDX-License-Identifier: MIT */
/*
 * From a target to a connection. Words without a slash are refused although they could be file
 * names: they are kept free for names of guests.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "client/conn.h"
#include "client/error.h"
#include "client/start.h"
#include "client/transport.h"

#define REPLY_MAX_DEFAULT ((size_t)128 << 20)
#define REPLY_MAX_LEAST ((size_t)4096)
#define REPLY_MAX_MOST ((size_t)1 << 31) /* the JSON reader counts in 32 bits */
#define READ_SLACK ((size_t)1 << 20)     /* so that only memory can keep agent->in from growing */

static const struct transport transports[] = {
	{"unix:", transport_unix_open, false},      {"vsock:", transport_vsock_open, false},
	{"vsock-mux:", transport_mux_open, false},  {"tcp:", transport_tcp_open, false},
	{"libvirt:", transport_libvirt_open, true},
};

static const struct transport *find_transport(const char *target, const char **ret_address)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(transports); i++) {
		size_t n = strlen(transports[i].scheme);

		if (strncmp(target, transports[i].scheme, n) == 0 && target[n] != '\0') {
			*ret_address = target + n;
			return &transports[i];
		}
	}
	*ret_address = target;
	return strchr(target, '/') ? &transports[0] : NULL;
}

int qgac_connect(const char *target, int64_t deadline, struct qgac **ret, struct qgac_err *err)
{
	const struct transport *t;
	const char             *address;
	auto_close int          fd = -1;

	error_clear(err);
	*ret = NULL;
	t = find_transport(target, &address);
	if (!t)
		return error_set(err, QGAC_ERR_USAGE,
				 "'%s' is neither a path with a slash nor one of unix:PATH, "
				 "vsock:CID:PORT, vsock-mux:PATH:PORT, tcp:ADDRESS:PORT, "
				 "libvirt:NAME",
				 target);
	fd = t->open(address, deadline, err);
	if (fd < 0)
		return error_stage(err, QGAC_STAGE_CONNECT);
	if (qgac_open_fd(fd, ret, err) < 0)
		return -1;
	(void)take_fd(&fd); /* it belongs to *ret now */
	(*ret)->is_bridge = t->is_bridge;
	return 0;
}

/* 1 a stream socket, 0 no socket, -1 with err set. */
static int examine_fd(int fd, struct qgac_err *err)
{
	int       type = 0, flags = fcntl(fd, F_GETFL);
	socklen_t len = sizeof(type);

	if (flags < 0)
		return error_os(err, QGAC_ERR_USAGE, errno, "descriptor %d", fd);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0) {
		if (type == SOCK_STREAM)
			return 1;
		return error_set(err, QGAC_ERR_USAGE, "descriptor %d is not a stream socket", fd);
	}
	/* on the writing end of a pipe, write() could raise SIGPIPE */
	if ((flags & O_ACCMODE) == O_RDWR)
		return 0;
	return error_set(err, QGAC_ERR_USAGE, "descriptor %d is not open for reading and writing",
			 fd);
}

static int make_nonblocking(int fd, struct qgac_err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_os(err, QGAC_ERR_USAGE, errno, "descriptor %d", fd);
	return 0;
}

int qgac_open_fd(int fd, struct qgac **ret, struct qgac_err *err)
{
	auto_free struct qgac *agent = NULL;
	int                    is_socket;

	error_clear(err);
	*ret = NULL;
	is_socket = examine_fd(fd, err);
	if (is_socket < 0)
		return -1;
	agent = calloc(1, sizeof(*agent));
	if (!agent)
		return error_memory(err);
	if (!is_socket && make_nonblocking(fd, err) < 0)
		return -1;
	agent->fd = fd;
	agent->is_socket = is_socket;
	agent->keep = CONN_KEEP_BYTES;
	agent->cancel_fd = -1;
	buf_init(&agent->out, SIZE_MAX / 2);
	buf_init(&agent->in, 0);
	qgac_set_reply_max(agent, REPLY_MAX_DEFAULT);
	*ret = take_ptr(&agent);
	return 0;
}

void qgac_free(struct qgac *agent)
{
	if (!agent)
		return;
	start_forget(agent);
	(void)close(agent->fd); /* nothing is buffered that could be lost */
	buf_fini(&agent->out);
	buf_fini(&agent->in);
	free(agent);
}

void qgac_set_reply_max(struct qgac *agent, size_t bytes)
{
	if (bytes < REPLY_MAX_LEAST)
		bytes = REPLY_MAX_LEAST;
	if (bytes > REPLY_MAX_MOST)
		bytes = REPLY_MAX_MOST;
	agent->reply_max = bytes;
	agent->in.limit = bytes + READ_SLACK;
}

void qgac_set_cancel_fd(struct qgac *agent, int fd)
{
	agent->cancel_fd = fd;
}
