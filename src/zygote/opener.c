/* SPDX-License-Identifier: MIT */
#include "zygote/opener.h"

#include <string.h>
#include <sys/prctl.h>

#include "ipc/message.h"
#include "transport/transport.h"

static int open_channel(const char *body, size_t n, int ret_fds[2], struct err *err)
{
	size_t                  name = strnlen(body, n);
	const struct transport *t = name < n ? transport_find(body) : NULL;

	if (!t || body[n - 1])
		return err_set(err, "a process of the agent sent a malformed message");
	return t->open(body + name + 1, &ret_fds[0], &ret_fds[1], err);
}

static int send_error(int fd, const struct err *failure)
{
	struct ipc_head head = {.type = IPC_ERROR, .error = {.os = failure->os}};
	struct err      err;

	err_init(&err);
	return ipc_send(fd, &head, failure->text, strlen(failure->text), NULL, 0, 0, &err);
}

int opener_main(int fd)
{
	struct ipc_head head;
	struct err      err;
	char            body[OPENER_BODY_MAX];
	int             fds[IPC_FDS_MAX], channel[2];

	(void)prctl(PR_SET_NAME, "virtagent-open");
	err_init(&err);
	if (ipc_recv(fd, &head, body, sizeof(body), fds, 0, &err) <= 0 || head.type != IPC_OPEN)
		return 1;
	if (open_channel(body, head.body, channel, &err) < 0)
		return send_error(fd, &err) < 0;
	head.type = IPC_OPENED;
	return ipc_send(fd, &head, NULL, 0, channel, channel[0] == channel[1] ? 1 : 2, 0, &err) < 0;
}
