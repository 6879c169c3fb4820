/* SPDX-License-Identifier: MIT */
/*
 * Requests about programs: a start is answered when the program runs; a question about one is
 * answered on the spot, or by a worker when there is output to send.
 */
#include <errno.h>

#include "base/arena.h"
#include "front/execs.h"
#include "front/run.h"
#include "front/session_state.h"
#include "json/writer.h"
#include "log/log.h"

/* --- starting --- */

static void on_started(void *ctx, int pid)
{
	struct session *s = ctx;
	struct buf      value = BUF_INIT(64);
	struct json_out w;

	json_out_init(&w, &value);
	json_out_object_begin(&w);
	json_out_key(&w, "pid");
	json_out_int(&w, pid);
	session_audit_result(s, pid);
	json_out_object_end(&w);
	session_put_reply(s, value.data, value.len);
	buf_fini(&value);
	session_finish_running(s);
	session_pump(s);
}

static void on_failed(void *ctx, const struct err *err)
{
	struct session *s = ctx;

	session_audit_error(s, err);
	outbox_error(&s->out, &s->running->text, err);
	session_finish_running(s);
	session_pump(s);
}

static struct exec *start(struct session *s, const struct pending *p, struct arena *arena,
			  struct err *err)
{
	const struct exec_client client = {
		.ctx = s, .on_started = on_started, .on_failed = on_failed};
	struct json_text text;
	struct json      args = pending_arguments(p, &text);
	struct request   rq = {.arena = arena,
			       .command = p->command,
			       .policy = session_policy(s),
			       .options = s->front->options,
			       .root = &s->front->root};

	if (run_handler(&rq, &args, err) < 0)
		return NULL;
	rq.child.rules = s->rules;
	return execs_start(&s->front->execs, &rq.child, &client, err);
}

void session_start_child(struct session *s, struct pending *p)
{
	struct arena arena;
	struct err   err;

	err_init(&err);
	arena_init(&arena, REQUEST_ARENA_MAX);
	s->child = start(s, p, &arena, &err);
	arena_fini(&arena);
	if (s->child) {
		s->running = p;
		return;
	}
	session_audit_error(s, &err);
	outbox_error(&s->out, &p->text, &err);
	pending_free(p, &s->front->budget);
}

/* --- asking --- */

static bool is_pid(const struct json *key)
{
	return json_str_is(key, "pid");
}

void session_find_report(struct session *s, const struct pending *p, struct request_report *ret)
{
	int64_t pid;

	s->report = 0;
	*ret = (struct request_report){.out = {.fd = -1}, .err = {.fd = -1}};
	if (session_number_argument(p, is_pid, &pid))
		execs_report(&s->front->execs, pid, ret, &s->report);
	if (!ret->ended)
		s->report = 0;
}

/* A reply that nobody gets has told nobody. */
void session_reported(struct session *s)
{
	if (s->report && session_has_peer(s))
		execs_told(&s->front->execs, s->report);
	s->report = 0;
}
