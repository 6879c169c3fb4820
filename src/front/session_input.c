/* SPDX-License-Identifier: MIT */
/*
 * From bytes to requests: reading, framing, the envelope; what cannot run at once is queued, errors
 * included.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "front/run.h"
#include "front/session_state.h"
#include "json/reader.h"
#include "json/writer.h"
#include "log/log.h"
#include "proto/envelope.h"
#include "proto/reply.h"

/* Input handled for one session before others get their turn. */
#define ROUND_BYTES ((size_t)256 << 10)

static void answer_error(struct session *s, const struct buf *id, const struct err *err)
{
	struct pending *p;
	struct buf      text;
	struct err      over;

	if (!s->running && !s->queue.head) {
		outbox_error(&s->out, id, err);
		return;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		/* a reply would be missing: a peer can see that a connection ends, but not that a
		 * line is not there */
		log_error("no memory for an error reply, ending the session");
		s->input_lost = true;
		return;
	}
	p->msg.memfd = -1;
	buf_init(&text, OUTBOX_ID_MAX + 8 * ERR_TEXT_MAX);
	reply_error(&text, id->data, id->len, err);
	err_init(&over);
	if (text.failed || pending_charge(p, &text, &s->front->budget, &over) < 0) {
		/* the queue is short, so a short error needs no place in the budget: every request
		 * gets its reply */
		buf_reset(&text, 0);
		reply_error(&text, NULL, 0, over.set ? &over : err);
		p->text = text;
	}
	queue_push(&s->queue, p);
}

static int serialise_id(const struct envelope *env, struct buf *ret, struct err *err)
{
	struct json_out w;

	if (!env->id.p)
		return 0;
	json_out_init(&w, ret);
	json_out_value(&w, &env->id);
	if (!ret->failed)
		return 0;
	buf_reset(ret, 0);
	return err_set(err, "limit exceeded: an id may take %zu bytes in the reply", OUTBOX_ID_MAX);
}

/* Hints count from the start of the request; the arguments are looked at on their own. */
static void shift_hints(struct json_hints *h, size_t by, size_t len)
{
	uint32_t i, n = 0;

	for (i = 0; i < h->n; i++) {
		if (h->at[i].start < by || h->at[i].end > by + len)
			continue;
		h->at[n] = h->at[i];
		h->at[n].start -= (uint32_t)by;
		h->at[n++].end -= (uint32_t)by;
	}
	h->n = n;
}

/* Takes the request out of the frame and the id from the caller. NULL with err when memory fails.
 */
static struct pending *keep(struct session *s, const struct envelope *env, struct buf *id,
			    struct err *err)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p) {
		(void)err_os(err, ENOMEM, "cannot hold the request");
		frame_drop(&s->frame);
		return NULL;
	}
	p->command = env->command;
	p->arrived_ns = s->frame.last_ns;
	if (env->arguments.p) {
		p->args = (size_t)(env->arguments.p - env->arguments.text->start);
		p->args_len = (size_t)(json_value_end(&env->arguments) - env->arguments.p);
	}
	if (frame_take(&s->frame, &p->msg, err) < 0) {
		free(p);
		return NULL;
	}
	shift_hints(&p->msg.hints, p->args, p->args_len);
	if (pending_charge(p, id, &s->front->budget, err) < 0) {
		pending_free(p, &s->front->budget);
		return NULL;
	}
	return p;
}

static void accept_request(struct session *s, const struct envelope *env, struct buf *id)
{
	bool            idle = !s->running && !s->queue.head;
	bool            allowed = policy_allows(session_policy(s), env->command,
						freezer_filters(&s->front->freezer, env->command));
	struct pending *p;
	struct err      err;

	err_init(&err);
	if (allowed && (env->command->flags & CMD_THAWS))
		freezer_cancel(&s->front->freezer);
	if (idle && allowed && (env->command->flags & CMD_IN_FRONT) &&
	    !session_must_wait(s, env->command)) {
		/* the common case: on the bytes where they are */
		(void)run_in_front(env->command, &env->arguments, s->front, session_policy(s), NULL,
				   id, &s->out);
		frame_drop(&s->frame);
		return;
	}
	p = keep(s, env, id, &err);
	if (!p) {
		answer_error(s, id, &err);
		return;
	}
	if (idle)
		session_start(s, p);
	else
		queue_push(&s->queue, p);
	session_watch_running(s);
}

static void handle_request(struct session *s)
{
	struct buf       id = BUF_INIT(OUTBOX_ID_MAX);
	struct json_text text;
	struct envelope  env;
	struct err       err, id_err;

	err_init(&err);
	err_init(&id_err);
	frame_text(&s->frame, &text);
	if (json_check(&text, &err) < 0) {
		if (frame_retry(&s->frame))
			return;
		answer_error(s, &id, &err);
		frame_drop(&s->frame);
		return;
	}
	(void)envelope_parse(&text, &env, &err);
	(void)serialise_id(&env, &id, &id_err);
	if (id_err.set || err.set) {
		answer_error(s, &id, id_err.set ? &id_err : &err);
		frame_drop(&s->frame);
	} else {
		/* quality engineers match this text (decisions.md row 51) */
		log_debug("read data, count: %td, command: %s", text.end - text.start,
			  env.command->name);
		accept_request(s, &env, &id);
	}
	buf_fini(&id);
}

bool session_output_full(const struct session *s)
{
	return session_has_peer(s) && outbox_pending(&s->out) >= OUTBOX_HIGH;
}

bool session_input_full(const struct session *s)
{
	return s->queue.n >= QUEUE_MAX || session_output_full(s);
}

/* Handles what has arrived; false when it had to stop before the end. */
static bool handle_input(struct session *s)
{
	struct buf no_id = BUF_INIT(0);
	struct err err;

	while (!session_input_full(s)) {
		err_init(&err);
		switch (frame_next(&s->frame, &err)) {
		case FRAME_MORE:
			return true;
		case FRAME_REQUEST:
			handle_request(s);
			break;
		case FRAME_ERROR:
			if (!frame_retry(&s->frame))
				answer_error(s, &no_id, &err);
			break;
		}
	}
	return false;
}

/* Bytes read, 0 at the end of file, -1 with errno. */
static ssize_t read_some(struct session *s)
{
	struct buf no_id = BUF_INIT(0);
	struct err err;
	size_t     room;
	ssize_t    n;
	char      *to;

	err_init(&err);
	if (frame_room(&s->frame, &to, &room, &err) < 0) {
		answer_error(s, &no_id, &err);
		err_init(&err);
		if (frame_room(&s->frame, &to, &room, &err) < 0) {
			errno = ENOMEM;
			return -1;
		}
	}
	n = channel_read(s->channel, to, room);
	if (n > 0)
		frame_commit(&s->frame, (size_t)n, clock_monotonic_ns());
	return n;
}

static void input_ends(struct session *s, ssize_t n)
{
	const struct transport *t = s->channel->transport;

	if (t->edges) {
		if (n == 0)
			return; /* no host is connected; the next edge tells when one is */
		log_error("error reading channel: %s", strerror(errno));
	}
	if (n < 0)
		s->input_lost = true;
	else
		s->input_ended = true;
}

/* Reads and handles up to ROUND_BYTES; what is left then waits for the next round. */
void session_read_round(struct session *s)
{
	size_t total = 0;

	while (handle_input(s) && !s->input_ended && !s->input_lost && s->channel->readable) {
		ssize_t n;

		if (total >= ROUND_BYTES) {
			session_schedule(s);
			return;
		}
		n = read_some(s);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			input_ends(s, n);
			return;
		}
		total += (size_t)n;
	}
}
