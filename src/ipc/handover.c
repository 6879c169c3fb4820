/* SPDX-License-Identifier: MIT */
#include "ipc/handover.h"

#include <stdbool.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "ipc/message.h"

_Static_assert(sizeof(struct handover) == 32, "the format is for other versions too");

int handover_send(int fd, struct handover *h, const int *fds, struct err *err)
{
	struct iovec iov = {h, sizeof(*h)};
	int          sent[HANDOVER_FDS], n = 0, i;

	h->fds = 0;
	for (i = 0; fds && i < HANDOVER_FDS; i++) {
		if (fds[i] < 0)
			continue;
		h->fds |= 1u << i;
		sent[n++] = fds[i];
	}
	return ipc_send_bytes(fd, &iov, 1, sent, (size_t)n, MSG_DONTWAIT, err);
}

/* False when some are missing. */
static bool sort_fds(uint32_t which, int *fds)
{
	int got[IPC_FDS_MAX], next = 0, i;

	for (i = 0; i < IPC_FDS_MAX; i++)
		got[i] = take_fd(&fds[i]);
	for (i = 0; i < HANDOVER_FDS; i++)
		if (which & 1u << i)
			fds[i] = take_fd(&got[next++]);
	ipc_close_fds(got); /* nobody knows what the others are */
	for (i = 0; i < HANDOVER_FDS; i++)
		if ((which & 1u << i) && fds[i] < 0)
			return false;
	return true;
}

int handover_recv(int fd, struct handover *ret, int *fds, struct err *err)
{
	struct iovec iov = {ret, sizeof(*ret)};
	ssize_t      n = ipc_recv_bytes(fd, &iov, 1, fds, MSG_DONTWAIT, err);

	if (n <= 0)
		return (int)n;
	if (n == (ssize_t)sizeof(*ret) && sort_fds(ret->fds, fds))
		return 1;
	ipc_close_fds(fds); /* incomplete */
	return err_set(err, "a keeper of programs sent a malformed message");
}
