/* SPDX-License-Identifier: MIT */
#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/options.h"
#include "ipc/awake.h"
#include "ipc/message.h"
#include "ipc/ring.h"
#include "json/reader.h"
#include "json/writer.h"
#include "policy/store.h"
#include "proto/aliases.h"
#include "proto/command.h"
#include "proto/reply.h"
#include "proto/request.h"
#include "sys/capabilities.h"
#include "worker/reply_stream.h"

struct worker {
	int                   fd;
	bool                  reads_only; /* it can do nothing else, so it is to do nothing else */
	bool                  is_awaited; /* the next request is expected at once */
	const struct options *options;
	const struct policy_store *store;
	struct policy              policy; /* of the request's channel, while it runs */
	const struct sys_root     *root;
	struct ring                ring;
	struct stream              stream;
	char  *map; /* the memfd of the last large request: the next one often comes in the same */
	size_t map_len;
	uint64_t map_id;
	char     body[IPC_REQUEST_INLINE_MAX + 1];
};

/* One request on its way through. */
struct call {
	const struct command *command;
	struct json_text      text; /* the arguments */
	struct json_hints     hints;
	struct arena          arena;
	struct request        rq;
	struct buf            value;
};

static void forget_map(struct worker *w)
{
	if (w->map)
		(void)munmap(w->map, w->map_len);
	w->map = NULL;
	w->map_id = 0;
}

static int open_map(struct worker *w, const struct ipc_request *rq, int memfd, struct err *err)
{
	void *base;

	if (!rq->has_memfd)
		return w->map_id == rq->map_id
			       ? 0
			       : err_set(err, "the memory of the request is not known here");
	forget_map(w);
	base = mmap(NULL, rq->map_len, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	if (base == MAP_FAILED)
		return err_os(err, errno, "cannot map the request");
	w->map = base;
	w->map_len = rq->map_len;
	w->map_id = rq->map_id;
	return 0;
}

static int open_arguments(struct worker *w, const struct ipc_head *head, int memfd, struct call *c,
			  struct err *err)
{
	const struct ipc_request *rq = &head->request;
	char                     *base = w->body;

	w->body[rq->in_memfd ? 0 : head->body] = '\0';
	if (rq->in_memfd) {
		if (open_map(w, rq, memfd, err) < 0)
			return -1;
		base = w->map;
	}
	c->hints = rq->hints;
	c->text.start = base + rq->offset;
	c->text.end = c->text.start + rq->len;
	c->text.hints = &c->hints;
	return 0;
}

static int decode(struct call *c, void *in, struct err *err)
{
	struct json args = {.p = NULL, .text = &c->text};

	if (c->text.start < c->text.end)
		args = json_root(&c->text);
	if (aliases_apply(c->command->name) &&
	    aliases_rewrite(c->command->name, &args, &c->rq.old_names, err) < 0)
		return -1;
	return c->command->decode(&args, &c->arena, in, err);
}

/* Privileges are in effect here and nowhere else: not while the bytes of the request are read, nor
 * while the reply is written. */
static int run_handler(const struct command *cmd, struct call *c, const void *in, void *out,
		       struct err *err)
{
	bool raise = cmd->capabilities && c->rq.options->confine != CONFINE_OFF;
	int  rc;

	if (raise)
		capabilities_use(cmd->capabilities);
	rc = cmd->run(&c->rq, in, out, err);
	if (raise)
		capabilities_use(0);
	return rc;
}

static int run(struct call *c, struct err *err)
{
	const struct command *cmd = c->command;
	void                 *in = arena_alloc(&c->arena, cmd->in_size),
	     *out = arena_alloc(&c->arena, cmd->out_size);
	struct json_out w;

	if (!in || !out)
		return err_os(err, ENOMEM, "cannot run the command");
	if (decode(c, in, err) < 0 || run_handler(cmd, c, in, out, err) < 0)
		return -1;
	if (cmd->flags & CMD_STREAMS)
		return 0;
	json_out_init(&w, &c->value);
	cmd->encode(out, &w);
	if (c->value.failed)
		return err_set(err, "not enough memory for the reply (limit %zu bytes)",
			       REPLY_BYTES_MAX);
	return 0;
}

static struct ipc_bytes return_of(const struct request_file *f, size_t n)
{
	return (struct ipc_bytes){
		.n = n,
		.file_first = f->first,
		.file_deferred = f->deferred,
		.file_opened = f->opened >= 0,
	};
}

/* Small values and descriptors travel in the message itself. */
static int send_inline(struct worker *w, const struct call *c, const char *value, size_t n,
		       struct err *err)
{
	const struct request_file *f = &c->rq.file;
	struct ipc_head            head = {.type = IPC_RETURN, .bytes = return_of(f, 0)};

	return ipc_send(w->fd, &head, value, n, &f->opened, f->opened >= 0, 0, err);
}

static int send_rest_of_stream(struct worker *w, const struct call *c, struct err *err)
{
	size_t          n = w->stream.pending;
	struct ipc_head head = {.type = IPC_RETURN, .bytes = return_of(&c->rq.file, n)};
	const char     *value = NULL;

	if (n > 0) /* else there may be no ring */
		value = w->ring.base + (w->ring.pos + RING_BYTES - n) % RING_BYTES;
	if (w->stream.open || n > IPC_RETURN_INLINE_MAX) {
		w->stream.pending = 0;
		return ipc_send(w->fd, &head, NULL, 0, NULL, 0, 0, err);
	}
	/* short enough for the message: one wake-up of the front less to wait for */
	reply_stream_cancel(&w->stream);
	return send_inline(w, c, value, n, err);
}

static int send_value(struct worker *w, const struct call *c, struct err *err)
{
	if (!(c->command->flags & CMD_STREAMS)) {
		if (c->value.len <= IPC_RETURN_INLINE_MAX)
			return send_inline(w, c, c->value.data, c->value.len, err);
		if (stream_put(&w->stream, c->value.data, c->value.len, err) < 0)
			return -1;
	}
	return send_rest_of_stream(w, c, err);
}

static int send_error(struct worker *w, const struct call *c, const struct err *failure,
		      struct err *err)
{
	struct ipc_head head = {
		.type = IPC_ERROR,
		.error = {.class = failure->class,
			  .os = failure->os,
			  .file_deferred = c->rq.file.deferred},
	};

	/* a file that was to be closed and is not goes back: the front has given its own descriptor
	 * up */
	bool back = (c->command->flags & CMD_CLOSES_HANDLE) && c->rq.file.fd >= 0;

	reply_stream_cancel(&w->stream);
	return ipc_send(w->fd, &head, failure->text, strlen(failure->text), &c->rq.file.fd, back, 0,
			err);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(take_fd(fd)); /* memory and lent descriptors: the front keeps its own */
}

static void call_begin(struct worker *w, struct call *c, const struct ipc_request *rq, int file)
{
	memset(c, 0, offsetof(struct call, arena));
	c->command = &commands[rq->command];
	arena_init(&c->arena, REQUEST_ARENA_MAX);
	buf_init(&c->value, REPLY_BYTES_MAX);
	reply_stream_begin(&w->stream);
	c->rq = (struct request){
		.arena = &c->arena,
		.command = c->command,
		.stream = &w->stream,
		.policy = &w->policy,
		.options = w->options,
		.root = w->root,
		.report = {.out = {.fd = -1}, .err = {.fd = -1}},
		.file = {.fd = file,
			 .busy = rq->file_busy,
			 .deferred = rq->file_deferred,
			 .opened = -1,
			 .reserve = rq->file_reserve,
			 .next = rq->file_next},
	};
}

/* The descriptors stay the caller's. */
static void take_report(const struct ipc_report *from, const int *fds, struct request_report *ret)
{
	*ret = (struct request_report){
		.found = true,
		.ended = from->ended,
		.status = from->status,
		.out = {.fd = -1, .n = from->out_n, .truncated = from->out_truncated},
		.err = {.fd = -1, .n = from->err_n, .truncated = from->err_truncated},
	};
	if (from->has_out)
		ret->out.fd = *fds++;
	if (from->has_err)
		ret->err.fd = *fds;
}

/* 0, or -1 when the front cannot be reached any more. */
static int serve(struct worker *w, const struct ipc_head *head, int *fds)
{
	const struct ipc_request *rq = &head->request;
	int                      *memfd = &fds[0], *file = &fds[rq->has_memfd];
	struct err                failure, err;
	struct call               c;
	int                       rc;

	err_init(&failure);
	err_init(&err);
	policy_store_copy(w->store, rq->channel, &w->policy);
	call_begin(w, &c, rq, rq->has_file ? take_fd(file) : -1);
	if (c.command->flags & CMD_REPORTS_CHILD)
		take_report(&rq->report, fds + rq->has_memfd + rq->has_file, &c.rq.report);
	/* the front has judged; this is for one that somebody has taken over */
	rc = policy_check(c.rq.policy, c.command, false, &failure);
	if (rc == 0)
		rc = open_arguments(w, head, *memfd, &c, &failure);
	if (rc == 0)
		rc = run(&c, &failure);
	if ((c.command->flags & CMD_SECRET) && c.text.start)
		explicit_bzero(c.text.start, (size_t)(c.text.end - c.text.start));
	rc = rc < 0 ? send_error(w, &c, &failure, &err) : send_value(w, &c, &err);
	close_fd(&c.rq.file.opened);
	close_fd(&c.rq.file.fd);
	arena_fini(&c.arena);
	buf_fini(&c.value);
	return rc;
}

static bool hints_are_sound(const struct json_hints *h, uint64_t len)
{
	uint32_t i;

	for (i = 0; i < h->n && i < JSON_HINTS_MAX; i++) {
		const struct json_hint *at = &h->at[i];

		if (at->end > len || at->start + UINT64_C(2) > at->end ||
		    at->letters > at->end - at->start - 2)
			return false;
	}
	return h->n <= JSON_HINTS_MAX;
}

static bool memory_is_sound(const struct worker *w, const struct ipc_request *rq, uint32_t body,
			    int memfd)
{
	uint64_t    size = w->map ? w->map_len : 0;
	struct stat st;

	if (!rq->in_memfd)
		return !rq->has_memfd && rq->offset == 0 && rq->len <= body;
	if (rq->has_memfd) {
		size = rq->map_len;
		if (fstat(memfd, &st) < 0 || (uint64_t)st.st_size < size)
			return false;
	}
	/* one byte more, since texts end with a NUL */
	return rq->offset < size && rq->len < size - rq->offset;
}

/*
 * The front has read hostile bytes for longer than anybody else. Should somebody take it over, it
 * can call commands, but must not get further with us than that.
 */
static bool is_sound(const struct worker *w, const struct ipc_head *head, int memfd)
{
	const struct ipc_request *rq = &head->request;

	return rq->command < n_commands &&
	       w->reads_only == !!(commands[rq->command].flags & CMD_READS_ONLY) &&
	       rq->in_memfd <= 1 && rq->has_memfd <= 1 && rq->has_file <= 1 &&
	       rq->report.has_out <= 1 && rq->report.has_err <= 1 &&
	       hints_are_sound(&rq->hints, rq->len) && memory_is_sound(w, rq, head->body, memfd);
}

/* As ipc_recv(). */
static int next_message(struct worker *w, struct ipc_head *head, int *fds, struct err *err)
{
	int64_t since_ns = clock_monotonic_ns();
	int     got;

	if (w->is_awaited)
		awake_wait(w->fd, since_ns);
	got = ipc_recv(w->fd, head, w->body, sizeof(w->body) - 1, fds, 0, err);
	w->is_awaited = got > 0 && awake_pays(head, since_ns);
	return got;
}

int worker_main(int fd, bool reads_only, const struct options *options,
		const struct policy_store *policy, const struct sys_root *root)
{
	static struct worker w;
	struct ipc_head      head;
	struct err           err;
	int                  fds[IPC_FDS_MAX], rc = 0;

	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
	w.fd = w.stream.fd = fd;
	w.stream.ring = &w.ring;
	w.options = options;
	w.store = policy;
	w.reads_only = reads_only;
	w.root = root;
	while (rc == 0) {
		int got;

		err_init(&err);
		got = next_message(&w, &head, fds, &err);
		if (got <= 0)
			return got < 0;
		if (head.type == IPC_ACK)
			reply_stream_acked(&w.stream, head.bytes.n);
		else if (head.type == IPC_REQUEST)
			rc = is_sound(&w, &head, fds[0]) ? serve(&w, &head, fds) : -1;
		else if (head.type == IPC_FORGET)
			forget_map(&w);
		ipc_close_fds(fds);
	}
	return 1;
}
