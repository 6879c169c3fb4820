/* SPDX-License-Identifier: MIT */
#include "front/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "front/endpoint.h"
#include "front/front.h"
#include "front/session.h"
#include "log/log.h"

/* How long a command of a peer that left after a half-close may look as if somebody waited for it.
 */
#define HANGUP_MS 250

/* Both directions are closed; a peer that only ended its input (shutdown) still reads. */
static bool has_hung_up(const struct channel *c)
{
	struct pollfd p = {.fd = c->out};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR));
}

bool channel_has_peer(const struct channel *c)
{
	return !has_hung_up(c);
}

static void on_hangup_timer(uv_timer_t *timer)
{
	struct channel *c = timer->data;

	if (has_hung_up(c)) {
		uv_timer_stop(timer);
		session_hung_up(c->session);
	}
}

/* True: the session was told, and may be gone. Otherwise the timer keeps looking: the loop would
 * tell without end. */
static bool check_hangup(struct channel *c)
{
	c->half_closed = true;
	if (has_hung_up(c)) {
		session_hung_up(c->session);
		return true;
	}
	if (!uv_is_active((uv_handle_t *)&c->hangup))
		(void)uv_timer_start(&c->hangup, on_hangup_timer, HANGUP_MS, HANGUP_MS);
	return false;
}

static void on_level(uv_poll_t *handle, int status, int events)
{
	struct channel *c = handle->data;

	if (status < 0) {
		/* libuv has stopped watching; the error shows in the next read or write */
		*(handle == &c->poll ? &c->events : &c->out_events) = 0;
		c->readable = true;
	}
	if (events & UV_READABLE)
		c->readable = true;
	if ((events & UV_DISCONNECT) && check_hangup(c))
		return;
	session_pump(c->session);
}

static void on_doubt_timer(uv_timer_t *timer)
{
	struct channel *c = timer->data;

	c->in_doubt = false;
	session_peer_left(c);
	session_pump(c->session);
}

static void host_left(struct channel *c)
{
	log_debug("no host on the channel");
	if (session_has_unanswered(c->session) &&
	    clock_monotonic_ns() - c->read_ns < CHANNEL_DOUBT_NS) {
		c->in_doubt = true;
		(void)uv_timer_start(&c->hangup, on_doubt_timer, CHANNEL_DOUBT_MS, 0);
	} else {
		session_peer_left(c);
	}
}

static void host_arrived(struct channel *c)
{
	log_debug("a host is on the channel");
	if (c->in_doubt) {
		c->in_doubt = false;
		uv_timer_stop(&c->hangup);
	} else {
		session_peer_arrived(c);
	}
}

/*
 * Edges say that something changed; what, the port itself tells. Data and the news that a host has
 * left or come go through different queues. So a request can be read before the news that its host
 * is there: it is handled, and its reply waits for the host; and even before the news that the one
 * before it has left, which must not take that reply along.
 */
static void on_edge(uv_poll_t *handle, int status, int events)
{
	struct channel    *c = handle->data;
	struct epoll_event e;
	bool               was_absent = c->absent;

	(void)status;
	(void)events;
	if (epoll_wait(c->edges, &e, 1, 0) <= 0)
		return;
	c->readable = true;
	c->absent = e.events & EPOLLHUP;
	if (c->absent && !was_absent)
		host_left(c);
	else if (!c->absent && was_absent)
		host_arrived(c);
	session_pump(c->session);
}

static int start_edges(struct channel *c)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	int                rc;

	c->edges = epoll_create1(EPOLL_CLOEXEC);
	if (c->edges < 0 || epoll_ctl(c->edges, EPOLL_CTL_ADD, c->in, &e) < 0)
		return -errno;
	rc = uv_poll_init(&c->front->loop, &c->poll, c->edges);
	if (rc < 0)
		return rc;
	c->n_handles++;
	c->poll.data = c;
	return uv_poll_start(&c->poll, UV_READABLE, on_edge);
}

/* Regular files cannot be watched and need not be. */
static int init_poll(struct channel *c, uv_poll_t *poll, int fd, bool *ret_watched)
{
	int rc = uv_poll_init(&c->front->loop, poll, fd);

	*ret_watched = rc == 0;
	if (rc == UV_EPERM)
		return 0;
	if (rc == 0) {
		c->n_handles++;
		poll->data = c;
	}
	return rc;
}

static int start_level(struct channel *c)
{
	int rc = init_poll(c, &c->poll, c->in, &c->in_watched);

	if (rc == 0 && c->out != c->in)
		rc = init_poll(c, &c->out_poll, c->out, &c->out_watched);
	c->readable = !c->in_watched;
	return rc;
}

static void channel_free(struct channel *c)
{
	if (c->edges >= 0)
		(void)close(c->edges);
	if (c->out != c->in)
		(void)close(c->out);
	(void)close(c->in);
	free(c);
}

static void on_closed(uv_handle_t *handle)
{
	struct channel *c = handle->data;

	if (--c->n_handles == 0)
		channel_free(c);
}

void channel_close(struct channel *c)
{
	bool two = c->out != c->in && c->out_watched;

	c->session = NULL;
	if (c->n_handles == 0) {
		channel_free(c);
		return;
	}
	uv_close((uv_handle_t *)&c->hangup, on_closed);
	if (c->edges >= 0 || c->in_watched)
		uv_close((uv_handle_t *)&c->poll, on_closed);
	if (two)
		uv_close((uv_handle_t *)&c->out_poll, on_closed);
}

struct channel *channel_new(struct endpoint *e, int in, int out, struct err *err)
{
	struct front   *f = e->front;
	struct channel *c = calloc(1, sizeof(*c));
	int             rc;

	if (!c) {
		(void)close(in);
		if (out != in)
			(void)close(out);
		(void)err_os(err, ENOMEM, "cannot watch the channel");
		return NULL;
	}
	*c = (struct channel){.front = f,
			      .endpoint = e,
			      .transport = e->transport,
			      .in = in,
			      .out = out,
			      .edges = -1};
	(void)uv_timer_init(&f->loop, &c->hangup);
	c->hangup.data = c;
	c->n_handles = 1;
	c->session = session_new(f, c);
	rc = !c->session ? -ENOMEM : e->transport->edges ? start_edges(c) : start_level(c);
	if (rc < 0) {
		(void)err_os(err, -rc, "cannot watch the channel");
		if (c->session)
			session_abort(c->session);
		channel_close(c);
		return NULL;
	}
	channel_watch(c, true, false);
	return c;
}

static void watch_one(uv_poll_t *poll, int *started, int events)
{
	if (events == *started)
		return;
	*started = events;
	if (events)
		(void)uv_poll_start(poll, events, on_level);
	else
		uv_poll_stop(poll);
}

void channel_watch(struct channel *c, bool read, bool write)
{
	int in = read ? UV_READABLE : 0, out = write ? UV_WRITABLE : 0;

	if (c->edges >= 0)
		return;
	/* a peer that we do not read from can still leave */
	if (!in && !c->half_closed)
		in = UV_DISCONNECT;
	if (c->in == c->out)
		in |= out;
	else if (c->out_watched)
		watch_one(&c->out_poll, &c->out_events, out);
	else if (out)
		session_schedule(c->session);
	if (c->in_watched)
		watch_one(&c->poll, &c->events, in);
	else if (in & UV_READABLE)
		session_schedule(c->session);
}

ssize_t channel_read(struct channel *c, char *buf, size_t n)
{
	ssize_t got;

	do
		got = read(c->in, buf, n);
	while (got < 0 && errno == EINTR);
	if (got > 0 && c->edges >= 0)
		c->read_ns = clock_monotonic_ns();
	/* a short read has emptied a stream; a port gives one of its buffers at a time */
	if (got <= 0 || ((size_t)got < n && c->edges < 0 && c->in_watched))
		c->readable = false;
	return got;
}

ssize_t channel_write(struct channel *c, const char *buf, size_t n)
{
	ssize_t done;

	do
		done = write(c->out, buf, n); /* SIGPIPE is ignored in this process */
	while (done < 0 && errno == EINTR);
	return done;
}
