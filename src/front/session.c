/* SPDX-License-Identifier: MIT */
#include "front/session.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "front/endpoint.h"
#include "front/session_state.h"
#include "log/log.h"

/* --- life --- */

bool session_room(const struct front *f)
{
	return f->n_sessions < SESSIONS_MAX;
}

struct session *session_new(struct front *f, struct channel *c)
{
	struct session *s = session_room(f) ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->front = f;
	s->channel = c;
	s->rules = c->endpoint->rules;
	s->channel_name = *c->endpoint->name ? c->endpoint->name : c->transport->name;
	peer_describe(c->transport, c->in, c->endpoint->path, s->peer, sizeof(s->peer));
	frame_init(&s->frame, &f->budget, c->transport->shared_line);
	queue_init(&s->queue);
	if (outbox_init(&s->out) < 0) {
		free(s);
		return NULL;
	}
	(void)uv_timer_init(&f->loop, &s->timer);
	s->timer.data = s;
	s->next = f->sessions;
	s->at = &f->sessions;
	if (s->next)
		s->next->at = &s->next;
	f->sessions = s;
	f->n_sessions++;
	return s;
}

static void unschedule(struct session *s)
{
	struct session **at = &s->front->ready;

	if (!s->scheduled)
		return;
	while (*at != s)
		at = &(*at)->next_ready;
	*at = s->next_ready;
	if (!*at)
		s->front->ready_tail = at;
	s->scheduled = false;
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void destroy(struct session *s)
{
	unschedule(s);
	freezer_forget(s->wait);
	queue_fini(&s->queue, &s->front->budget);
	pending_free(s->running, &s->front->budget);
	free(s->audit.begun);
	frame_fini(&s->frame);
	outbox_fini(&s->out);
	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	s->front->n_sessions--;
	uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

void session_schedule(struct session *s)
{
	if (s->scheduled)
		return;
	s->scheduled = true;
	s->next_ready = NULL;
	*s->front->ready_tail = s;
	s->front->ready_tail = &s->next_ready;
	front_wake(s->front);
}

void session_pump_scheduled(struct front *f)
{
	struct session *s;
	size_t          n = 0;

	for (s = f->ready; s; s = s->next_ready)
		n++;
	while (n-- > 0 && (s = f->ready)) {
		unschedule(s);
		session_pump(s);
	}
}

/* --- output --- */

static void drop_ring(struct session *s)
{
	const char *data;
	size_t      n;

	while (s->worker && (n = pool_peek(s->worker, &data)) > 0)
		pool_consume(s->worker, n);
}

/* Nobody takes replies any more. The running command has its own, longer time from now on. */
static void lose_peer(struct session *s)
{
	s->peer_gone = true;
	uv_timer_stop(&s->timer);
	outbox_drop(&s->out);
	drop_ring(s);
	session_watch_running(s);
}

/*
 * A write has failed. A peer that is gone may have left requests, which still count; one that is
 * there must not wait for replies for ever.
 */
static void output_broken(struct session *s, int os)
{
	lose_peer(s);
	if (os == EPIPE || os == ECONNRESET || s->channel->transport->edges)
		return;
	log_error("error writing to channel: %s", strerror(os));
	s->input_lost = true;
}

static void write_ring(struct session *s)
{
	const char *data;
	size_t      n;

	while (s->worker && !outbox_pending(&s->out) && (n = pool_peek(s->worker, &data)) > 0) {
		ssize_t done = channel_write(s->channel, data, n);

		if (done < 0) {
			if (errno != EAGAIN)
				output_broken(s, errno);
			return;
		}
		pool_consume(s->worker, (size_t)done);
		s->served_ns = clock_monotonic_ns();
	}
}

/* What can be written now. Without a peer the bytes just go. */
static void write_some(struct session *s)
{
	if (!session_has_peer(s)) {
		outbox_drop(&s->out);
		drop_ring(s);
		return;
	}
	switch (outbox_write(&s->out, s->channel)) {
	case OUTBOX_EMPTY:
		s->blocked_ns = 0;
		break;
	case OUTBOX_BLOCKED:
		if (!s->blocked_ns)
			s->blocked_ns = clock_monotonic_ns();
		break;
	case OUTBOX_BROKEN:
		output_broken(s, errno);
		return;
	}
	write_ring(s);
}

/* --- the peer leaves --- */

static bool has_work(const struct session *s)
{
	return s->running || s->queue.head;
}

void session_abort(struct session *s)
{
	destroy(s);
}

static void lose_channel(struct session *s)
{
	s->channel = NULL;
	unschedule(s);
	uv_timer_stop(&s->timer);
	frame_reset(&s->frame);
	write_some(s);
	session_watch_running(s);
}

void session_hung_up(struct session *s)
{
	if (!s->peer_gone)
		lose_peer(s);
	session_pump(s);
}

bool session_has_unanswered(const struct session *s)
{
	return has_work(s) || outbox_pending(&s->out);
}

void session_peer_left(struct channel *c)
{
	struct session *s = c->session, *fresh = NULL;

	if (has_work(s)) {
		/* the line always has a session, even when all places are taken by sessions that
		 * finish their work */
		s->front->n_sessions--;
		fresh = session_new(s->front, c);
		s->front->n_sessions++;
	}
	if (!fresh) {
		outbox_drop(&s->out);
		s->blocked_ns = 0;
		frame_reset(&s->frame);
		return;
	}
	c->session = fresh;
	lose_channel(s);
	session_pump(s);
}

void session_peer_arrived(struct channel *c)
{
	int64_t since = c->session->blocked_ns;

	if (since && clock_monotonic_ns() - since >= SESSION_HOLD_NS)
		session_peer_left(c);
}

static void close_channel(struct session *s)
{
	struct channel  *c = s->channel;
	struct endpoint *e = c->endpoint;

	lose_channel(s);
	channel_close(c);
	endpoint_lost(e);
}

/* --- the pump --- */

static bool can_close_reply(const struct session *s)
{
	return s->value_done && !session_ring_pending(s);
}

static bool can_start(const struct session *s)
{
	return !s->running && s->queue.head && !session_output_full(s);
}

/* Out of memory: what was sent of a reply cannot be taken back, and none must be missing. */
static void lose_reply(struct session *s)
{
	s->out.lost = false;
	if (!s->channel)
		return;
	if (!s->channel->transport->edges) {
		s->input_lost = true;
		return;
	}
	/* a port cannot be closed for one host alone; its line has to end at least */
	s->out.buf.failed = false;
	buf_add_char(&s->out.buf, '\n');
	s->out.buf.failed = false;
}

/* Everything that needs no input; ends when it is the peer's or a worker's turn. */
static void advance(struct session *s)
{
	do {
		while (can_close_reply(s) || can_start(s)) {
			if (can_close_reply(s))
				session_close_reply(s);
			else
				session_start(s, queue_pop(&s->queue));
		}
		session_watch_running(s);
		if (s->out.buf.failed || s->out.lost)
			lose_reply(s);
		write_some(s);
	} while (can_close_reply(s) || can_start(s));
}

static bool is_finished(const struct session *s)
{
	if (s->input_lost || (s->input_ended && s->peer_gone))
		return true;
	return s->input_ended && !has_work(s) && !outbox_pending(&s->out);
}

static void pump_channel(struct session *s)
{
	bool was_full;

	advance(s);
	session_read_round(s);
	was_full = session_input_full(s);
	advance(s);
	/* bytes that are in the frame already make no event */
	if (was_full && !session_input_full(s))
		session_schedule(s);
	if (is_finished(s))
		close_channel(s);
	else
		channel_watch(s->channel, !s->input_ended && !session_input_full(s),
			      outbox_pending(&s->out) || session_ring_pending(s));
}

void session_pump(struct session *s)
{
	front_watch_spares(s->front);
	if (s->channel)
		pump_channel(s);
	if (s->channel)
		return;
	advance(s);
	if (!has_work(s))
		destroy(s);
}
