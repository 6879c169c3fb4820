/* SPDX-License-Identifier: MIT */
#include "ipc/message.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int ipc_pair(int ret_fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return err_os(err, errno, "cannot create a socket pair");
	return 0;
}

int ipc_send_bytes(int fd, struct iovec *iov, size_t n_iov, const int *fds, size_t n_fds, int flags,
		   struct err *err)
{
	union {
		struct cmsghdr align;
		char           space[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
	} control;
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = n_iov};
	ssize_t       n;

	if (n_fds > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	do
		n = sendmsg(fd, &msg, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_os(err, errno, "cannot send to another process of the agent") : 0;
}

int ipc_send(int fd, struct ipc_head *head, const void *body, size_t body_n, const int *fds,
	     size_t n_fds, int flags, struct err *err)
{
	struct iovec iov[2] = {{head, sizeof(*head)}, {(void *)(uintptr_t)body, body_n}};

	head->body = (uint32_t)body_n;
	head->cpu = sched_getcpu();
	return ipc_send_bytes(fd, iov, body_n ? 2 : 1, fds, n_fds, flags, err);
}

static void no_fds(int *fds)
{
	size_t i;

	for (i = 0; i < IPC_FDS_MAX; i++)
		fds[i] = -1;
}

void ipc_close_fds(int *fds)
{
	size_t i;

	for (i = 0; i < IPC_FDS_MAX; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	no_fds(fds);
}

static void collect_fds(struct msghdr *msg, int *fds)
{
	struct cmsghdr *c;
	size_t          n;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), sizeof(int) * (n < IPC_FDS_MAX ? n : IPC_FDS_MAX));
	}
}

ssize_t ipc_recv_bytes(int fd, struct iovec *iov, size_t n_iov, int *fds, int flags,
		       struct err *err)
{
	union {
		struct cmsghdr align;
		char           space[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
	} control;
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = n_iov,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t n;

	no_fds(fds);
	/* the other side has ended without reading everything: that is told once, in front of what
	 * it said before */
	do
		n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return err_os(err, errno, "cannot receive from another process of the agent");
	collect_fds(&msg, fds);
	if (n == 0) {
		ipc_close_fds(fds); /* an empty message can have some, the end has none */
		return 0;
	}
	if (!(msg.msg_flags & MSG_TRUNC))
		return n;
	ipc_close_fds(fds);
	return err_set(err, "a process of the agent sent a malformed message");
}

int ipc_recv(int fd, struct ipc_head *head, void *body, size_t body_max, int *fds, int flags,
	     struct err *err)
{
	struct iovec iov[2] = {{head, sizeof(*head)}, {body, body_max}};
	ssize_t      n = ipc_recv_bytes(fd, iov, body_max ? 2 : 1, fds, flags, err);

	if (n <= 0)
		return (int)n;
	if ((size_t)n >= sizeof(*head) && (size_t)n == sizeof(*head) + head->body)
		return 1;
	ipc_close_fds(fds);
	return err_set(err, "a process of the agent sent a malformed message");
}
