/* SPDX-License-Identifier: MIT */
#include "front/endpoint.h"

#include <errno.h>

#include "front/errand.h"
#include "front/front.h"
#include "log/log.h"

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

static void on_opened(void *ctx, int fds[2], const struct err *failure)
{
	struct endpoint *e = ctx;
	struct err       err;

	e->opening = false;
	err_init(&err);
	if (!failure->set && fds[0] >= 0) {
		int in = take_fd(&fds[0]), out = fds[1] >= 0 ? take_fd(&fds[1]) : in;

		if (adopt(e, in, out, &err) == 0) {
			log_info("channel '%s' is open", e->path ? e->path : e->transport->name);
			return;
		}
		log_error("%s", err.text);
	} else {
		log_debug("%s", failure->text);
	}
	schedule(e);
}

static void on_retry(uv_timer_t *timer)
{
	struct endpoint *e = timer->data;
	struct ipc_open  ask = {.errand = ERRAND_CHANNEL, .channel = (uint32_t)e->rules};
	struct err       err;

	if (e->opening)
		return;
	err_init(&err);
	e->opening = errand_start(e->front, &ask, on_opened, e, &err) == 0;
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
