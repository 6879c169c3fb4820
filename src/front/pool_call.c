/* SPDX-License-Identifier: MIT */
#include "front/pool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "front/pool_state.h"
#include "ipc/message.h"

static int refuse_when_stuck(const struct pool *p, const struct command *cmd, struct err *err)
{
	const struct worker *w;
	char                 names[512] = "";
	int64_t              now = clock_monotonic_ns();

	if (p->n_abandoned < ABANDONED_MAX || (cmd->flags & CMD_NEVER_REFUSED))
		return 0;
	for (w = p->workers; w; w = w->next) {
		size_t n = strlen(names);

		if (w->abandoned)
			(void)snprintf(names + n, sizeof(names) - n, "%s%s for %lld s",
				       n ? ", " : "", w->command->name,
				       (long long)((now - w->since_ns) / NS_PER_S));
	}
	return err_set(err, "limit exceeded: %d earlier commands are stuck (%s)", ABANDONED_MAX,
		       names);
}

static struct worker *idle_worker(const struct pool *p, bool reads_only)
{
	struct worker *w = p->workers;

	while (w && (w->busy || w->pid < 0 || w->reads_only != reads_only))
		w = w->next;
	return w;
}

/* The file that goes with the request, if any. */
static void lend(const struct pool_arguments *args, struct ipc_request *rq, int *fds, int *n_fds)
{
	rq->file_reserve = args->reserve;
	rq->file_next = args->next;
	if (!args->handle)
		return;
	rq->file_busy = args->handle->busy;
	if (rq->file_busy)
		return;
	rq->has_file = 1;
	rq->file_deferred = args->handle->deferred;
	fds[(*n_fds)++] = args->handle->fd;
}

/* What is kept of a program goes with a request about it. */
static void lend_output(const struct request_report *report, struct ipc_report *ret, int *fds,
			int *n_fds)
{
	*ret = (struct ipc_report){
		.status = report->status,
		.ended = report->ended,
		.has_out = report->out.n > 0,
		.out_n = report->out.n,
		.out_truncated = report->out.truncated,
		.has_err = report->err.n > 0,
		.err_n = report->err.n,
		.err_truncated = report->err.truncated,
	};
	if (ret->has_out)
		fds[(*n_fds)++] = report->out.fd;
	if (ret->has_err)
		fds[(*n_fds)++] = report->err.fd;
}

static int send_request(struct worker *w, const struct command *cmd,
			const struct pool_arguments *args, struct err *err)
{
	struct ipc_head     head = {.type = IPC_REQUEST};
	struct ipc_request *rq = &head.request;
	bool                shared = args->memfd >= 0;
	int                 fds[IPC_FDS_MAX], n_fds = 0, rc;

	rq->command = (uint32_t)(cmd - commands);
	rq->channel = (uint32_t)args->rules;
	rq->len = args->len;
	if (args->hints)
		rq->hints = *args->hints;
	if (shared) {
		rq->in_memfd = 1;
		rq->has_memfd = w->map_id != args->map_id;
		rq->map_id = args->map_id;
		rq->map_len = args->map_len;
		rq->offset = (uint64_t)(args->start - args->base);
		if (rq->has_memfd)
			fds[n_fds++] = args->memfd;
	}
	lend(args, rq, fds, &n_fds);
	if (args->report)
		lend_output(args->report, &rq->report, fds, &n_fds);
	rc = ipc_send(w->fd, &head, args->start, shared ? 0 : args->len, fds, (size_t)n_fds,
		      MSG_DONTWAIT, err);
	if (rc == 0 && shared)
		w->map_id = args->map_id;
	return rc;
}

/*
 * A worker that has taken the request. One that does not, most often because it ended while it was
 * idle, gets no second try: without our end of the socket it ends in any case.
 */
static struct worker *hand_over(struct pool *p, const struct command *cmd,
				const struct pool_arguments *args, struct err *err)
{
	bool           reads_only = cmd->flags & CMD_READS_ONLY;
	struct worker *w;

	while ((w = idle_worker(p, reads_only))) {
		err_init(err);
		if (send_request(w, cmd, args, err) == 0)
			return w;
		worker_destroy(w);
	}
	err_init(err);
	w = worker_new(p, reads_only, err);
	if (!w)
		return NULL;
	if (send_request(w, cmd, args, err) == 0)
		return w;
	worker_destroy(w);
	return NULL;
}

struct worker *pool_call(struct pool *p, const struct command *cmd,
			 const struct pool_arguments *args, const struct pool_client *client,
			 struct err *err)
{
	struct worker *w;

	if (refuse_when_stuck(p, cmd, err) < 0)
		return NULL;
	w = hand_over(p, cmd, args, err);
	if (!w)
		return NULL;
	w->busy = true;
	w->returned = false;
	w->command = cmd;
	w->since_ns = clock_monotonic_ns();
	w->client = *client;
	if (w->is_quick)
		vigil_begin(&p->vigil, w->since_ns);
	if (args->handle && !args->handle->busy) {
		w->handle = args->handle;
		w->handle->busy = true;
		if (cmd->flags & CMD_CLOSES_HANDLE)
			(void)close(
				take_fd(&w->handle->fd)); /* the message has it: not the last one */
	}
	return w;
}
