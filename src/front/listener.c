/* SPDX-License-Identifier: MIT */
#include "front/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "front/channel.h"
#include "front/endpoint.h"
#include "front/front.h"
#include "front/session.h"
#include "log/log.h"

/* Clients taken in one round of the loop. */
#define ACCEPT_BATCH 16

/* Wait after accept(2) has failed. */
#define PAUSE_MS 200

/* All places are taken: one line that says so, as far as the socket takes it at once. */
static void turn_away(int fd)
{
	char line[160];
	int  n = snprintf(line, sizeof(line),
			  "{\"error\": {\"class\": \"GenericError\", \"desc\": \"limit exceeded: %d "
			   "sessions\"}}\n",
			  SESSIONS_MAX);

	(void)send(fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(fd);
	log_warning("a client was turned away: %d sessions", SESSIONS_MAX);
}

/* Over vsock every program of every neighbour could come, so the rule is: the host, and whom the
 * administrator names (decisions.md row 34). */
static bool may_connect(const struct front *f, const struct sockaddr_storage *from)
{
	const struct sockaddr_vm *vm = (const struct sockaddr_vm *)from;
	struct option_word        w = {0};
	char                      cid[16];
	int                       n = snprintf(cid, sizeof(cid), "%u", vm->svm_cid);

	if (from->ss_family != AF_VSOCK || vm->svm_cid == VMADDR_CID_HOST)
		return true;
	while (option_list_next(&f->options->vsock_peers, &w))
		if ((w.len == 3 && !memcmp(w.start, "any", 3)) ||
		    (w.len == (size_t)n && !memcmp(w.start, cid, w.len)))
			return true;
	log_warning("a client was turned away: vsock context %s may not connect", cid);
	return false;
}

static void welcome(struct listener *l, int fd, const struct sockaddr_storage *from)
{
	struct front *f = l->endpoint->front;
	struct err    err;

	if (!may_connect(f, from)) {
		(void)close(fd);
		return;
	}
	if (!session_room(f)) {
		turn_away(fd);
		return;
	}
	err_init(&err);
	if (!channel_new(l->endpoint, fd, fd, &err))
		log_error("%s", err.text);
}

static void on_connection(uv_poll_t *handle, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	(void)uv_poll_start(&l->poll, UV_READABLE, on_connection);
}

/* Out of descriptors or memory: the client stays in the queue, and asking at once again would be a
 * busy loop. */
static void pause_listening(struct listener *l, int os)
{
	if (os != l->accept_error)
		log_error("cannot accept clients: %s", strerror(os));
	l->accept_error = os;
	uv_poll_stop(&l->poll);
	(void)uv_timer_start(&l->pause, on_pause_over, PAUSE_MS, 0);
}

static void on_connection(uv_poll_t *handle, int status, int events)
{
	struct listener        *l = handle->data;
	struct sockaddr_storage from = {0};
	int                     i;

	(void)status;
	(void)events;
	for (i = 0; i < ACCEPT_BATCH; i++) {
		socklen_t n = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				pause_listening(l, errno);
			return;
		}
		l->accept_error = 0;
		welcome(l, fd, &from);
	}
}

int listener_start(struct listener *l, struct endpoint *e, int fd, struct err *err)
{
	int rc;

	*l = (struct listener){.endpoint = e, .fd = fd};
	rc = uv_poll_init(&e->front->loop, &l->poll, fd);
	if (rc == 0)
		rc = uv_poll_start(&l->poll, UV_READABLE, on_connection);
	if (rc == 0)
		rc = uv_timer_init(&e->front->loop, &l->pause);
	l->poll.data = l;
	l->pause.data = l;
	return rc < 0 ? err_os(err, -rc, "cannot watch for clients") : 0;
}
