/* SPDX-License-Identifier: MIT */
#include "transport/peer.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

static bool describe_unix(int fd, char *to, size_t size)
{
	struct ucred c;
	socklen_t    n = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0)
		return false;
	(void)snprintf(to, size, "uid=%u,pid=%d", c.uid, c.pid);
	return true;
}

static bool describe_vsock(int fd, char *to, size_t size)
{
	struct sockaddr_vm addr;
	socklen_t          n = sizeof(addr);

	if (getpeername(fd, (struct sockaddr *)&addr, &n) < 0 || addr.svm_family != AF_VSOCK)
		return false;
	(void)snprintf(to, size, "cid=%u,port=%u", addr.svm_cid, addr.svm_port);
	return true;
}

void peer_describe(const struct transport *t, int fd, const char *path, char *to, size_t size)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (t == &transport_unix_listen && describe_unix(fd, to, size))
		return;
	if (t == &transport_vsock_listen && describe_vsock(fd, to, size))
		return;
	if (t->listens || t == &transport_stdio || !path)
		(void)snprintf(to, size, "%s", t->listens ? "unknown" : t->name);
	else
		(void)snprintf(to, size, "%s", slash ? slash + 1 : path);
}
