/* SPDX-License-Identifier: MIT */
#include "front/session.h"

#include <errno.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "front/channel.h"
#include "front/front.h"
#include "front/log.h"
#include "front/outbox.h"
#include "front/queue.h"
#include "front/run.h"
#include "json/reader.h"
#include "json/writer.h"
#include "proto/aliases.h"
#include "proto/envelope.h"
#include "proto/reply.h"

/* Input handled for one session before others get their turn. */
#define ROUND_BYTES ((size_t)256 << 10)

struct session {
	struct front   *front;
	struct channel *channel; /* NULL: the peer has left */
	struct frame    frame;
	struct queue    queue;
	struct outbox   out;
	struct pending *running; /* in `worker` */
	struct worker  *worker;
	bool            reply_open;  /* the running reply has begun in `out` */
	bool            value_done;  /* the worker has returned; the last bytes may still be in the ring */
	bool            input_ended; /* end of file: answer what is there, then close */
	bool            input_lost;  /* reading failed: nothing more can come */
	bool            peer_gone;   /* nobody reads replies any more; what the peer sent still counts */
	bool            scheduled;
	int64_t         blocked_ns; /* since when the peer reads nothing, 0: it does */
	int64_t         served_ns;  /* when the peer last took something of the running reply, 0: never */
	struct session *next_ready;
	uv_timer_t      timer; /* sync-grace, or orphan-grace once the peer has left */
};

static void on_timer(uv_timer_t *timer);

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
	frame_init(&s->frame, &f->budget, c->transport->shared_line);
	queue_init(&s->queue);
	outbox_init(&s->out);
	(void)uv_timer_init(&f->loop, &s->timer);
	s->timer.data = s;
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
	queue_fini(&s->queue, &s->front->budget);
	pending_free(s->running, &s->front->budget);
	frame_fini(&s->frame);
	outbox_fini(&s->out);
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

/* --- the running command --- */

static bool has_peer(const struct session *s)
{
	return s->channel && !s->peer_gone;
}

static size_t ring_pending(const struct session *s)
{
	const char *data;

	return s->worker ? pool_peek(s->worker, &data) : 0;
}

static void finish_running(struct session *s)
{
	frame_recycle(&s->frame, &s->running->msg);
	pending_free(s->running, &s->front->budget);
	s->running = NULL;
	s->worker = NULL;
	s->reply_open = false;
	s->value_done = false;
	s->served_ns = 0;
	uv_timer_stop(&s->timer);
}

static void on_value_data(void *ctx)
{
	struct session *s = ctx;

	if (!s->reply_open)
		reply_open(&s->out.buf, s->running->command);
	s->reply_open = true;
	session_pump(s);
}

/* A value that is here as a whole: its line at once, or an error in its place. */
static void put_reply(struct session *s, const char *value, size_t n)
{
	const struct pending *p = s->running;
	size_t                mark = outbox_mark(&s->out);

	if (p->command->flags & CMD_NO_REPLY)
		return;
	reply_open(&s->out.buf, p->command);
	buf_add(&s->out.buf, value, n);
	reply_close(&s->out.buf, p->text.data, p->text.len);
	outbox_seal(&s->out, mark);
}

static void answer_whole(struct session *s, const char *value, size_t n)
{
	put_reply(s, value, n);
	pool_release(s->worker);
	finish_running(s);
}

static void on_value_end(void *ctx, const char *value, size_t n)
{
	struct session *s = ctx;

	if (n > 0) {
		answer_whole(s, value, n);
		session_pump(s);
		return;
	}
	s->value_done = true;
	on_value_data(s);
}

static void on_value_open(void *ctx, int fd, int64_t first)
{
	struct session *s = ctx;
	int64_t         number;
	struct buf      value = BUF_INIT(32);
	struct json_out w;
	struct err      err;

	if (!has_peer(s)) {
		/* nobody would ever learn the number */
		handles_not_opened(&s->front->handles);
		pool_close(&s->front->pool, fd);
		finish_running(s);
		session_pump(s);
		return;
	}
	err_init(&err);
	number = handles_opened(&s->front->handles, fd, first, &err);
	if (number < 0) {
		outbox_error(&s->out, &s->running->text, &err);
	} else {
		json_out_init(&w, &value);
		json_out_int(&w, number);
		put_reply(s, value.data, value.len);
		log_info("guest-file-open, handle: %lld", (long long)number);
	}
	buf_fini(&value);
	finish_running(s);
	session_pump(s);
}

static void on_value_error(void *ctx, const struct err *err)
{
	struct session *s = ctx;

	if (s->running->command->flags & CMD_OPENS_HANDLE)
		handles_not_opened(&s->front->handles);

	/* a reply that has begun cannot become an error any more: its line is ended where it is */
	if (s->reply_open)
		buf_add_char(&s->out.buf, '\n');
	else
		outbox_error(&s->out, &s->running->text, err);
	finish_running(s);
	session_pump(s);
}

/* All of the value that was in the ring is written: the rest of its line. */
static void close_reply(struct session *s)
{
	const struct buf *id = &s->running->text;

	reply_close(&s->out.buf, id->data, id->len);
	pool_release(s->worker);
	finish_running(s);
}

static void abandon_running(struct session *s)
{
	if (s->running->command->flags & CMD_OPENS_HANDLE)
		handles_not_opened(&s->front->handles);
	pool_abandon(s->worker);
	if (s->reply_open)
		buf_add_char(&s->out.buf, '\n');
	finish_running(s);
}

/* --- starting requests --- */

/* The open file that the arguments name, NULL. The worker judges everything else about them. */
static struct handle *find_handle(struct session *s, const struct pending *p)
{
	struct json_text text = {p->msg.data + p->args, p->msg.data + p->args + p->args_len, &p->msg.hints};
	struct json      root = json_root(&text), key, value;
	struct json_walk w;

	if (json_kind(&root) != JSON_OBJECT)
		return NULL;
	json_walk_start(&w, &root);
	while (json_walk_member(&w, &key, &value)) {
		struct json_num num;

		if (!aliases_is_handle(&key) || json_kind(&value) != JSON_NUMBER)
			continue;
		num = json_num(&value);
		return num.kind == JSON_NUM_INT ? handles_find(&s->front->handles, num.i) : NULL;
	}
	return NULL;
}

/* What the command needs of the handle table. */
static int prepare_file(struct session *s, const struct pending *p, struct pool_arguments *args, struct err *err)
{
	struct handles *h = &s->front->handles;

	if (p->command->flags & CMD_OPENS_HANDLE) {
		if (handles_begin_open(h, err) < 0)
			return -1;
		args->reserve = handles_to_reserve(h);
	} else if (p->command->flags & (CMD_USES_HANDLE | CMD_CLOSES_HANDLE)) {
		args->handle = find_handle(s, p);
	}
	if (args->handle && !args->handle->busy && (p->command->flags & CMD_CLOSES_HANDLE)) {
		args->closing = handles_remove(h, args->handle);
		args->handle = NULL;
	}
	return 0;
}

static int call_worker(struct session *s, struct pending *p, struct err *err)
{
	const struct pool_client client = {
		.ctx = s,
		.on_data = on_value_data,
		.on_return = on_value_end,
		.on_error = on_value_error,
		.on_open = on_value_open,
	};
	struct pool_arguments args = {
		.start = p->msg.data + p->args,
		.len = p->args_len,
		.memfd = p->args_len ? p->msg.memfd : -1,
		.base = p->msg.base,
		.map_len = p->msg.map_len,
		.map_id = p->msg.map_id,
		.hints = &p->msg.hints,
		.closing = -1,
	};

	if (prepare_file(s, p, &args, err) < 0)
		return -1;
	s->worker = pool_call(&s->front->pool, p->command, &args, &client, err);
	if (args.closing >= 0)
		(void)close(args.closing); /* the worker has it; if not, nobody else is there to do it */
	if (!s->worker && (p->command->flags & CMD_OPENS_HANDLE))
		handles_not_opened(&s->front->handles);
	return s->worker ? 0 : -1;
}

static void start_in_worker(struct session *s, struct pending *p)
{
	struct err err;

	run_log(p->command);
	err_init(&err);
	if (call_worker(s, p, &err) == 0) {
		s->running = p;
		return;
	}
	outbox_error(&s->out, &p->text, &err);
	pending_free(p, &s->front->budget);
}

static void start_in_front(struct session *s, struct pending *p)
{
	struct json_text text = {p->msg.data + p->args, p->msg.data + p->args + p->args_len, &p->msg.hints};
	struct json      args = {.p = p->args_len ? text.start : NULL, .text = &text};

	run_in_front(p->command, &args, &s->front->policy, &p->text, &s->out);
	pending_free(p, &s->front->budget);
}

/* The policy is asked when a command starts, not when it arrives: a freeze may lie between. */
static void start(struct session *s, struct pending *p)
{
	size_t     mark = outbox_mark(&s->out);
	struct err err;

	err_init(&err);
	if (!p->command) {
		buf_add(&s->out.buf, p->text.data, p->text.len);
		outbox_seal(&s->out, mark);
		pending_free(p, &s->front->budget);
	} else if ((p->command->flags & CMD_NEEDS_PEER) && !(has_peer(s) && channel_has_peer(s->channel))) {
		log_warning("%s is not started: its client has left", p->command->name);
		pending_free(p, &s->front->budget);
	} else if (policy_check(&s->front->policy, p->command, false, &err) < 0) {
		outbox_error(&s->out, &p->text, &err);
		pending_free(p, &s->front->budget);
	} else if (p->command->flags & CMD_IN_FRONT) {
		start_in_front(s, p);
	} else {
		start_in_worker(s, p);
	}
}

/* --- timers (design.md section 4, points 2 and 6) --- */

static void arm_sync_grace(struct session *s, int64_t from_ns)
{
	int64_t left = from_ns + s->front->options->sync_grace * NS_PER_MS - clock_monotonic_ns();

	(void)uv_timer_start(&s->timer, on_timer, left > 0 ? (uint64_t)(left / NS_PER_MS) + 1 : 0, 0);
}

static void arm_orphan_grace(struct session *s)
{
	(void)uv_timer_start(&s->timer, on_timer, (uint64_t)s->front->options->orphan_grace, 0);
}

/* Whenever a command starts or a sync arrives: is there a sync that must not wait too long? */
static void watch_running(struct session *s)
{
	const struct pending *sync = queue_first_sync(&s->queue);
	int64_t               now, due;

	if (!s->running || uv_is_active((uv_handle_t *)&s->timer))
		return;
	if (!has_peer(s)) {
		arm_orphan_grace(s);
	} else if (sync) {
		/* a request that starts in front of an overdue sync has its own time */
		now = clock_monotonic_ns();
		due = sync->arrived_ns + s->front->options->sync_grace * NS_PER_MS;
		arm_sync_grace(s, due > now ? sync->arrived_ns : now);
	}
}

/* It is the peer that is slow, or was until a moment ago, not the command. */
static bool is_held_up(const struct session *s)
{
	int64_t grace = s->front->options->sync_grace * NS_PER_MS;

	if (s->value_done || outbox_pending(&s->out) || ring_pending(s))
		return true;
	return s->served_ns && clock_monotonic_ns() - s->served_ns < grace;
}

static void on_timer(uv_timer_t *timer)
{
	struct session *s = timer->data;

	if (!s->running)
		return;
	if (has_peer(s) && !queue_first_sync(&s->queue))
		return;
	if (has_peer(s) && is_held_up(s)) {
		/* the time of a command that waited for its peer begins when the peer has read */
		arm_sync_grace(s, clock_monotonic_ns());
		return;
	}
	abandon_running(s);
	if (has_peer(s))
		(void)queue_drop_before_sync(&s->queue, &s->front->budget);
	session_pump(s);
}

/* --- requests --- */

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
		/* a reply would be missing: a peer can see that a connection ends, but not that a line is not there */
		log_error("no memory for an error reply, ending the session");
		s->input_lost = true;
		return;
	}
	p->msg.memfd = -1;
	buf_init(&text, OUTBOX_ID_MAX + 8 * ERR_TEXT_MAX);
	reply_error(&text, id->data, id->len, err);
	err_init(&over);
	if (text.failed || pending_charge(p, &text, &s->front->budget, &over) < 0) {
		/* the queue is short, so a short error needs no place in the budget: every request gets its reply */
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
static void shift_hints(struct json_hints *h, size_t by)
{
	uint32_t i, n = 0;

	for (i = 0; i < h->n; i++)
		if (h->at[i].start >= by)
			h->at[n++] = (struct json_hint){(uint32_t)(h->at[i].start - by), (uint32_t)(h->at[i].end - by)};
	h->n = n;
}

/* Takes the request out of the frame and the id from the caller. NULL with err when memory fails. */
static struct pending *keep(struct session *s, const struct envelope *env, struct buf *id, struct err *err)
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
	shift_hints(&p->msg.hints, p->args);
	if (pending_charge(p, id, &s->front->budget, err) < 0) {
		pending_free(p, &s->front->budget);
		return NULL;
	}
	return p;
}

static void accept_request(struct session *s, const struct envelope *env, struct buf *id)
{
	bool            idle = !s->running && !s->queue.head;
	struct pending *p;
	struct err      err;

	err_init(&err);
	if (idle && (env->command->flags & CMD_IN_FRONT) &&
	    policy_allows(&s->front->policy, env->command, false)) {
		/* the common case: on the bytes where they are */
		run_in_front(env->command, &env->arguments, &s->front->policy, id, &s->out);
		frame_drop(&s->frame);
		return;
	}
	p = keep(s, env, id, &err);
	if (!p) {
		answer_error(s, id, &err);
		return;
	}
	if (idle)
		start(s, p);
	else
		queue_push(&s->queue, p);
	watch_running(s);
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
		accept_request(s, &env, &id);
	}
	buf_fini(&id);
}

/* --- input --- */

static bool output_full(const struct session *s)
{
	return has_peer(s) && outbox_pending(&s->out) >= OUTBOX_HIGH;
}

static bool input_full(const struct session *s)
{
	return s->queue.n >= QUEUE_MAX || output_full(s);
}

/* Handles what has arrived; false when it had to stop before the end. */
static bool handle_input(struct session *s)
{
	struct buf no_id = BUF_INIT(0);
	struct err err;

	while (!input_full(s)) {
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
	if (n > 0) {
		frame_commit(&s->frame, (size_t)n, clock_monotonic_ns());
		log_debug("read data, count: %zd", n);
	}
	return n;
}

static void input_ends(struct session *s, ssize_t n)
{
	const struct transport *t = s->channel->transport;

	if (t->edges) {
		if (n == 0)
			return; /* no host is connected; the next edge tells when one is */
		log_error("error reading channel: %s", strerror(errno));
		front_stop(s->front, 0);
		return;
	}
	if (n < 0)
		s->input_lost = true;
	else
		s->input_ended = true;
}

/* Reads and handles up to ROUND_BYTES; what is left then waits for the next round. */
static void read_round(struct session *s)
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
	watch_running(s);
}

static void write_ring(struct session *s)
{
	const char *data;
	size_t      n;

	while (s->worker && !outbox_pending(&s->out) && (n = pool_peek(s->worker, &data)) > 0) {
		ssize_t done = channel_write(s->channel, data, n);

		if (done < 0) {
			if (errno != EAGAIN)
				lose_peer(s);
			return;
		}
		pool_consume(s->worker, (size_t)done);
		s->served_ns = clock_monotonic_ns();
	}
}

/* What can be written now. Without a peer the bytes just go. */
static void write_some(struct session *s)
{
	if (!has_peer(s)) {
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
		lose_peer(s);
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
	watch_running(s);
}

void session_hung_up(struct session *s)
{
	if (!s->peer_gone)
		lose_peer(s);
	session_pump(s);
}

void session_peer_left(struct channel *c)
{
	struct session *s = c->session, *fresh = NULL;

	if (has_work(s)) {
		/* the line always has a session, even when all places are taken by sessions that finish their work */
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
	struct channel *c = s->channel;

	lose_channel(s);
	if (c->transport->ends)
		front_stop(s->front, 0);
	channel_close(c);
}

/* --- the pump --- */

static bool can_close_reply(const struct session *s)
{
	return s->value_done && !ring_pending(s);
}

static bool can_start(const struct session *s)
{
	return !s->running && s->queue.head && !output_full(s);
}

/* Everything that needs no input; ends when it is the peer's or a worker's turn. */
static void advance(struct session *s)
{
	do {
		while (can_close_reply(s) || can_start(s)) {
			if (can_close_reply(s))
				close_reply(s);
			else
				start(s, queue_pop(&s->queue));
		}
		watch_running(s);
		/* out of memory in the middle of a reply: what was sent of it cannot be taken back */
		if (s->out.buf.failed)
			s->input_lost = true;
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
	read_round(s);
	was_full = input_full(s);
	advance(s);
	/* bytes that are in the frame already make no event */
	if (was_full && !input_full(s))
		session_schedule(s);
	if (is_finished(s))
		close_channel(s);
	else
		channel_watch(s->channel, !s->input_ended && !input_full(s), outbox_pending(&s->out) || ring_pending(s));
}

void session_pump(struct session *s)
{
	if (s->channel)
		pump_channel(s);
	if (s->channel)
		return;
	advance(s);
	if (!has_work(s))
		destroy(s);
}
