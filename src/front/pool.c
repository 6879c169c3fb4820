/* SPDX-License-Identifier: MIT */
#include "front/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "front/front.h"
#include "front/pool_state.h"
#include "ipc/awake.h"
#include "ipc/message.h"
#include "log/log.h"

/* Consumed bytes are acknowledged in steps, not one by one. */
#define ACK_STEP ((size_t)256 << 10)

static void on_worker_readable(uv_poll_t *handle, int status, int events);

/* --- ends of workers --- */

static void worker_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void return_handle(struct worker *w);

void worker_destroy(struct worker *w)
{
	struct worker **at = &w->pool->workers;

	return_handle(w);
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (w->abandoned)
		w->pool->n_abandoned--;
	ring_fini(&w->ring);
	uv_poll_stop(&w->poll);
	(void)close(w->fd);
	uv_close((uv_handle_t *)&w->poll, worker_closed);
}

/* A handle whose descriptor was given away and has not come back is gone. */
static void return_handle(struct worker *w)
{
	struct handle *h = w->handle;

	w->handle = NULL;
	if (!h)
		return;
	h->busy = false;
	if (h->fd < 0)
		(void)handles_remove(&w->pool->front->handles, h);
}

/* What a command says of the handle that it was lent; fd: a descriptor that comes back, -1. */
static void note_handle(struct worker *w, int deferred, int fd)
{
	struct handle *h = w->handle;

	if (h && h->fd < 0)
		h->fd = take_fd(&fd);
	if (h)
		h->deferred = deferred;
	if (fd >= 0)
		(void)close(fd); /* not asked for */
	return_handle(w);
}

/*
 * Has the worker close a descriptor of ours: the last close can wait for a disk. Ours is not the
 * last one while the message is under way.
 */
static void give_away(struct worker *w, int fd)
{
	struct ipc_head head = {.type = IPC_CLOSE};
	struct err      err;

	err_init(&err);
	(void)ipc_send(w->fd, &head, NULL, 0, &fd, 1, MSG_DONTWAIT, &err);
	(void)close(fd);
}

/* Pages stay as long as somebody has them mapped, so nobody may just keep them. */
static void tell_to_forget(struct worker *w)
{
	struct ipc_head head = {.type = IPC_FORGET};
	struct err      err;

	w->forget = false;
	err_init(&err);
	/* an idle worker has an empty queue; for one that has ended the kernel unmaps */
	(void)ipc_send(w->fd, &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &err);
}

void pool_forget_map(struct pool *p, uint64_t map_id)
{
	struct worker *w;

	for (w = p->workers; w; w = w->next) {
		if (w->map_id != map_id)
			continue;
		w->map_id = 0;
		w->forget = true;
		if (!w->busy)
			tell_to_forget(w);
	}
}

static void become_idle(struct worker *w)
{
	return_handle(w);
	if (w->forget)
		tell_to_forget(w);
	if (w->abandoned) {
		log_info("the abandoned command %s has ended", w->command->name);
		w->abandoned = false;
		w->pool->n_abandoned--;
	}
	w->busy = false;
	w->returned = false;
	w->since_ns = clock_monotonic_ns();
	memset(&w->client, 0, sizeof(w->client));
	if (!uv_is_active((uv_handle_t *)&w->pool->retire))
		uv_timer_again(&w->pool->retire);
}

static void fail_call(struct worker *w, const struct err *err)
{
	struct pool_client client = w->client;

	memset(&w->client, 0, sizeof(w->client));
	if (client.on_error)
		client.on_error(client.ctx, err);
}

static void on_retire(uv_timer_t *timer)
{
	struct pool *p = timer->data;
	int64_t      limit = p->front->options->worker_idle * NS_PER_MS, now = clock_monotonic_ns();
	struct worker *w, *next;
	bool           any = false;

	for (w = p->workers; w; w = next) {
		next = w->next;
		if (w->busy)
			continue;
		if (now - w->since_ns >= limit)
			worker_destroy(w);
		else
			any = true;
	}
	/* an agent without idle workers has no timer: no wake-ups */
	if (!any)
		uv_timer_stop(&p->retire);
}

/* --- what workers say --- */

static void acknowledge(struct worker *w, size_t n)
{
	struct ipc_head head = {.type = IPC_ACK, .bytes = {.n = n}};
	struct err      err;

	err_init(&err);
	/* a worker that waits for room has an empty queue; one that has ended does not care */
	(void)ipc_send(w->fd, &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &err);
}

static void drop_ring_bytes(struct worker *w)
{
	size_t n = w->ring.used;

	ring_consume(&w->ring, n);
	acknowledge(w, w->unacked + n);
	w->unacked = 0;
}

/* It may wait for room in the ring for ever: without our end of the socket it ends. */
static void lost_bytes(struct worker *w)
{
	struct err err;

	err_init(&err);
	(void)err_set(&err, "the reply of command %s was lost", w->command->name);
	fail_call(w, &err);
	if (w->draining)
		w->busy = false;
	else
		worker_destroy(w);
}

static void got_bytes(struct worker *w, size_t n)
{
	if (n > 0 && !ring_announce(&w->ring, n)) {
		lost_bytes(w);
		return;
	}
	if (w->client.on_data)
		w->client.on_data(w->client.ctx);
	else
		drop_ring_bytes(w);
}

static struct worker *any_idle_worker(const struct pool *p)
{
	struct worker *w = p->workers;

	while (w && (w->busy || w->pid < 0))
		w = w->next;
	return w;
}

void pool_close(struct pool *p, int fd)
{
	struct worker *w = any_idle_worker(p);

	if (w)
		give_away(w, fd);
	else
		(void)close(fd);
}

/* A file is open, if its descriptor found room in our table. */
static void got_open(struct worker *w, const struct ipc_head *head, int fd)
{
	struct pool_client client = w->client;
	struct err         err;

	become_idle(w);
	err_init(&err);
	if (fd < 0) {
		(void)err_os(&err, EMFILE, "cannot keep the file handle");
		if (client.on_error)
			client.on_error(client.ctx, &err);
	} else if (client.on_open) {
		client.on_open(client.ctx, fd, head->bytes.file_first);
	} else {
		pool_close(w->pool, fd);
	}
}

static void got_return(struct worker *w, const struct ipc_head *head, const char *body)
{
	bool   in_ring = head->body == 0;
	size_t n = in_ring ? head->bytes.n : 0;

	note_handle(w, head->bytes.file_deferred, -1);

	if (n > 0 && !ring_announce(&w->ring, n))
		return got_bytes(w, n);
	w->returned = true;
	if (w->client.on_return) {
		w->client.on_return(w->client.ctx, body, head->body);
		return;
	}
	drop_ring_bytes(w);
	become_idle(w);
}

static void got_error(struct worker *w, const struct ipc_head *head, const char *body, int fd)
{
	struct pool_client client;
	struct err         err;

	err_init(&err);
	(void)err_set_class(&err, head->error.class, "%.*s", (int)head->body, body);
	err.os = head->error.os;
	note_handle(w, head->error.file_deferred, fd);
	client = w->client;
	become_idle(w);
	if (client.on_error)
		client.on_error(client.ctx, &err);
}

static void got_ring(struct worker *w, int fd)
{
	struct err err;

	err_init(&err);
	if (fd < 0 || ring_attach(&w->ring, fd, &err) < 0)
		log_error("worker %d: %s", w->pid, err.set ? err.text : "ring without memory");
}

static void handle_message(struct worker *w, const struct ipc_head *head, const char *body,
			   int *fds)
{
	if (!w->busy || w->returned)
		return; /* a command has one end */
	vigil_end(&w->pool->vigil);
	w->is_quick = awake_pays(head, w->since_ns);
	switch (head->type) {
	case IPC_RING:
		got_ring(w, fds[0]);
		break;
	case IPC_DATA:
		got_bytes(w, head->bytes.n);
		break;
	case IPC_RETURN:
		if (head->bytes.file_opened)
			got_open(w, head, take_fd(&fds[0]));
		else
			got_return(w, head, body);
		break;
	case IPC_ERROR:
		got_error(w, head, body, take_fd(&fds[0]));
		break;
	default:
		log_error("worker %d sent message %u", w->pid, head->type);
	}
}

/* Reads one message; false when there is none. */
static bool receive(struct worker *w)
{
	static char     body[IPC_RETURN_INLINE_MAX];
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX], got;

	err_init(&err);
	got = ipc_recv(w->fd, &head, body, sizeof(body), fds, MSG_DONTWAIT, &err);
	if (got <= 0) {
		if (got == 0)
			uv_poll_stop(&w->poll); /* the zygote will tell how it ended */
		return false;
	}
	handle_message(w, &head, body, fds);
	ipc_close_fds(fds); /* the mapping keeps the memory */
	return true;
}

static void on_worker_readable(uv_poll_t *handle, int status, int events)
{
	struct worker *w = handle->data;

	(void)status;
	(void)events;
	(void)receive(w);
}

/* --- what the zygote says --- */

static void describe_end(int status, char *ret, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(ret, size, "was killed by signal %d (%s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(ret, size, "exited with status %d", WEXITSTATUS(status));
}

static void worker_ended(struct worker *w, const char *how)
{
	struct err err;
	bool       was_busy;

	/* what it said before it ended still counts; it gets no further call meanwhile */
	w->pid = -1;
	w->draining = true;
	while (receive(w))
		continue;
	w->draining = false;
	was_busy = w->busy && !w->returned;
	if (was_busy) {
		log_error("the worker process of command %s %s", w->command->name, how);
		err_init(&err);
		(void)err_set(&err, "command %s failed: its worker process %s", w->command->name,
			      how);
		return_handle(w);
		fail_call(w, &err);
	}
	/* a client that still reads the ring keeps the worker until it releases it */
	if (!w->returned)
		worker_destroy(w);
}

static void got_exited(struct pool *p, const struct ipc_exited *told)
{
	struct worker *w;
	char           how[128];

	for (w = p->workers; w && w->pid != told->pid; w = w->next)
		continue;
	if (!w)
		return;
	describe_end(told->status, how, sizeof(how));
	worker_ended(w, how);
}

static void got_started(struct pool *p, const struct ipc_started *told)
{
	struct worker *w;
	char           how[128];

	for (w = p->workers; w && w->tag != told->tag; w = w->next)
		continue;
	if (!w)
		return;
	if (told->pid > 0) {
		w->pid = told->pid;
		return;
	}
	(void)snprintf(how, sizeof(how), "could not be started: %s", strerror(-told->pid));
	worker_ended(w, how);
}

static void on_zygote_readable(uv_poll_t *handle, int status, int events)
{
	struct pool    *p = handle->data;
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX], got;

	(void)status;
	(void)events;
	err_init(&err);
	got = ipc_recv(p->zygote, &head, NULL, 0, fds, MSG_DONTWAIT, &err);
	if (got < 0) {
		if (err.os != EAGAIN)
			log_error("zygote: %s", err.text);
		return; /* what could not be had now comes again */
	}
	if (got == 0) {
		/* without it nothing privileged can be done, not even a thaw: a supervisor starts
		 * us afresh */
		log_critical("the zygote process is gone, ending");
		uv_poll_stop(handle);
		front_stop_now(p->front, 1);
		return;
	}
	ipc_close_fds(fds); /* it has none to give */
	if (head.type == IPC_STARTED && !children_started(&p->front->children, &head.started))
		got_started(p, &head.started);
	else if (head.type == IPC_EXITED && !children_exited(&p->front->children, head.exited.pid))
		got_exited(p, &head.exited);
	else
		execs_message(&p->front->execs, &head);
}

/* --- starts of workers --- */

static int ask_zygote(struct pool *p, const struct worker *w, int worker_end, struct err *err)
{
	struct ipc_head head = {
		.type = IPC_START,
		.start = {.tag = w->tag, .role = w->reads_only ? ROLE_READER : ROLE_WORKER}};

	return ipc_send(p->zygote, &head, NULL, 0, &worker_end, 1, MSG_DONTWAIT, err);
}

struct worker *worker_new(struct pool *p, bool reads_only, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));
	int            pair[2], rc;

	if (!w) {
		(void)err_os(err, ENOMEM, "cannot start a worker process");
		return NULL;
	}
	if (ipc_pair(pair, err) < 0) {
		free(w);
		return NULL;
	}
	w->pool = p;
	w->fd = pair[0];
	w->tag = p->next_tag++;
	w->reads_only = reads_only;
	rc = ask_zygote(p, w, pair[1], err);
	(void)close(pair[1]);
	if (rc == 0 && (rc = uv_poll_init(&p->front->loop, &w->poll, w->fd)) < 0)
		(void)err_os(err, -rc, "cannot watch a worker process");
	if (rc < 0) {
		(void)close(w->fd);
		free(w);
		return NULL;
	}
	w->poll.data = w;
	(void)uv_poll_start(&w->poll, UV_READABLE, on_worker_readable);
	w->next = p->workers;
	p->workers = w;
	return w;
}

/* --- the owner of a call --- */

int pool_init(struct pool *p, struct front *front, int zygote, struct err *err)
{
	int rc;

	*p = (struct pool){.front = front, .zygote = zygote, .next_tag = 1};
	rc = uv_poll_init(&front->loop, &p->zygote_poll, zygote);
	if (rc == 0)
		rc = uv_poll_start(&p->zygote_poll, UV_READABLE, on_zygote_readable);
	if (rc == 0)
		rc = uv_timer_init(&front->loop, &p->retire);
	if (rc < 0)
		return err_os(err, -rc, "cannot watch the zygote process");
	p->zygote_poll.data = p;
	p->retire.data = p;
	vigil_init(&p->vigil, &front->loop);
	(void)uv_timer_start(&p->retire, on_retire, (uint64_t)front->options->worker_idle / 2 + 1,
			     (uint64_t)front->options->worker_idle / 2 + 1);
	uv_timer_stop(&p->retire);
	return 0;
}

size_t pool_peek(const struct worker *w, const char **ret)
{
	return w->ring.base ? ring_peek(&w->ring, ret) : 0;
}

void pool_consume(struct worker *w, size_t n)
{
	ring_consume(&w->ring, n);
	w->unacked += n;
	if (w->unacked >= ACK_STEP || w->ring.used == 0) {
		acknowledge(w, w->unacked);
		w->unacked = 0;
	}
}

void pool_release(struct worker *w)
{
	if (w->pid < 0 && !w->draining) {
		memset(&w->client, 0, sizeof(w->client));
		worker_destroy(w);
		return;
	}
	become_idle(w);
}

void pool_abandon(struct worker *w)
{
	memset(&w->client, 0, sizeof(w->client));
	drop_ring_bytes(w);
	if (w->returned) {
		pool_release(w);
		return;
	}
	w->abandoned = true;
	w->pool->n_abandoned++;
	log_warning("command %s is abandoned after %lld ms; %zu are stuck", w->command->name,
		    (long long)((clock_monotonic_ns() - w->since_ns) / NS_PER_MS),
		    w->pool->n_abandoned);
}
