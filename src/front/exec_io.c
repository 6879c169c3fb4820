/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/attr.h"
#include "front/exec_state.h"
#include "front/front.h"
#include "sys/pipes.h"

int exec_watch_start(struct exec_watch *w, int events, uv_poll_cb cb, struct err *err)
{
	int rc = uv_poll_init(&w->e->table->front->loop, &w->poll, w->fd);

	if (rc < 0)
		return err_os(err, -rc, "cannot watch a pipe");
	w->watched = true;
	w->poll.data = w;
	w->e->handles++;
	rc = uv_poll_start(&w->poll, events, cb);
	return rc < 0 ? err_os(err, -rc, "cannot watch a pipe") : 0;
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct exec_watch *w = handle->data;

	exec_let_go(w->e);
}

void exec_watch_close(struct exec_watch *w)
{
	if (w->fd < 0)
		return;
	if (w->watched)
		uv_poll_stop(&w->poll);
	(void)close(take_fd(&w->fd)); /* a pipe: nothing to be lost */
	if (w->watched)
		uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

/* --- output --- */

/* How far the memory file may grow. */
static size_t limit_of(const struct exec_stream *s)
{
	size_t left = EXECS_OUTPUT_MAX - s->pipe.e->table->output;
	size_t own = EXECS_STREAM_MAX - s->n;

	return s->n + (left < own ? left : own);
}

/* One round. */
static enum pipe_result collect(struct exec_stream *s)
{
	size_t           before = s->n;
	enum pipe_result result;

	if (s->mem < 0 || s->pipe.e->state >= EXEC_ENDED)
		result = pipe_discard(s->pipe.fd);
	else
		result = pipe_collect(s->pipe.fd, s->mem, &s->n, limit_of(s));
	s->pipe.e->table->output += s->n - before;
	if (result == PIPE_END)
		exec_watch_close(&s->pipe);
	return result;
}

static void on_output(uv_poll_t *poll, int status, int events)
{
	struct exec_watch *w = poll->data;
	struct exec       *e = w->e;

	(void)status;
	(void)events;
	if (collect(w == &e->out.pipe ? &e->out : &e->err) == PIPE_END)
		exec_stream_ended(e);
}

void exec_io_collect(struct exec *e)
{
	if (e->out.pipe.fd >= 0)
		(void)collect(&e->out);
	if (e->err.pipe.fd >= 0)
		(void)collect(&e->err);
}

static void drop_stream(struct exec_stream *s)
{
	s->pipe.e->table->output -= s->n;
	s->n = 0;
	if (s->mem >= 0)
		(void)close(take_fd(&s->mem)); /* memory */
}

void exec_io_drop_output(struct exec *e)
{
	drop_stream(&e->out);
	drop_stream(&e->err);
}

/* --- input --- */

void exec_io_drop_input(struct exec *e)
{
	exec_watch_close(&e->input);
	if (e->input_mem >= 0)
		(void)close(take_fd(&e->input_mem)); /* memory */
	e->table->input -= e->input_n;
	e->input_n = 0;
}

void exec_io_end_input(struct exec *e)
{
	if (e->input.fd < 0)
		return;
	exec_io_drop_input(e);
	exec_release(e, RELEASE_INPUT);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
	struct exec *e = ((struct exec_watch *)poll->data)->e;

	(void)events;
	/* an error on a pipe: nobody can read it any more */
	if (status < 0 || pipe_feed(e->input_mem, e->input.fd) == PIPE_END)
		exec_io_end_input(e);
}

static int watch(struct exec_watch *w, int events, uv_poll_cb cb, struct err *err)
{
	return w->fd < 0 ? 0 : exec_watch_start(w, events, cb, err);
}

int exec_io_start(struct exec *e, struct err *err)
{
	if (watch(&e->out.pipe, UV_READABLE, on_output, err) < 0 ||
	    watch(&e->err.pipe, UV_READABLE, on_output, err) < 0)
		return -1;
	return watch(&e->input, UV_WRITABLE, on_input, err);
}
