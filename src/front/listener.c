/* SPDX-License-Identifier: MIT */
#include "front/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "front/channel.h"
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

static void welcome(struct front *f, int fd)
{
	struct err err;

	if (!session_room(f)) {
		turn_away(fd);
		return;
	}
	err_init(&err);
	if (!channel_new(f, f->transport, fd, fd, &err))
		log_error("%s", err.text);
}

static void on_connection(uv_poll_t *handle, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
	struct front *f = timer->data;

	(void)uv_poll_start(&f->listener_poll, UV_READABLE, on_connection);
}

/* Out of descriptors or memory: the client stays in the queue, and asking at once again would be a
 * busy loop. */
static void pause_listening(struct front *f, int os)
{
	if (os != f->accept_error)
		log_error("cannot accept clients: %s", strerror(os));
	f->accept_error = os;
	uv_poll_stop(&f->listener_poll);
	(void)uv_timer_start(&f->listener_pause, on_pause_over, PAUSE_MS, 0);
}

static void on_connection(uv_poll_t *handle, int status, int events)
{
	struct front *f = handle->data;
	int           i;

	(void)status;
	(void)events;
	for (i = 0; i < ACCEPT_BATCH; i++) {
		int fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				pause_listening(f, errno);
			return;
		}
		f->accept_error = 0;
		welcome(f, fd);
	}
}

int listener_start(struct front *f, int fd, struct err *err)
{
	int rc;

	f->listener = fd;
	rc = uv_poll_init(&f->loop, &f->listener_poll, fd);
	if (rc == 0)
		rc = uv_poll_start(&f->listener_poll, UV_READABLE, on_connection);
	if (rc == 0)
		rc = uv_timer_init(&f->loop, &f->listener_pause);
	f->listener_poll.data = f;
	f->listener_pause.data = f;
	return rc < 0 ? err_os(err, -rc, "cannot watch for clients") : 0;
}
