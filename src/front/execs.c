/* SPDX-License-Identifier: MIT */
#include "front/execs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "front/exec_state.h"
#include "front/front.h"
#include "log/log.h"
#include "policy/rules.h"
#include "sys/pipes.h"

/* Of the messages that wait for room in the zygote's queue. */
#define RELEASES_BYTES_MAX ((size_t)256 << 10)

void execs_init(struct execs *x, struct front *front)
{
	*x = (struct execs){.front = front, .next_tag = 1};
	buf_init(&x->releases, RELEASES_BYTES_MAX);
}

/* --- leaving the table --- */

void exec_let_go(struct exec *e)
{
	if (--e->handles == 0 && e->state == EXEC_GONE)
		free(e);
}

static void on_drain_closed(uv_handle_t *handle)
{
	exec_let_go(handle->data);
}

/* What the zygote's queue had no room for goes with the next one. */
static void flush_releases(struct execs *x)
{
	struct ipc_head head = {.type = IPC_RELEASE};
	struct err      err;

	err_init(&err);
	while (x->releases.len >= sizeof(head.release)) {
		memcpy(&head.release, x->releases.data, sizeof(head.release));
		if (ipc_send(x->front->pool.zygote, &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &err) <
		    0)
			return;
		buf_consume(&x->releases, sizeof(head.release));
	}
	buf_reset(&x->releases, 0);
}

void exec_release(struct exec *e, enum ipc_release_what what)
{
	struct ipc_release release = {.tag = e->tag, .what = what};

	if (e->keeper)
		exec_keeper_release(e, what);
	if (e->keeper || e->orphaned)
		return;
	buf_add(&e->table->releases, &release, sizeof(release));
	flush_releases(e->table);
}

static void count(struct execs *x, enum exec_state state, bool ended, int by)
{
	size_t *counter = state == EXEC_TOLD ? &x->lingering : ended ? &x->ended : &x->running;

	*counter += (size_t)by;
}

static void unlink_exec(struct exec *e)
{
	struct exec **at = &e->table->list;

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
}

void exec_gone(struct exec *e)
{
	unlink_exec(e);
	count(e->table, e->state, e->ended, -1);
	if (e->pid > 0)
		exec_release(e, RELEASE_ALL);
	e->state = EXEC_GONE;
	exec_io_drop_output(e);
	exec_io_drop_input(e);
	exec_watch_close(&e->out.pipe);
	exec_watch_close(&e->err.pipe);
	exec_watch_close(&e->status_pipe);
	if (e->drain_inited)
		uv_close((uv_handle_t *)&e->drain, on_drain_closed);
	free(take_ptr(&e->path));
	if (e->handles == 0)
		free(e);
}

/* The one whose end is longest ago, of those in this state. */
static struct exec *oldest(struct execs *x, bool told)
{
	struct exec *e, *found = NULL;

	for (e = x->list; e; e = e->next)
		if (e->ended && (e->state == EXEC_TOLD) == told && (!found || e->end < found->end))
			found = e;
	return found;
}

static void keep_bounds(struct execs *x)
{
	while (x->ended > EXECS_ENDED_MAX)
		exec_gone(oldest(x, false));
	while (x->lingering > EXECS_LINGERING_MAX)
		exec_gone(oldest(x, true));
}

/* --- the start --- */

void execs_disown(struct exec *e)
{
	memset(&e->client, 0, sizeof(e->client));
}

static void fail(struct exec *e, const struct err *err)
{
	struct exec_client client = e->client;

	/* at once: should we end now, nobody must keep a program that never was one */
	exec_gone(e);
	if (client.on_failed)
		client.on_failed(client.ctx, err);
}

/* The number may have belonged to another one before. */
static void forget_namesakes(struct exec *e)
{
	struct exec *other, *next;

	for (other = e->table->list; other; other = next) {
		next = other->next;
		if (other != e && other->pid == e->pid && other->ended && other->state != EXEC_TOLD)
			exec_gone(other);
	}
}

static void succeed(struct exec *e)
{
	struct exec_client client = e->client;

	e->state = EXEC_RUNNING;
	free(take_ptr(&e->path));
	execs_disown(e);
	if (client.on_started)
		client.on_started(client.ctx, e->pid);
}

/* Why the program was not run. */
static void describe_failure(const struct exec *e, char why[RULE_TEXT_MAX])
{
	const struct policy *p = policies_of(policy_store_now(&e->table->front->policy), e->rules);
	const char          *user = rules_exec_user(p);

	if (e->exec_os == CHILD_REFUSED)
		rules_describe(p, POLICY_EXEC_PROGRAMS, why);
	else if (e->exec_os == CHILD_NO_USER)
		(void)snprintf(why, RULE_TEXT_MAX, "exec-user: there is no user '%.100s'",
			       user ? user : "");
	else
		(void)snprintf(why, RULE_TEXT_MAX, "%s", strerror(e->exec_os));
}

void exec_settle(struct exec *e)
{
	char       why[RULE_TEXT_MAX];
	struct err err;

	if (e->state != EXEC_STARTING || !e->pid || (e->pid > 0 && !e->exec_done))
		return;
	err_init(&err);
	if (e->pid < 0) {
		(void)err_set(&err, "Failed to fork (%s)", strerror(-e->pid));
	} else if (e->exec_os) {
		describe_failure(e, why);
		(void)err_set_class(&err, e->exec_os == CHILD_REFUSED ? ERR_REFUSED : ERR_GENERIC,
				    "Failed to execute child process \u201c%s\u201d (%s)", e->path,
				    why);
	}
	if (err.set)
		fail(e, &err);
	else
		succeed(e);
}

/* --- the end --- */

static struct exec *find_tag(const struct execs *x, uint64_t tag)
{
	struct exec *e = x->list;

	while (e && e->tag != tag)
		e = e->next;
	return e;
}

static void finish(struct exec *e)
{
	if (e->drain_inited)
		uv_timer_stop(&e->drain);
	e->state = EXEC_ENDED;
	exec_io_end_input(e);
}

static void on_drain(uv_timer_t *timer)
{
	struct exec *e = timer->data;

	if (e->state != EXEC_DRAINING)
		return;
	exec_io_collect(e);
	finish(e);
}

void exec_stream_ended(struct exec *e)
{
	if (exec_io_is_open(e))
		return;
	if (e->state == EXEC_DRAINING)
		finish(e);
	else if (e->state == EXEC_TOLD)
		exec_gone(e);
}

/* What the program wrote is in the pipes; what others still write may take a little. */
static void drain(struct exec *e)
{
	e->state = EXEC_DRAINING;
	exec_io_collect(e);
	if (!exec_io_is_open(e)) {
		finish(e);
		return;
	}
	(void)uv_timer_init(&e->table->front->loop, &e->drain);
	e->drain.data = e;
	e->drain_inited = true;
	e->handles++;
	(void)uv_timer_start(&e->drain, on_drain, EXECS_DRAIN_MS, 0);
}

void exec_ended(struct exec *e, int status)
{
	struct execs *x = e->table;
	uint64_t      tag = e->tag;

	if (e->state == EXEC_STARTING) {
		/* how exec went is known by now: the only other end of that pipe is closed */
		exec_read_status(e);
		e = find_tag(x, tag);
		if (!e)
			return;
	}
	count(x, e->state, false, -1);
	e->ended = true;
	e->status = status;
	e->end = x->next_end++;
	count(x, e->state, true, 1);
	drain(e);
	keep_bounds(x);
}

/* --- messages and questions --- */

void execs_message(struct execs *x, const struct ipc_head *head)
{
	struct exec *e;

	flush_releases(x);
	if (head->type == IPC_CHILD_STARTED && (e = find_tag(x, head->child_started.tag))) {
		e->pid = head->child_started.pid;
		if (e->pid > 0)
			forget_namesakes(e);
		exec_settle(e);
	} else if (head->type == IPC_CHILD_EXITED && (e = find_tag(x, head->child_exited.tag))) {
		exec_ended(e, head->child_exited.status);
	}
}

static struct request_output report_stream(const struct exec_stream *s)
{
	return (struct request_output){
		.fd = s->mem,
		.n = s->n,
		.truncated = s->mem >= 0 && pipe_memory_truncated(s->mem),
	};
}

static bool is_known(const struct exec *e)
{
	return e->state != EXEC_STARTING && e->state != EXEC_TOLD;
}

void execs_report(struct execs *x, int64_t pid, struct request_report *ret, uint64_t *ret_tag)
{
	const struct exec *e = x->list;

	flush_releases(x);
	while (e && (e->pid != pid || !is_known(e)))
		e = e->next;
	*ret_tag = 0;
	*ret = (struct request_report){.out = {.fd = -1}, .err = {.fd = -1}};
	if (!e)
		return;
	*ret_tag = e->tag;
	ret->found = true;
	ret->ended = e->state == EXEC_ENDED;
	ret->status = e->status;
	if (!ret->ended)
		return;
	ret->out = report_stream(&e->out);
	ret->err = report_stream(&e->err);
}

void execs_told(struct execs *x, uint64_t tag)
{
	struct exec *e = find_tag(x, tag);

	if (!e || e->state != EXEC_ENDED)
		return;
	if (!exec_io_is_open(e)) {
		exec_gone(e);
		return;
	}
	count(x, e->state, true, -1);
	e->state = EXEC_TOLD;
	count(x, e->state, true, 1);
	exec_io_drop_output(e);
	exec_release(e, RELEASE_OUTPUT);
	keep_bounds(x);
}
