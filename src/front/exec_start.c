/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "front/exec_state.h"
#include "front/front.h"
#include "ipc/program.h"
#include "log/log.h"
#include "sys/pipes.h"

/* The child's ends of what is being made, and what is told of them to the zygote. */
struct start {
	const struct request_child *child;
	int                         fds[KEPT_INPUT]; /* enum ipc_child_fd, -1: none */
};

static void start_init(struct start *s, const struct request_child *child)
{
	size_t i;

	s->child = child;
	for (i = 0; i < ARRAY_SIZE(s->fds); i++)
		s->fds[i] = -1;
}

static void start_fini(struct start *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(s->fds); i++)
		if (s->fds[i] >= 0)
			(void)close(s->fds[i]); /* the zygote has its own */
}

/* --- pipes --- */

static int make_pipe(int *ret_read, int *ret_write, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_os(err, errno, "cannot create pipe FDs");
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

/* Our side only: the program's side is another description. */
static void make_nonblocking(int fd)
{
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static int open_stream(struct exec_stream *s, int *ret_write, struct err *err)
{
	int os;

	if (make_pipe(&s->pipe.fd, ret_write, err) < 0)
		return -1;
	make_nonblocking(s->pipe.fd);
	s->mem = pipe_memory(NULL, 0, &os);
	return s->mem < 0 ? err_os(err, os, "cannot keep output") : 0;
}

/* What the pipe does not take at once is fed later. */
static int open_input(struct exec *e, struct start *s, struct err *err)
{
	const char *data = s->child->input;
	size_t      n = s->child->input_n;
	ssize_t     done;
	int         os;

	if (make_pipe(&s->fds[CHILD_STDIN], &e->input.fd, err) < 0)
		return -1;
	make_nonblocking(e->input.fd);
	done = n > 0 ? write(e->input.fd, data, n) : 0;
	if (done > 0) {
		data += done;
		n -= (size_t)done;
	}
	if (n == 0) {
		exec_watch_close(&e->input);
		return 0;
	}
	if (n > EXECS_INPUT_MAX - e->table->input)
		return err_set(err, "limit exceeded: %zu bytes of input for programs",
			       EXECS_INPUT_MAX);
	e->input_mem = pipe_memory(data, n, &os);
	if (e->input_mem < 0)
		return err_os(err, os, "cannot keep input");
	e->input_n = n;
	e->table->input += n;
	return 0;
}

static int open_status(struct exec *e, struct start *s, struct err *err)
{
	if (make_pipe(&e->status_pipe.fd, &s->fds[CHILD_STATUS], err) < 0)
		return -1;
	make_nonblocking(e->status_pipe.fd);
	return 0;
}

static int open_pipes(struct exec *e, struct start *s, struct err *err)
{
	const struct request_child *child = s->child;

	if (open_status(e, s, err) < 0)
		return -1;
	if (child->keep_out && open_stream(&e->out, &s->fds[CHILD_STDOUT], err) < 0)
		return -1;
	if (child->keep_err && open_stream(&e->err, &s->fds[CHILD_STDERR], err) < 0)
		return -1;
	return child->has_input ? open_input(e, s, err) : 0;
}

static int pack_arguments(struct start *s, struct err *err)
{
	const struct request_child *child = s->child;
	auto_free char            **argv = calloc(child->n_arg + 1, sizeof(*argv));
	struct program              program = {
			     .argv = argv,
			     .argc = child->n_arg + 1,
			     .env = child->env,
			     .n_env = child->n_env,
			     .has_env = child->has_env,
        };

	if (!argv)
		return err_os(err, ENOMEM, "cannot pass the arguments on");
	argv[0] = child->path;
	if (child->n_arg > 0)
		memcpy(argv + 1, child->arg, child->n_arg * sizeof(*argv));
	s->fds[CHILD_ARGS] = program_pack(&program, err);
	return s->fds[CHILD_ARGS] < 0 ? -1 : 0;
}

/* --- the zygote --- */

static int ask_zygote(struct exec *e, const struct start *s, struct err *err)
{
	struct ipc_head head = {
		.type = IPC_EXEC,
		.exec = {.tag = e->tag, .channel = (uint32_t)e->rules, .merged = s->child->merged}};
	const int kept[] = {e->input.fd, e->input_mem,   e->out.pipe.fd,
			    e->out.mem,  e->err.pipe.fd, e->err.mem};
	int       fds[CHILD_FDS], n = 0, i;

	for (i = 0; i < CHILD_FDS; i++) {
		int fd = i < KEPT_INPUT ? s->fds[i] : kept[i - KEPT_INPUT];

		if (fd < 0)
			continue;
		head.exec.fds |= 1u << i;
		fds[n++] = fd;
	}
	return ipc_send(e->table->front->pool.zygote, &head, NULL, 0, fds, (size_t)n, MSG_DONTWAIT,
			err);
}

void exec_read_status(struct exec *e)
{
	int     os = 0;
	ssize_t n;

	if (e->exec_done || e->status_pipe.fd < 0)
		return;
	n = read(e->status_pipe.fd, &os, sizeof(os));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	e->exec_done = true;
	e->exec_os = n == (ssize_t)sizeof(os) ? os : 0;
	exec_watch_close(&e->status_pipe);
	exec_settle(e);
}

static void on_status(uv_poll_t *poll, int status, int events)
{
	struct exec_watch *w = poll->data;

	(void)status;
	(void)events;
	exec_read_status(w->e);
}

static int start(struct exec *e, const struct request_child *child, struct err *err)
{
	struct start s;
	int          rc;

	start_init(&s, child);
	rc = open_pipes(e, &s, err);
	if (rc == 0)
		rc = pack_arguments(&s, err);
	if (rc == 0)
		rc = exec_watch_start(&e->status_pipe, UV_READABLE, on_status, err);
	if (rc == 0)
		rc = exec_io_start(e, err);
	if (rc == 0)
		rc = ask_zygote(e, &s, err);
	start_fini(&s);
	return rc;
}

static int check_bounds(const struct execs *x, const struct request_child *child, struct err *err)
{
	if (x->running >= EXECS_RUNNING_MAX)
		return err_set(err, "limit exceeded: %d running programs", EXECS_RUNNING_MAX);
	if ((child->keep_out || child->keep_err) && x->output >= EXECS_OUTPUT_MAX)
		return err_set(err, "limit exceeded: %zu bytes of output of programs",
			       EXECS_OUTPUT_MAX);
	return 0;
}

struct exec *exec_new(struct execs *x, const char *path, const struct exec_client *client)
{
	struct exec *e = calloc(1, sizeof(*e));
	char        *copy = e ? strdup(path) : NULL;

	if (!copy) {
		free(e);
		return NULL;
	}
	e->table = x;
	e->tag = x->next_tag++;
	e->client = *client;
	e->path = copy;
	e->input_mem = e->out.mem = e->err.mem = -1;
	e->status_pipe = e->input = e->out.pipe = e->err.pipe =
		(struct exec_watch){.e = e, .fd = -1};
	e->next = x->list;
	x->list = e;
	x->running++;
	return e;
}

struct exec *execs_start(struct execs *x, const struct request_child *child,
			 const struct exec_client *client, struct err *err)
{
	struct exec *e;

	if (check_bounds(x, child, err) < 0)
		return NULL;
	e = exec_new(x, child->path, client);
	if (!e) {
		(void)err_os(err, ENOMEM, "cannot start a program");
		return NULL;
	}
	e->rules = child->rules;
	if (start(e, child, err) == 0)
		return e;
	exec_gone(e);
	return NULL;
}
