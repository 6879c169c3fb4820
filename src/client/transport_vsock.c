/* SPDX-License-Identifier: MIT */
/*
 * vsock: straight to a port of the guest, or through the unix socket that Firecracker and Cloud
 * Hypervisor offer instead: "CONNECT <port>", answered by "OK <port of ours>".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "base/attr.h"
#include "base/num.h"
#include "client/error.h"
#include "client/transport.h"

#define MUX_LINE_MAX 64
#define PATH_MAX_BYTES 4096

int transport_vsock_open(const char *address, int64_t deadline, struct qgac_err *err)
{
	struct sockaddr_vm sa = {.svm_family = AF_VSOCK};
	char               what[64];
	unsigned int       n;
	uint64_t           cid, port;

	if (!socket_split_port(address, UINT32_MAX - 1, &n, &port) || !num_u64(address, n, &cid) ||
	    cid >= UINT32_MAX)
		return error_set(err, QGAC_ERR_USAGE, "'vsock:%s' is not vsock:CID:PORT", address);
	sa.svm_cid = (unsigned int)cid;
	sa.svm_port = (unsigned int)port;
	(void)snprintf(what, sizeof(what), "vsock:%u:%u", sa.svm_cid, sa.svm_port);
	return socket_connect((const struct sockaddr *)&sa, sizeof(sa), what, deadline, err);
}

/* The request fits any socket's buffer, so it goes out in one piece. */
static int ask_for_port(int fd, uint64_t port, const char *what, int64_t deadline,
			struct qgac_err *err)
{
	char line[MUX_LINE_MAX];
	int  n = snprintf(line, sizeof(line), "CONNECT %llu\n", (unsigned long long)port);

	if (send(fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		return error_os(err, QGAC_ERR_CONNECT, errno, "cannot ask %s for port %llu", what,
				(unsigned long long)port);
	if (socket_read_line(fd, line, sizeof(line), what, deadline, err) < 0)
		return -1;
	if (strncmp(line, "OK ", 3) == 0 || strcmp(line, "OK") == 0)
		return 0;
	return error_set(err, QGAC_ERR_CONNECT, "%s refuses port %llu", what,
			 (unsigned long long)port);
}

int transport_mux_open(const char *address, int64_t deadline, struct qgac_err *err)
{
	auto_close int fd = -1;
	char           path[PATH_MAX_BYTES];
	unsigned int   n;
	uint64_t       port;

	if (!socket_split_port(address, UINT32_MAX - 1, &n, &port) || n >= sizeof(path))
		return error_set(err, QGAC_ERR_USAGE, "'vsock-mux:%s' is not vsock-mux:PATH:PORT",
				 address);
	memcpy(path, address, n);
	path[n] = '\0';
	fd = transport_unix_open(path, deadline, err);
	if (fd < 0 || ask_for_port(fd, port, path, deadline, err) < 0)
		return -1;
	return take_fd(&fd);
}
