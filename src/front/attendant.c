/* SPDX-License-Identifier: MIT */
#include "front/attendant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "front/front.h"
#include "ipc/guard.h"
#include "log/log.h"
#include "sys/files.h"

static void drop_use(struct attendant *h)
{
	if (--h->n_uses == 0)
		free(h);
}

static void on_closed(uv_handle_t *handle)
{
	drop_use(handle->data);
}

void attendant_release(struct attendant *h)
{
	if (!h)
		return;
	h->released = true;
	uv_poll_stop(&h->poll);
	(void)close(h->fd);
	uv_close((uv_handle_t *)&h->poll, on_closed);
}

/* The last messages of a process still count when it has ended. */
static void lose(struct attendant *h)
{
	if (h->gone || h->released)
		return;
	h->gone = true;
	uv_poll_stop(&h->poll);
	h->on_gone(h);
}

/* One message; false when there is none, or nobody to listen any more. */
static bool receive(struct attendant *h)
{
	static char     text[GUARD_TEXT_MAX + 1];
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX], got;

	err_init(&err);
	got = ipc_recv(h->fd, &head, text, GUARD_TEXT_MAX, fds, MSG_DONTWAIT, &err);
	if (got < 0 && err.os == EAGAIN)
		return false;
	if (got <= 0) {
		lose(h);
		return false;
	}
	ipc_close_fds(fds); /* attendants send none */
	text[head.body] = '\0';
	if (head.type == IPC_GUARD)
		h->on_message(h, &head.guard, text);
	return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	(void)receive(poll->data);
}

struct attendant *attendant_adopt(struct front *f, int fd, attendant_message *on_message,
				  attendant_gone *on_gone, void *ctx, struct err *err)
{
	struct attendant *h = calloc(1, sizeof(*h));
	int               rc;

	if (!h) {
		(void)close(fd);
		(void)err_os(err, ENOMEM, "cannot hold a attendant process");
		return NULL;
	}
	*h = (struct attendant){
		.front = f, .fd = fd, .ctx = ctx, .on_message = on_message, .on_gone = on_gone};
	rc = uv_poll_init(&f->loop, &h->poll, fd);
	if (rc < 0) {
		(void)close(fd);
		free(h);
		(void)err_os(err, -rc, "cannot watch a attendant process");
		return NULL;
	}
	h->poll.data = h;
	(void)uv_poll_start(&h->poll, UV_READABLE, on_readable);
	h->n_uses = 1;
	return h;
}

/* The process has ended; what it said before still counts. */
static void on_ended(void *ctx)
{
	struct attendant *h = ctx;

	while (!h->released && !h->gone && receive(h))
		continue;
	lose(h);
	drop_use(h);
}

struct attendant *attendant_start(struct front *f, enum ipc_role role,
				  attendant_message *on_message, attendant_gone *on_gone, void *ctx,
				  struct err *err)
{
	struct attendant *h;
	int               pair[2], rc;

	if (ipc_pair(pair, err) < 0)
		return NULL;
	h = attendant_adopt(f, pair[0], on_message, on_gone, ctx, err);
	if (!h) {
		(void)close(pair[1]);
		return NULL;
	}
	h->child = (struct child){.ctx = h, .on_ended = on_ended};
	rc = children_start(&f->children, &h->child, role, pair[1], err);
	(void)close(pair[1]);
	if (rc < 0) {
		attendant_release(h);
		return NULL;
	}
	h->is_child = true;
	h->n_uses++;
	return h;
}

static int memory_with(const char *data, size_t n, struct err *err)
{
	int fd = memfd_create("virtagent", MFD_CLOEXEC), os;

	if (fd < 0)
		return err_os(err, errno, "cannot hold a message to a attendant process");
	os = sys_file_write(fd, data, n);
	if (!os)
		return fd;
	(void)close(fd);
	return err_os(err, os, "cannot hold a message to a attendant process");
}

int attendant_say(struct attendant *h, const struct ipc_guard *m, const char *data, size_t n)
{
	struct ipc_head head = {.type = IPC_GUARD, .guard = *m};
	auto_close int  fd = -1;
	struct err      err;

	err_init(&err);
	if (h->gone)
		return -1;
	if (n > 0 && (fd = memory_with(data, n, &err)) < 0)
		return -1;
	return ipc_send(h->fd, &head, NULL, 0, &fd, fd >= 0, MSG_DONTWAIT, &err);
}

void attendant_kill(struct attendant *h)
{
	struct ipc_head head = {.type = IPC_KILL};
	struct err      err;

	if (h->gone || (h->is_child && h->child.pid <= 0))
		return; /* one that is gone needs no killing */
	/* of a process that is not our zygote's the kernel knows which it is */
	if (h->is_child)
		head.kill.pid = h->child.pid;
	err_init(&err);
	if (ipc_send(h->front->children.zygote, &head, NULL, 0, &h->fd, !h->is_child, MSG_DONTWAIT,
		     &err) < 0)
		log_error("%s", err.text);
}
