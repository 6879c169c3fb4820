/* SPDX-License-Identifier: MIT */
/*
 * Programs that an agent before us has started (ipc/handover.h): taken over at the start, before
 * anybody can ask about them. The keeper stays their parent and tells their ends.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/attr.h"
#include "front/exec_state.h"
#include "front/front.h"
#include "ipc/handover.h"
#include "log/log.h"
#include "sys/pipes.h"

/* A keeper answers at once; one that does not is left alone. */
#define ANSWER_MS 1000

struct exec_keeper {
	struct execs *table;
	int           fd;
	uv_poll_t     poll;
};

/* --- while we run --- */

static void on_keeper_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* Its programs are nobody's children now: how they end cannot be known any more. */
static void lose_keeper(struct exec_keeper *k)
{
	struct exec *e, *next;

	for (e = k->table->list; e; e = next) {
		next = e->next;
		if (e->keeper != k)
			continue;
		e->keeper = NULL;
		e->orphaned = true;
		if (!e->ended)
			exec_gone(e);
	}
	uv_poll_stop(&k->poll);
	(void)close(k->fd);
	uv_close((uv_handle_t *)&k->poll, on_keeper_closed);
}

static struct exec *find(const struct exec_keeper *k, uint64_t tag)
{
	struct exec *e = k->table->list;

	while (e && (e->keeper != k || e->keeper_tag != tag))
		e = e->next;
	return e;
}

static void on_keeper(uv_poll_t *poll, int status, int events)
{
	struct exec_keeper *k = poll->data;
	struct handover     h;
	struct exec        *e;
	struct err          err;
	int                 fds[IPC_FDS_MAX], got;

	(void)status;
	(void)events;
	err_init(&err);
	got = handover_recv(k->fd, &h, fds, &err);
	if (got < 0 && err.os == EAGAIN)
		return;
	if (got <= 0) {
		lose_keeper(k);
		return;
	}
	ipc_close_fds(fds);
	if (h.type == HANDOVER_EXITED && (e = find(k, h.tag)))
		exec_ended(e, h.status);
}

void exec_keeper_release(const struct exec *e, enum ipc_release_what what)
{
	struct handover h = {.type = HANDOVER_RELEASE, .tag = e->keeper_tag, .what = what};
	struct err      err;

	err_init(&err);
	/* one that is so far behind will see our end */
	(void)handover_send(e->keeper->fd, &h, NULL, &err);
}

/* --- at the start --- */

static void take_stream(struct exec_stream *s, int *pipe, int *mem)
{
	s->pipe.fd = take_fd(pipe);
	s->mem = take_fd(mem);
	s->n = s->mem >= 0 ? pipe_memory_size(s->mem) : 0;
	s->pipe.e->table->output += s->n;
}

static void adopt(struct exec_keeper *k, const struct handover *h, int *fds)
{
	static const struct exec_client nobody;
	struct exec                    *e = exec_new(k->table, "", &nobody);
	struct err                      err;

	if (!e)
		return;
	e->keeper = k;
	e->keeper_tag = h->tag;
	e->pid = h->pid;
	e->exec_done = true;
	e->state = EXEC_RUNNING;
	free(take_ptr(&e->path));
	take_stream(&e->out, &fds[HANDOVER_OUT], &fds[HANDOVER_OUT_DATA]);
	take_stream(&e->err, &fds[HANDOVER_ERR], &fds[HANDOVER_ERR_DATA]);
	e->input.fd = take_fd(&fds[HANDOVER_INPUT]);
	e->input_mem = take_fd(&fds[HANDOVER_INPUT_DATA]);
	err_init(&err);
	if (exec_io_start(e, &err) < 0) {
		log_warning("program %d of an earlier agent: %s", e->pid, err.text);
		exec_gone(e);
		return;
	}
	log_info("program %d of an earlier agent is taken over", e->pid);
	if (h->flags & HANDOVER_ENDED)
		exec_ended(e, h->status);
	/* exec_ended() cannot have ended the table's interest: nothing has been told yet */
	if (h->flags & HANDOVER_TOLD) {
		e->state = EXEC_ENDED;
		execs_told(k->table, e->tag);
	}
}

static bool receive_programs(struct exec_keeper *k)
{
	struct pollfd   p = {.fd = k->fd, .events = POLLIN};
	struct handover h;
	struct err      err;
	int             fds[IPC_FDS_MAX];

	for (;;) {
		err_init(&err);
		if (poll(&p, 1, ANSWER_MS) <= 0 || handover_recv(k->fd, &h, fds, &err) <= 0)
			return false;
		if (h.type == HANDOVER_PROGRAM)
			adopt(k, &h, fds);
		ipc_close_fds(fds);
		if (h.type == HANDOVER_END)
			return true;
	}
}

/* Only root's keepers: the state directory might be open to others. */
static int connect_keeper(const char *statedir, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred       cred;
	socklen_t          len = sizeof(cred);
	auto_close int     fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", statedir, name);

	if (fd < 0 || n >= (int)sizeof(address.sun_path))
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == ECONNREFUSED)
			(void)unlink(address.sun_path); /* of a keeper that was killed */
		return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || cred.uid != geteuid())
		return -1;
	return take_fd(&fd);
}

static void take_over(struct execs *x, const char *statedir, const char *name)
{
	struct exec_keeper *k = calloc(1, sizeof(*k));
	bool                complete;

	if (!k)
		return;
	k->table = x;
	k->fd = connect_keeper(statedir, name);
	if (k->fd < 0 || uv_poll_init(&x->front->loop, &k->poll, k->fd) < 0) {
		if (k->fd >= 0)
			(void)close(k->fd);
		free(k);
		return;
	}
	k->poll.data = k;
	complete = receive_programs(k);
	if (!complete || uv_poll_start(&k->poll, UV_READABLE, on_keeper) < 0) {
		log_warning("programs of an earlier agent (%s) are not taken over", name);
		lose_keeper(k);
	}
}

void execs_adopt(struct execs *x, const char *statedir)
{
	DIR           *dir = opendir(statedir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, HANDOVER_PREFIX, strlen(HANDOVER_PREFIX)) == 0)
			take_over(x, statedir, entry->d_name);
	if (dir)
		(void)closedir(dir);
}
