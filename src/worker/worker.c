/* SPDX-License-Identifier: MIT */
#include "worker/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "ipc/message.h"
#include "ipc/ring.h"
#include "json/reader.h"
#include "json/writer.h"
#include "proto/command.h"
#include "proto/reply.h"
#include "proto/request.h"

/* Bytes put into the ring between two messages: large enough to make messages cheap, small enough to overlap. */
#define BLOCK_BYTES ((size_t)256 << 10)

struct worker {
	int         fd;
	struct ring ring;
	char        body[IPC_REQUEST_INLINE_MAX + 1];
};

/* The arguments of one request, wherever they came from. */
struct arguments {
	struct json_text text;
	char            *map;
	size_t           map_len;
};

static int open_arguments(struct worker *w, const struct ipc_head *head, int memfd, struct arguments *ret, struct err *err)
{
	const struct ipc_request *rq = &head->request;
	char                     *base = w->body;

	*ret = (struct arguments){0};
	if (rq->in_memfd) {
		base = mmap(NULL, rq->map_len, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
		if (base == MAP_FAILED)
			return err_os(err, errno, "cannot map the request");
		ret->map = base;
		ret->map_len = rq->map_len;
	} else {
		w->body[head->body] = '\0';
	}
	ret->text.start = base + rq->offset;
	ret->text.end = ret->text.start + rq->len;
	ret->text.hints = &rq->hints;
	return 0;
}

static void close_arguments(struct arguments *a)
{
	if (a->map)
		(void)munmap(a->map, a->map_len);
}

static int run(const struct command *cmd, struct arguments *args, struct arena *arena, struct buf *value, struct err *err)
{
	struct request  rq = {.arena = arena, .command = cmd};
	struct json     json = {.p = NULL, .text = &args->text};
	void           *in = arena_alloc(arena, cmd->in_size), *out = arena_alloc(arena, cmd->out_size);
	struct json_out w;

	if (!in || !out)
		return err_os(err, ENOMEM, "cannot run the command");
	if (args->text.start < args->text.end)
		json = json_root(&args->text);
	if (cmd->decode(&json, arena, in, err) < 0 || cmd->run(&rq, in, out, err) < 0)
		return -1;
	json_out_init(&w, value);
	cmd->encode(out, &w);
	if (value->failed)
		return err_set(err, "not enough memory for the reply (limit %zu bytes)", REPLY_BYTES_MAX);
	return 0;
}

static int send_bytes(struct worker *w, enum ipc_type type, size_t n, struct err *err)
{
	struct ipc_head head = {.type = type, .bytes = {.n = n}};

	return ipc_send(w->fd, &head, NULL, 0, NULL, 0, 0, err);
}

static int send_ring(struct worker *w, struct err *err)
{
	struct ipc_head head = {.type = IPC_RING, .bytes = {.n = RING_BYTES}};
	auto_close int  fd = -1;

	if (w->ring.base)
		return 0;
	if (ring_create(&w->ring, &fd, err) < 0)
		return -1;
	return ipc_send(w->fd, &head, NULL, 0, &fd, 1, 0, err);
}

/* Waits until the front has taken something out of the ring. */
static int wait_for_room(struct worker *w, struct err *err)
{
	struct ipc_head head;
	int             fds[IPC_FDS_MAX];

	if (ipc_recv(w->fd, &head, NULL, 0, fds, 0, err) <= 0)
		return err->set ? -1 : err_set(err, "the front is gone");
	if (head.type != IPC_ACK)
		return err_set(err, "the front sent message %u instead of an acknowledgement", head.type);
	ring_acked(&w->ring, head.bytes.n);
	return 0;
}

static int send_through_ring(struct worker *w, const struct buf *value, struct err *err)
{
	size_t done = 0;

	if (send_ring(w, err) < 0)
		return -1;
	while (done < value->len) {
		size_t left = value->len - done;
		char  *to;
		size_t n = ring_room(&w->ring, &to);

		if (n == 0) {
			if (wait_for_room(w, err) < 0)
				return -1;
			continue;
		}
		n = n < left ? n : left;
		n = n < BLOCK_BYTES ? n : BLOCK_BYTES;
		memcpy(to, value->data + done, n);
		ring_produce(&w->ring, n);
		done += n;
		if (send_bytes(w, done == value->len ? IPC_RETURN : IPC_DATA, n, err) < 0)
			return -1;
	}
	return 0;
}

static int send_value(struct worker *w, const struct buf *value, struct err *err)
{
	struct ipc_head head = {.type = IPC_RETURN};

	if (value->len > IPC_RETURN_INLINE_MAX)
		return send_through_ring(w, value, err);
	return ipc_send(w->fd, &head, value->data, value->len, NULL, 0, 0, err);
}

static int send_error(struct worker *w, const struct err *failure, struct err *err)
{
	struct ipc_head head = {.type = IPC_ERROR, .error = {.class = failure->class, .os = failure->os}};

	return ipc_send(w->fd, &head, failure->text, strlen(failure->text), NULL, 0, 0, err);
}

/* 0, or -1 when the front cannot be reached any more. */
static int serve(struct worker *w, const struct ipc_head *head, const int *fds)
{
	struct arguments args;
	struct arena     arena;
	struct buf       value = BUF_INIT(REPLY_BYTES_MAX);
	struct err       failure, err;
	int              rc;

	err_init(&failure);
	err_init(&err);
	arena_init(&arena, REQUEST_ARENA_MAX);
	rc = open_arguments(w, head, fds[0], &args, &failure);
	if (rc == 0)
		rc = run(&commands[head->request.command], &args, &arena, &value, &failure);
	rc = rc < 0 ? send_error(w, &failure, &err) : send_value(w, &value, &err);
	close_arguments(&args);
	arena_fini(&arena);
	buf_fini(&value);
	return rc;
}

static void close_all(const int *fds)
{
	size_t i;

	for (i = 0; i < IPC_FDS_MAX; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]); /* memory and lent descriptors: the front keeps its own */
}

int worker_main(int fd)
{
	static struct worker w;
	struct ipc_head      head;
	struct err           err;
	int                  fds[IPC_FDS_MAX];

	w.fd = fd;
	for (;;) {
		int got, rc = 0;

		err_init(&err);
		got = ipc_recv(fd, &head, w.body, sizeof(w.body) - 1, fds, 0, &err);
		if (got <= 0)
			return got < 0;
		if (head.type == IPC_ACK)
			ring_acked(&w.ring, head.bytes.n);
		else if (head.type == IPC_REQUEST)
			rc = serve(&w, &head, fds);
		close_all(fds);
		if (rc < 0)
			return 1;
	}
}
