/* SPDX-License-Identifier: MIT */
/*
 * Running requests: in the front on the spot, or in a worker whose results come back through the
 * pool's callbacks; and the timers that leave a hanging one behind (design.md section 4).
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "front/run.h"
#include "front/session_state.h"
#include "json/reader.h"
#include "json/writer.h"
#include "log/log.h"
#include "proto/aliases.h"
#include "proto/reply.h"

size_t session_ring_pending(const struct session *s)
{
	const char *data;

	return s->worker ? pool_peek(s->worker, &data) : 0;
}

void session_finish_running(struct session *s)
{
	session_audit_ok(s); /* unless something else was said of it */
	pending_wipe(s->running);
	frame_recycle(&s->frame, &s->running->msg);
	pending_free(s->running, &s->front->budget);
	s->running = NULL;
	s->worker = NULL;
	s->wait = NULL;
	s->child = NULL;
	s->report = 0;
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
void session_put_reply(struct session *s, const char *value, size_t n)
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
	session_put_reply(s, value, n);
	session_reported(s);
	pool_release(s->worker);
	session_finish_running(s);
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

	if (!session_has_peer(s)) {
		/* nobody would ever learn the number */
		handles_not_opened(&s->front->handles);
		pool_close(&s->front->pool, fd);
		session_finish_running(s);
		session_pump(s);
		return;
	}
	err_init(&err);
	number = handles_opened(&s->front->handles, fd, first, &err);
	if (number < 0) {
		session_audit_error(s, &err);
		outbox_error(&s->out, &s->running->text, &err);
	} else {
		json_out_init(&w, &value);
		json_out_int(&w, number);
		session_put_reply(s, value.data, value.len);
		session_audit_result(s, number);
	}
	buf_fini(&value);
	session_finish_running(s);
	session_pump(s);
}

static void on_value_error(void *ctx, const struct err *err)
{
	struct session *s = ctx;

	if (s->running->command->flags & CMD_OPENS_HANDLE)
		handles_not_opened(&s->front->handles);

	session_audit_error(s, err);
	/* a reply that has begun cannot become an error any more: its line is ended where it is */
	if (s->reply_open)
		buf_add_char(&s->out.buf, '\n');
	else
		outbox_error(&s->out, &s->running->text, err);
	session_finish_running(s);
	session_pump(s);
}

/* All of the value that was in the ring is written: the rest of its line. */
void session_close_reply(struct session *s)
{
	const struct buf *id = &s->running->text;

	reply_close(&s->out.buf, id->data, id->len);
	session_reported(s);
	pool_release(s->worker);
	session_finish_running(s);
}

static void abandon_running(struct session *s)
{
	if (s->running->command->flags & CMD_OPENS_HANDLE)
		handles_not_opened(&s->front->handles);
	if (s->wait)
		freezer_forget(s->wait);
	else if (s->child)
		execs_disown(s->child);
	else
		pool_abandon(s->worker);
	if (s->reply_open)
		buf_add_char(&s->out.buf, '\n');
	session_audit_abandoned(s);
	session_finish_running(s);
}

bool session_number_argument(const struct pending *p, bool (*wanted)(const struct json *key),
			     int64_t              *ret)
{
	struct json_text text = {p->msg.data + p->args, p->msg.data + p->args + p->args_len,
				 &p->msg.hints};
	struct json      root = json_root(&text), key, value;
	struct json_walk w;

	if (json_kind(&root) != JSON_OBJECT)
		return false;
	json_walk_start(&w, &root);
	while (json_walk_member(&w, &key, &value)) {
		struct json_num num;

		if (!wanted(&key) || json_kind(&value) != JSON_NUMBER)
			continue;
		num = json_num(&value);
		*ret = num.kind == JSON_NUM_INT ? num.i : 0;
		return num.kind == JSON_NUM_INT;
	}
	return false;
}

/* The open file that the arguments name, NULL. */
static struct handle *find_handle(struct session *s, const struct pending *p)
{
	int64_t number;

	if (!session_number_argument(p, aliases_is_handle, &number))
		return NULL;
	return handles_find(&s->front->handles, number);
}

/* What the command needs of the handle table. */
static int prepare_file(struct session *s, const struct pending *p, struct pool_arguments *args,
			struct err *err)
{
	struct handles *h = &s->front->handles;

	if (p->command->flags & CMD_OPENS_HANDLE) {
		if (handles_begin_open(h, err) < 0)
			return -1;
		args->reserve = handles_to_reserve(h);
		args->next = h->highest;
	} else if (p->command->flags & (CMD_USES_HANDLE | CMD_CLOSES_HANDLE)) {
		args->handle = find_handle(s, p);
	}
	return 0;
}

static int call_worker(struct session *s, struct pending *p, const struct request_report *report,
		       struct err *err)
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
		.rules = s->rules,
		.memfd = p->args_len ? p->msg.memfd : -1,
		.base = p->msg.base,
		.map_len = p->msg.map_len,
		.map_id = p->msg.map_id,
		.hints = &p->msg.hints,
		.report = report,
	};

	if (prepare_file(s, p, &args, err) < 0)
		return -1;
	s->worker = pool_call(&s->front->pool, p->command, &args, &client, err);
	if (!s->worker && (p->command->flags & CMD_OPENS_HANDLE))
		handles_not_opened(&s->front->handles);
	return s->worker ? 0 : -1;
}

struct json pending_arguments(const struct pending *p, struct json_text *text)
{
	*text = (struct json_text){p->msg.data + p->args, p->msg.data + p->args + p->args_len,
				   &p->msg.hints};
	return (struct json){.p = p->args_len ? text->start : NULL, .text = text};
}

static void start_in_worker(struct session *s, struct pending *p,
			    const struct request_report *report)
{
	struct err err;

	err_init(&err);
	if (call_worker(s, p, report, &err) == 0) {
		s->running = p;
		return;
	}
	s->report = 0;
	session_audit_error(s, &err);
	outbox_error(&s->out, &p->text, &err);
	pending_free(p, &s->front->budget);
}

static void start_in_front(struct session *s, struct pending *p,
			   const struct request_report *report)
{
	struct json_text  text;
	const struct json args = pending_arguments(p, &text);

	if (run_in_front(p->command, &args, s->front, session_policy(s), report, &p->text, &s->out))
		session_reported(s);
	s->report = 0;
	pending_free(p, &s->front->budget);
}

/* Without output the answer is short, and is often asked for: no worker for it. */
static void start_report(struct session *s, struct pending *p)
{
	struct request_report report;

	session_find_report(s, p, &report);
	if (report.out.n > 0 || report.err.n > 0)
		start_in_worker(s, p, &report);
	else
		start_in_front(s, p, &report);
}

static void start_allowed(struct session *s, struct pending *p)
{
	session_audit_begin(s, p);
	if ((p->command->flags & CMD_FREEZER) || session_must_wait(s, p->command))
		session_start_freeze(s, p);
	else if (p->command->flags & CMD_STARTS_CHILD)
		session_start_child(s, p);
	else if (p->command->flags & CMD_REPORTS_CHILD)
		start_report(s, p);
	else if (p->command->flags & CMD_IN_FRONT)
		start_in_front(s, p, NULL);
	else
		start_in_worker(s, p, NULL);
}

/* The policy is asked when a command starts, not when it arrives: a freeze may lie between. */
void session_start(struct session *s, struct pending *p)
{
	size_t     mark = outbox_mark(&s->out);
	struct err err;

	err_init(&err);
	if (!p->command) {
		buf_add(&s->out.buf, p->text.data, p->text.len);
		outbox_seal(&s->out, mark);
		pending_free(p, &s->front->budget);
	} else if ((p->command->flags & CMD_NEEDS_PEER) &&
		   !(session_has_peer(s) && channel_has_peer(s->channel))) {
		log_warning("%s is not started: its client has left", p->command->name);
		session_audit_unstarted(s, p, "its client has left");
		pending_free(p, &s->front->budget);
	} else if (policy_check(session_policy(s), p->command,
				freezer_filters(&s->front->freezer, p->command), &err) < 0) {
		session_audit_refused(s, p, &err);
		outbox_error(&s->out, &p->text, &err);
		pending_free(p, &s->front->budget);
	} else {
		start_allowed(s, p);
	}
}

static void on_timer(uv_timer_t *timer);

/*
 * The loop counts from when it last looked at the clock, in whole milliseconds: a timer that is too
 * early leaves a command that survives the sync the rest of a time that should have been over.
 */
static void arm_sync_grace(struct session *s, int64_t from_ns)
{
	int64_t left = from_ns + s->front->options->sync_grace * NS_PER_MS - clock_monotonic_ns();

	uv_update_time(s->timer.loop);
	(void)uv_timer_start(&s->timer, on_timer, left > 0 ? (uint64_t)(left / NS_PER_MS) + 2 : 0,
			     0);
}

static void arm_orphan_grace(struct session *s)
{
	uv_update_time(s->timer.loop);
	(void)uv_timer_start(&s->timer, on_timer, (uint64_t)s->front->options->orphan_grace, 0);
}

/* Whenever a command starts or a sync arrives: is there a sync that must not wait too long? */
void session_watch_running(struct session *s)
{
	const struct pending *sync = queue_first_sync(&s->queue);
	int64_t               now, due;

	if (!s->running || uv_is_active((uv_handle_t *)&s->timer))
		return;
	if (!session_has_peer(s)) {
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

	if (s->value_done || outbox_pending(&s->out) || session_ring_pending(s))
		return true;
	return s->served_ns && clock_monotonic_ns() - s->served_ns < grace;
}

static void on_overtaken(void *ctx, const struct pending *p)
{
	session_audit_unstarted(ctx, p, "a sync overtakes it");
}

void on_timer(uv_timer_t *timer)
{
	struct session *s = timer->data;

	if (!s->running)
		return;
	if (session_has_peer(s) && !queue_first_sync(&s->queue))
		return;
	if (session_has_peer(s) && is_held_up(s)) {
		/* the time of a command that waited for its peer begins when the peer has read */
		arm_sync_grace(s, clock_monotonic_ns());
		return;
	}
	abandon_running(s);
	if (session_has_peer(s))
		(void)queue_drop_before_sync(&s->queue, &s->front->budget, on_overtaken, s);
	session_pump(s);
}
