/* SPDX-License-Identifier: MIT */
#include "front/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "front/front.h"
#include "json/writer.h"
#include "log/log.h"
#include "sys/runfile.h"

/* A client of ours sends its request at once; one that does not is not ours. */
#define REQUEST_MS 5000

struct control_client {
	struct control *control;
	int             fd;
	uv_poll_t       poll;
	uv_timer_t      timer;
	int             n_open; /* of the two */
	bool            asked;
	size_t          n;
	char            request[CONTROL_REQUEST_MAX];
};

static void on_connection(uv_poll_t *poll, int status, int events);

void control_add(struct control *c, struct control_verb *verb)
{
	verb->next = c->verbs;
	c->verbs = verb;
}

/* --- one client --- */

static void on_closed(uv_handle_t *handle)
{
	struct control_client *c = handle->data;

	if (--c->n_open > 0)
		return;
	(void)close(c->fd);
	free(c);
}

static void client_end(struct control_client *c)
{
	struct control *control = c->control;

	uv_close((uv_handle_t *)&c->poll, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
	if (control->n_clients-- == CONTROL_CLIENTS_MAX)
		(void)uv_poll_start(&control->poll, UV_READABLE, on_connection);
}

/* The reply fits the socket, or the client does without. */
static void answer(struct control_client *c, const struct buf *reply)
{
	if (reply->failed)
		log_error("a reply of the control socket was lost: out of memory");
	else if (send(c->fd, reply->data, reply->len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		 (ssize_t)reply->len)
		log_info("a client of the control socket did not take its reply");
	client_end(c);
}

void control_return(struct control_client *c, const struct buf *value)
{
	struct buf reply = BUF_INIT(CONTROL_REPLY_MAX + 64);

	buf_add_str(&reply, "{\"return\": ");
	buf_add(&reply, value->data, value->len);
	buf_add_str(&reply, "}\n");
	reply.failed |= value->failed;
	answer(c, &reply);
	buf_fini(&reply);
}

void control_error(struct control_client *c, const char *text)
{
	struct buf      reply = BUF_INIT(CONTROL_REPLY_MAX);
	struct json_out w;

	json_out_init(&w, &reply);
	json_out_object_begin(&w);
	json_out_key(&w, "error");
	json_out_object_begin(&w);
	json_out_key(&w, "desc");
	json_out_str(&w, text);
	json_out_object_end(&w);
	json_out_object_end(&w);
	buf_add_char(&reply, '\n');
	answer(c, &reply);
	buf_fini(&reply);
}

static void handle_request(struct control_client *c)
{
	struct control_verb *v;
	size_t               n = strcspn(c->request, " ");
	const char          *arguments = c->request + n + strspn(c->request + n, " ");

	c->asked = true;
	uv_poll_stop(&c->poll);
	uv_timer_stop(&c->timer);
	for (v = c->control->verbs; v; v = v->next) {
		if (strlen(v->name) == n && !memcmp(v->name, c->request, n)) {
			v->run(c->control->front, c, arguments);
			return;
		}
	}
	control_error(c, "there is no such request");
}

static void on_request(uv_poll_t *poll, int status, int events)
{
	struct control_client *c = poll->data;
	ssize_t                got;
	char                  *end;

	(void)events;
	if (c->asked)
		return;
	got = status < 0 ? 0
			 : recv(c->fd, c->request + c->n, sizeof(c->request) - c->n, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->n += got > 0 ? (size_t)got : 0;
	end = memchr(c->request, '\n', c->n);
	if (end) {
		*end = '\0';
		handle_request(c);
	} else if (got <= 0 || c->n == sizeof(c->request)) {
		client_end(c);
	}
}

static void on_timeout(uv_timer_t *timer)
{
	client_end(timer->data);
}

/* --- the socket --- */

/* Root, or whoever we are ourselves. */
static bool may_ask(int fd)
{
	struct ucred cred;
	socklen_t    n = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

static void welcome(struct control *control, int fd)
{
	struct control_client *c = may_ask(fd) ? calloc(1, sizeof(*c)) : NULL;

	if (!c || uv_poll_init(&control->front->loop, &c->poll, fd) < 0) {
		(void)close(fd);
		free(c);
		return;
	}
	(void)uv_timer_init(&control->front->loop, &c->timer);
	c->control = control;
	c->fd = fd;
	c->n_open = 2;
	c->poll.data = c;
	c->timer.data = c;
	(void)uv_poll_start(&c->poll, UV_READABLE, on_request);
	(void)uv_timer_start(&c->timer, on_timeout, REQUEST_MS, 0);
	if (++control->n_clients == CONTROL_CLIENTS_MAX)
		uv_poll_stop(&control->poll);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct control *control = poll->data;
	int             fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)status;
	(void)events;
	if (fd >= 0)
		welcome(control, fd);
}

int control_adopt(struct control *c, struct front *f, int fd, struct err *err)
{
	int rc = uv_poll_init(&f->loop, &c->poll, fd);

	c->front = f;
	c->fd = fd;
	c->poll.data = c;
	if (rc == 0)
		rc = uv_poll_start(&c->poll, UV_READABLE, on_connection);
	return rc < 0 ? err_os(err, -rc, "cannot watch the control socket") : 0;
}

int control_open(struct control *c, struct front *f, const char *statedir, struct err *err)
{
	struct sockaddr_un address;
	int                fd;

	if (runfile_address(statedir, CONTROL_SOCKET, &address, err) < 0)
		return -1;
	fd = runfile_listen(&address, CONTROL_CLIENTS_MAX, err);
	return fd < 0 ? -1 : control_adopt(c, f, fd, err);
}
