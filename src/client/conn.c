/* SPDX-License-Identifier: MIT */
/*
 * Reads while it writes: an agent that is still sending old replies stops reading until they are
 * taken, and a large request would otherwise wait for it for ever.
 */
#include "client/conn.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "base/clock.h"
#include "client/error.h"

#define READ_MIN 65536                         /* room made for each read */
#define MORE_LATER (-2)                        /* a read that would have to wait */
#define WAIT_MAX_NS (INT64_C(3600) * NS_PER_S) /* one wait; fits a 32-bit time_t */

int64_t qgac_deadline(int64_t timeout_ms)
{
	int64_t now = clock_monotonic_ns();

	if (timeout_ms < 0)
		timeout_ms = 0;
	if (timeout_ms > (INT64_MAX - now) / NS_PER_MS)
		return INT64_MAX;
	return now + timeout_ms * NS_PER_MS;
}

void conn_reset(struct qgac *agent)
{
	agent->out_done = 0;
	agent->in_used = 0;
	buf_reset(&agent->out, agent->keep);
	buf_reset(&agent->in, agent->keep);
}

void conn_next(struct qgac *agent)
{
	agent->out_done = 0;
	buf_reset(&agent->out, agent->keep);
	buf_consume(&agent->in, agent->in_used);
	agent->in_used = 0;
}

void conn_announce(struct qgac *agent, int64_t deadline)
{
	int64_t left = deadline - clock_monotonic_ns();

	if (agent->is_bridge)
		buf_printf(&agent->out, "%lld ",
			   left > 0 ? (long long)((left - 1) / NS_PER_S + 1) : 1LL);
}

static bool would_block(int os)
{
	return os == EAGAIN || os == EWOULDBLOCK || os == EINTR;
}

static ssize_t write_some(const struct qgac *agent, const char *data, size_t n)
{
	if (agent->is_socket)
		return send(agent->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	return write(agent->fd, data, n);
}

/* Writes what fits. A peer that no longer reads may have answered before it went: reading tells. */
static void write_queued(struct qgac *agent)
{
	if (agent->ended)
		return;
	while (agent->out_done < agent->out.len) {
		ssize_t n = write_some(agent, agent->out.data + agent->out_done,
				       agent->out.len - agent->out_done);

		if (n > 0) {
			agent->out_done += (size_t)n;
			continue;
		}
		if (n < 0 && !would_block(errno))
			agent->ended = true;
		return;
	}
}

/* Bytes read (more than 0), MORE_LATER, or -1 with err set. */
static ssize_t read_some(struct qgac *agent, struct qgac_err *err)
{
	struct buf *in = &agent->in;
	ssize_t     n;
	int         os;

	if (buf_reserve(in, READ_MIN) < 0)
		return error_memory(err);
	if (agent->is_socket)
		n = recv(agent->fd, in->data + in->len, in->cap - in->len, MSG_DONTWAIT);
	else
		n = read(agent->fd, in->data + in->len, in->cap - in->len);
	os = errno;
	if (n > 0) {
		in->len += (size_t)n;
		return n;
	}
	if (n < 0 && would_block(os))
		return MORE_LATER;
	agent->ended = true;
	agent->synced = false;
	if (n < 0 && os != ECONNRESET && os != EPIPE)
		return error_os(err, QGAC_ERR_CLOSED, os, "the connection to the agent failed");
	return error_set(err, QGAC_ERR_CLOSED, "the connection was closed %s",
			 in->len > 0 ? "in the middle of a reply" : "without a reply");
}

/*
 * Whether the other side has left bytes of ours lying in the socket (TIOCOUTQ is the same as
 * SIOCOUTQ everywhere).
 */
static bool is_unread(const struct qgac *agent)
{
	int queued = 0;

	if (agent->out_done < agent->out.len)
		return true;
	return agent->is_socket && ioctl(agent->fd, TIOCOUTQ, &queued) == 0 && queued > 0;
}

static int timed_out(struct qgac *agent, enum qgac_stage stage, struct qgac_err *err)
{
	static const char *const what[] = {
		[QGAC_STAGE_UNREAD] = "nobody has read what was sent to the agent",
		[QGAC_STAGE_SYNC] = "the agent does not answer the handshake",
		[QGAC_STAGE_SEND] = "the agent does not read the request",
		[QGAC_STAGE_REPLY] = "waiting for the reply",
	};

	if (is_unread(agent))
		stage = stage == QGAC_STAGE_SYNC ? QGAC_STAGE_UNREAD : QGAC_STAGE_SEND;
	agent->synced = false;
	(void)error_set(err, QGAC_ERR_TIMEOUT, "timed out: %s", what[stage]);
	return error_stage(err, stage);
}

enum ready { READY, TOO_LATE, CANCELLED };

short conn_events(const struct qgac *agent)
{
	bool unsent = agent->out_done < agent->out.len && !agent->ended;

	return (short)(POLLIN | (unsent ? POLLOUT : 0));
}

static enum ready wait_ready(const struct qgac *agent, int64_t deadline, short *ret_events)
{
	struct pollfd fds[] = {
		{.fd = agent->fd, .events = conn_events(agent)},
		{.fd = agent->cancel_fd, .events = POLLIN}, /* poll() passes over a negative one */
	};

	for (;;) {
		int64_t         left = deadline - clock_monotonic_ns();
		struct timespec ts;
		int             n;

		if (left <= 0)
			return TOO_LATE;
		if (left > WAIT_MAX_NS)
			left = WAIT_MAX_NS;
		ts = (struct timespec){.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
		n = ppoll(fds, ARRAY_SIZE(fds), &ts, NULL);
		if (n == 0 || (n < 0 && errno == EINTR))
			continue;
		if (n > 0 && fds[1].revents)
			return CANCELLED;
		/* a descriptor that cannot be polled fails in the read that follows */
		*ret_events = n > 0 ? fds[0].revents : POLLIN;
		return READY;
	}
}

static int cancelled(struct qgac *agent, enum qgac_stage stage, struct qgac_err *err)
{
	agent->synced = false;
	(void)error_set(err, QGAC_ERR_CANCELLED, "cancelled");
	return error_stage(err, stage);
}

/* Waits until bytes can be moved and reads: how many, 0 when some can be written, or -1. */
static ssize_t move_bytes(struct qgac *agent, enum qgac_stage stage, int64_t deadline,
			  struct qgac_err *err)
{
	short   events;
	ssize_t n;

	switch (wait_ready(agent, deadline, &events)) {
	case TOO_LATE:
		return timed_out(agent, stage, err);
	case CANCELLED:
		return cancelled(agent, stage, err);
	case READY:
		break;
	}
	if (!(events & ~POLLOUT))
		return 0;
	n = read_some(agent, err);
	if (n == MORE_LATER)
		return 0;
	return n < 0 ? error_stage(err, stage) : n;
}

int conn_exchange(struct qgac *agent, conn_feed *feed, void *state, enum qgac_stage stage,
		  int64_t deadline, struct qgac_err *err)
{
	for (;;) {
		ssize_t n;
		int     done;

		write_queued(agent);
		n = move_bytes(agent, stage, deadline, err);
		if (n < 0)
			return -1;
		done = n > 0 ? feed(agent, (size_t)n, state, err) : 0;
		if (done < 0)
			return error_stage(err, stage);
		if (done > 0)
			return 0;
	}
}

int conn_send(struct qgac *agent, enum qgac_stage stage, int64_t deadline, struct qgac_err *err)
{
	for (;;) {
		write_queued(agent);
		if (agent->out_done == agent->out.len)
			return 0;
		if (move_bytes(agent, stage, deadline, err) < 0)
			return -1;
		if (agent->in.len - agent->in_used > agent->reply_max) {
			(void)error_set(err, QGAC_ERR_PROTOCOL,
					"the agent sends more than %zu bytes that nobody asked for",
					agent->reply_max);
			return error_stage(err, stage);
		}
	}
}

int conn_step(struct qgac *agent, conn_feed *feed, void *state, enum qgac_stage stage,
	      struct qgac_err *err)
{
	for (;;) {
		ssize_t n;
		int     done;

		write_queued(agent);
		n = read_some(agent, err);
		if (n == MORE_LATER)
			return 0;
		done = n < 0 ? -1 : feed(agent, (size_t)n, state, err);
		if (done < 0)
			return error_stage(err, stage);
		if (done > 0)
			return 1;
	}
}

int conn_check_quiet(struct qgac *agent, struct qgac_err *err)
{
	ssize_t n;
	size_t  i;

	if (agent->ended)
		return error_set(err, QGAC_ERR_CLOSED, "the connection has ended already");
	if (!agent->synced)
		return 0;
	conn_reset(agent);
	n = read_some(agent, err);
	if (n == MORE_LATER)
		return 0;
	if (n < 0)
		return error_stage(err, QGAC_STAGE_REPLY);
	for (i = 0; i < (size_t)n; i++)
		if (agent->in.data[i] == '\0' || !strchr(" \t\r\n", agent->in.data[i]))
			agent->synced = false;
	return 0;
}
