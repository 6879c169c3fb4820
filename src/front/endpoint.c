/* SPDX-License-Identifier: MIT */
#include "front/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "front/children.h"
#include "front/front.h"
#include "ipc/message.h"
#include "log/log.h"
#include "zygote/opener.h"

/* An attempt to open in another process: freed when both that process and the watch of its socket
 * have ended. */
struct opening {
	struct endpoint *endpoint; /* NULL: it has answered */
	int              fd;
	uv_poll_t        poll;
	struct child     child;
	int              holds;
};

static void schedule(struct endpoint *e);

/* --- opened --- */

static int adopt(struct endpoint *e, int in, int out, struct err *err)
{
	int rc;

	if (e->transport->listens)
		rc = listener_start(&e->listener, e, in, err);
	else
		rc = channel_new(e, in, out, err) ? 0 : -1;
	e->is_open = rc == 0;
	return rc;
}

/* --- opening in another process --- */

static void let_go(struct opening *o)
{
	if (--o->holds > 0)
		return;
	(void)close(o->fd);
	free(o);
}

static void on_poll_closed(uv_handle_t *handle)
{
	let_go(handle->data);
}

static void on_opener_ended(void *ctx)
{
	let_go(ctx);
}

static void take_answer(struct endpoint *e, const struct ipc_head *head, const char *text, int *fds)
{
	struct err err;

	err_init(&err);
	if (head->type == IPC_OPENED && fds[0] >= 0) {
		int in = take_fd(&fds[0]), out = fds[1] >= 0 ? take_fd(&fds[1]) : in;

		if (adopt(e, in, out, &err) == 0) {
			log_info("channel '%s' is open", e->path ? e->path : e->transport->name);
			return;
		}
		log_error("%s", err.text);
	} else if (head->type == IPC_ERROR) {
		log_debug("%.*s", (int)head->body, text);
	}
	schedule(e);
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct opening  *o = poll->data;
	struct endpoint *e = o->endpoint;
	struct ipc_head  head = {0};
	struct err       err;
	char             text[ERR_TEXT_MAX];
	int              fds[IPC_FDS_MAX], got;

	(void)status;
	(void)events;
	err_init(&err);
	got = ipc_recv(o->fd, &head, text, sizeof(text), fds, MSG_DONTWAIT, &err);
	if (got < 0 && err.os == EAGAIN)
		return;
	if (got <= 0)
		head.type = 0; /* it has died */
	e->opening = NULL;
	uv_close((uv_handle_t *)poll, on_poll_closed);
	take_answer(e, &head, text, fds);
	ipc_close_fds(fds);
}

/* The method and the path, each with its NUL. */
static int send_request(const struct endpoint *e, int fd, struct err *err)
{
	struct ipc_head head = {.type = IPC_OPEN};
	char            body[OPENER_BODY_MAX];
	int             n = snprintf(body, sizeof(body), "%s%c%s", e->transport->name, '\0',
                         e->path ? e->path : "");

	if ((size_t)n >= sizeof(body))
		return err_os(err, ENAMETOOLONG, "error opening channel");
	return ipc_send(fd, &head, body, (size_t)n + 1, NULL, 0, MSG_DONTWAIT, err);
}

static struct opening *opening_new(struct endpoint *e, struct err *err)
{
	struct opening *o = calloc(1, sizeof(*o));
	int             pair[2];

	if (!o || ipc_pair(pair, err) < 0) {
		free(o);
		return NULL;
	}
	o->endpoint = e;
	o->fd = pair[0];
	o->child = (struct child){.ctx = o, .on_ended = on_opener_ended};
	if (send_request(e, o->fd, err) < 0 || uv_poll_init(&e->front->loop, &o->poll, o->fd) < 0) {
		(void)close(pair[0]);
		(void)close(pair[1]);
		free(o);
		return NULL;
	}
	o->poll.data = o;
	o->holds = 1;
	if (children_start(&e->front->children, &o->child, ROLE_OPENER, pair[1], err) == 0)
		o->holds++;
	(void)close(pair[1]); /* without a process that reads as one that has died */
	(void)uv_poll_start(&o->poll, UV_READABLE, on_answer);
	return o;
}

static void on_retry(uv_timer_t *timer)
{
	struct endpoint *e = timer->data;
	struct err       err;

	err_init(&err);
	if (!e->opening)
		e->opening = opening_new(e, &err);
	if (!e->opening)
		schedule(e);
}

static void schedule(struct endpoint *e)
{
	(void)uv_timer_start(&e->retry, on_retry, ENDPOINT_RETRY_MS, 0);
}

void endpoint_lost(struct endpoint *e)
{
	struct front *f = e->front;

	if (e->transport->listens)
		return;
	e->is_open = false;
	if (e->transport->ends || !f->options->retry_path) {
		front_stop(f, 0);
		return;
	}
	log_warning("channel '%s' is lost, waiting for it", e->path);
	schedule(e);
}

/* --- the start --- */

static int open_one(struct endpoint *e, struct err *err)
{
	int in = e->inherited, out = in;

	if (in < 0 && e->transport->open(e->path, &in, &out, err) < 0)
		return -1;
	return adopt(e, in, out, err);
}

static int set_up(struct endpoint *e, struct front *f, const char *name, const char *method,
		  const char *path, struct err *err)
{
	*e = (struct endpoint){.front = f, .name = name, .path = path, .inherited = -1};
	e->transport = transport_find(method);
	if (!e->transport)
		return err_set(err, "unsupported channel method/type: %s", method);
	if (!e->path)
		e->path = e->transport->default_path;
	if (!e->path && e->transport->listens)
		return err_set(err, "must specify a path for this channel");
	return 0;
}

static int add_default(struct front *f, const struct activation *a, struct err *err)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		f->endpoints[f->n_endpoints++] = (struct endpoint){
			.front = f,
			.name = a->sockets[i].name,
			.transport = a->sockets[i].transport,
			.inherited = a->sockets[i].fd,
		};
	if (a->n > 0)
		return 0;
	return set_up(&f->endpoints[f->n_endpoints++], f, "", f->options->method, f->options->path,
		      err);
}

static int add_all(struct front *f, const struct activation *a, struct err *err)
{
	const struct options *o = f->options;
	size_t                i;

	f->endpoints = calloc(a->n + 1 + o->n_channels, sizeof(*f->endpoints));
	if (!f->endpoints)
		return err_os(err, ENOMEM, "cannot open a channel");
	if (add_default(f, a, err) < 0)
		return -1;
	for (i = 0; i < o->n_channels; i++) {
		struct endpoint *e = &f->endpoints[f->n_endpoints++];

		if (set_up(e, f, o->channels[i].name, o->channels[i].method, o->channels[i].path,
			   err) < 0)
			return -1;
		e->rules = 1 + i;
	}
	return 0;
}

int endpoints_open(struct front *f, const struct activation *a, struct err *err)
{
	size_t i;

	if (add_all(f, a, err) < 0)
		return -1;
	for (i = 0; i < f->n_endpoints; i++) {
		struct endpoint *e = &f->endpoints[i];

		(void)uv_timer_init(&f->loop, &e->retry);
		e->retry.data = e;
		if (open_one(e, err) == 0)
			continue;
		if (!f->options->retry_path)
			return -1;
		log_info("%s", err->text);
		log_info("failed to initialize guest agent channel, will retry");
		err_init(err);
		schedule(e);
	}
	return 0;
}
