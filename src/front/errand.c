/* SPDX-License-Identifier: MIT */
#include "front/errand.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "front/front.h"

/* Freed when both the process and the watch of its socket have ended. */
struct errand {
	errand_done *done;
	void        *ctx;
	int          fd;
	uv_poll_t    poll;
	struct child child;
	int          holds;
};

static void let_go(struct errand *e)
{
	if (--e->holds > 0)
		return;
	(void)close(e->fd);
	free(e);
}

static void on_poll_closed(uv_handle_t *handle)
{
	let_go(handle->data);
}

static void on_ended(void *ctx)
{
	let_go(ctx);
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct errand  *e = poll->data;
	struct ipc_head head = {0};
	struct err      err, failure;
	char            text[ERR_TEXT_MAX];
	int             fds[IPC_FDS_MAX], got;

	(void)status;
	(void)events;
	err_init(&err);
	err_init(&failure);
	got = ipc_recv(e->fd, &head, text, sizeof(text), fds, MSG_DONTWAIT, &err);
	if (got < 0 && err.os == EAGAIN)
		return;
	if (got <= 0)
		(void)err_set(&failure, "a process of the agent has ended too early");
	else if (head.type != IPC_OPENED)
		(void)err_set(&failure, "%.*s", (int)head.body, text);
	uv_close((uv_handle_t *)poll, on_poll_closed);
	e->done(e->ctx, fds, &failure);
	ipc_close_fds(fds); /* what nobody wanted */
}

static int begin(struct front *f, struct errand *e, int other_end, const struct ipc_open *ask,
		 struct err *err)
{
	struct ipc_head head = {.type = IPC_OPEN, .open = *ask};
	int             rc;

	if (ipc_send(e->fd, &head, NULL, 0, NULL, 0, MSG_DONTWAIT, err) < 0)
		return -1;
	rc = uv_poll_init(&f->loop, &e->poll, e->fd);
	if (rc < 0)
		return err_os(err, -rc, "cannot watch a process of the agent");
	e->poll.data = e;
	e->holds = 1;
	/* without a process the socket reads as that of one that has died */
	if (children_start(&f->children, &e->child, ROLE_OPENER, other_end, err) == 0)
		e->holds++;
	(void)uv_poll_start(&e->poll, UV_READABLE, on_answer);
	return 0;
}

int errand_start(struct front *f, const struct ipc_open *ask, errand_done *done, void *ctx,
		 struct err *err)
{
	struct errand *e = calloc(1, sizeof(*e));
	int            pair[2], rc;

	if (!e)
		return err_os(err, ENOMEM, "cannot start a process");
	if (ipc_pair(pair, err) < 0) {
		free(e);
		return -1;
	}
	*e = (struct errand){.done = done, .ctx = ctx, .fd = pair[0]};
	e->child = (struct child){.ctx = e, .on_ended = on_ended};
	rc = begin(f, e, pair[1], ask, err);
	(void)close(pair[1]); /* the process has its own */
	if (rc < 0) {
		(void)close(e->fd);
		free(e);
	}
	return rc;
}

void errand_last(struct front *f, bool control, bool pidfile)
{
	struct ipc_head head = {
		.type = IPC_OPEN,
		.open = {.errand = ERRAND_REMOVE, .control = control, .pidfile = pidfile}};
	static struct child child; /* nobody will tell us of its end */
	struct pollfd       p = {.events = POLLIN};
	struct err          err;
	int                 pair[2];

	err_init(&err);
	if ((!control && !pidfile) || ipc_pair(pair, &err) < 0)
		return;
	p.fd = pair[0];
	if (ipc_send(pair[0], &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &err) == 0 &&
	    children_start(&f->children, &child, ROLE_OPENER, pair[1], &err) == 0) {
		(void)close(take_fd(&pair[1]));
		(void)poll(&p, 1, ERRAND_LAST_MS);
	}
	(void)close(pair[0]);
	if (pair[1] >= 0)
		(void)close(pair[1]);
}
