/* SPDX-License-Identifier: MIT */
/*
 * Commands of the freezer, and those that wait until it is settled, as requests of a session.
 */
#include "base/buf.h"
#include "front/run.h"
#include "front/session_state.h"
#include "json/writer.h"
#include "proto/request.h"

static void on_value(void *ctx, int64_t number)
{
	struct session *s = ctx;
	struct buf      value = BUF_INIT(32);
	struct json_out w;

	json_out_init(&w, &value);
	json_out_int(&w, number);
	session_audit_result(s, number);
	session_put_reply(s, value.data, value.len);
	buf_fini(&value);
	session_finish_running(s);
	session_pump(s);
}

static void on_error(void *ctx, const struct err *err)
{
	struct session *s = ctx;

	session_audit_error(s, err);
	outbox_error(&s->out, &s->running->text, err);
	session_finish_running(s);
	session_pump(s);
}

/* What had to wait is judged afresh. */
static void on_settled(void *ctx)
{
	struct session *s = ctx;
	struct pending *p = s->running;

	s->running = NULL;
	s->wait = NULL;
	uv_timer_stop(&s->timer);
	session_start(s, p);
	session_pump(s);
}

static struct freeze_wait *ask(struct session *s, const struct pending *p,
			       const struct freeze_client *client, struct err *err)
{
	struct front       *f = s->front;
	struct json_text    text;
	struct json         args = pending_arguments(p, &text);
	struct arena        arena;
	struct request      rq = {.arena = &arena,
				  .command = p->command,
				  .policy = session_policy(s),
				  .options = f->options,
				  .root = &f->root};
	struct freeze_wait *wait = NULL;

	arena_init(&arena, REQUEST_ARENA_MAX);
	if (run_handler(&rq, &args, err) == 0)
		wait = freezer_start(&f->freezer, &rq.freeze, client, err);
	arena_fini(&arena);
	return wait;
}

void session_start_freeze(struct session *s, struct pending *p)
{
	struct freeze_client client = {
		.ctx = s, .on_value = on_value, .on_error = on_error, .on_settled = on_settled};
	struct err err;

	err_init(&err);
	if (p->command->flags & CMD_FREEZER)
		s->wait = ask(s, p, &client, &err);
	else
		s->wait = freezer_park(&s->front->freezer, &client, &err);
	if (s->wait) {
		s->running = p;
		return;
	}
	session_audit_error(s, &err);
	outbox_error(&s->out, &p->text, &err);
	pending_free(p, &s->front->budget);
}
