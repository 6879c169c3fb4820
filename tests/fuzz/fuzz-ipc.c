/* SPDX-License-Identifier: MIT */
/*
 * Workers decode hostile bytes as root, so the front must survive whatever one of them sends: any
 * datagrams, with any descriptors. The owner of each call gets exactly one end of it.
 *
 * Input: steps of a byte that says what happens and one of detail; messages are followed by a
 * length and so many bytes, of the head behind its type or of the body.
 */
#include "front/pool.c"

#include <sys/mman.h>

#include "target.h"

#define CALLS_MAX 6
#define ENDS_MAX 32

const struct command commands[] = {
	{.name = "plain"},
	{.name = "uses", .flags = CMD_USES_HANDLE},
	{.name = "closes", .flags = CMD_CLOSES_HANDLE},
	{.name = "opens", .flags = CMD_OPENS_HANDLE},
};
const size_t n_commands = ARRAY_SIZE(commands);

static unsigned n_stops;

void front_stop_now(struct front *f, int exit_status)
{
	(void)f, (void)exit_status;
	n_stops++;
}

void execs_message(struct execs *x, const struct ipc_head *head)
{
	(void)x, (void)head;
}

/* The owner of a call, as a session is one. */
struct owner {
	struct front  *front;
	struct worker *worker; /* NULL: none */
	bool           done;   /* it has returned; what is in the ring comes first */
	struct handle *handle;
};

struct bench {
	const uint8_t *p, *end; /* input */
	struct front   front;
	struct options options;
	struct owner   owners[CALLS_MAX];
	int            zygote;         /* our end */
	int            ends[ENDS_MAX]; /* the workers', -1 */
	uint64_t       tags[ENDS_MAX];
	unsigned       n_ends;
};

static unsigned next_byte(struct bench *b)
{
	return b->p < b->end ? *b->p++ : 0;
}

static size_t take_ring(struct owner *o)
{
	const char *data;
	size_t      n, total = 0;

	while (o->worker && (n = pool_peek(o->worker, &data)) > 0) {
		MUST(data[0] == data[0] && data[n - 1] == data[n - 1]); /* readable */
		pool_consume(o->worker, n);
		total += n;
	}
	return total;
}

static void end_call(struct owner *o)
{
	MUST(o->worker);
	o->worker = NULL;
	o->done = false;
}

static void on_data(void *ctx)
{
	struct owner *o = ctx;

	MUST(o->worker && !o->done);
}

static void on_return(void *ctx, const char *value, size_t n)
{
	struct owner  *o = ctx;
	struct worker *w = o->worker;

	MUST(w && !o->done);
	MUST(n <= IPC_RETURN_INLINE_MAX && (n == 0 || value));
	o->done = true;
	if (n > 0) {
		end_call(o);
		pool_release(w);
	}
}

static void on_error(void *ctx, const struct err *err)
{
	MUST(err->set);
	end_call(ctx);
}

static void on_open(void *ctx, int fd, int64_t first)
{
	(void)first;
	MUST(fd >= 0);
	(void)close(fd);
	end_call(ctx);
}

/* As the zygote: takes the sockets of new workers. */
static void take_ends(struct bench *b)
{
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX];

	for (;;) {
		err_init(&err);
		if (ipc_recv(b->zygote, &head, NULL, 0, fds, MSG_DONTWAIT, &err) <= 0)
			return;
		MUST(head.type == IPC_START && fds[0] >= 0);
		if (b->n_ends == ENDS_MAX) {
			(void)close(fds[0]);
			continue;
		}
		b->tags[b->n_ends] = head.start.tag;
		b->ends[b->n_ends++] = fds[0];
	}
}

static void call(struct bench *b, unsigned detail)
{
	static const struct pool_client client = {.on_data = on_data,
						  .on_return = on_return,
						  .on_error = on_error,
						  .on_open = on_open};
	struct owner                   *o = &b->owners[detail % CALLS_MAX];
	struct pool_client              mine = client;
	struct pool_arguments           args = {.start = "{}", .len = 2, .memfd = -1};
	const struct command           *cmd = &commands[detail / CALLS_MAX % ARRAY_SIZE(commands)];
	struct err                      err;

	if (o->worker || b->n_ends == ENDS_MAX)
		return;
	mine.ctx = o;
	if (cmd->flags & (CMD_USES_HANDLE | CMD_CLOSES_HANDLE))
		args.handle = handles_find(&b->front.handles, 1000 + detail % 2);
	err_init(&err);
	o->worker = pool_call(&b->front.pool, cmd, &args, &mine, &err);
	MUST(o->worker || err.set);
	take_ends(b);
}

static int a_memfd(unsigned kind)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	MUST(fd >= 0 && ftruncate(fd, kind & 1 ? (off_t)RING_BYTES : 4096) == 0);
	if (kind & 2)
		(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
	return fd;
}

/* A datagram: a head with the type and whatever the input says, and a body of its length, or not.
 */
static void send_message(struct bench *b, int fd, unsigned type, unsigned detail)
{
	char            bytes[sizeof(struct ipc_head) + 256];
	struct ipc_head head;
	struct iovec    iov = {bytes, 0};
	union {
		struct cmsghdr align;
		char           space[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t        n = next_byte(b), in_head, body = 0, i, n_fds = detail & 3;
	int           fds[3];

	memset(&head, 0, sizeof(head));
	in_head = offsetof(struct ipc_head, bytes) +
		  (n < sizeof(struct ipc_bytes) ? n : sizeof(struct ipc_bytes));
	for (i = offsetof(struct ipc_head, bytes); i < in_head; i++)
		((char *)&head)[i] = (char)next_byte(b);
	head.type = type;
	body = detail & 4 ? next_byte(b) : 0;
	head.body = detail & 8 ? next_byte(b) : (uint32_t)body;
	memcpy(bytes, &head, sizeof(head));
	for (i = 0; i < body; i++)
		bytes[sizeof(head) + i] = (char)next_byte(b);
	iov.iov_len = detail & 16 ? next_byte(b) % (sizeof(head) + 1) : sizeof(head) + body;
	for (i = 0; i < n_fds; i++)
		fds[i] = a_memfd(detail >> 5);
	if (n_fds > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	(void)sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	for (i = 0; i < n_fds; i++)
		(void)close(fds[i]);
}

static void tell(struct bench *b, struct ipc_head head)
{
	struct err err;

	err_init(&err);
	(void)ipc_send(b->zygote, &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &err);
}

static void owner_goes_on(struct bench *b, unsigned detail)
{
	struct owner  *o = &b->owners[detail % CALLS_MAX];
	struct worker *w = o->worker;

	if (!w)
		return;
	(void)take_ring(o);
	if (o->done) {
		end_call(o);
		pool_release(w);
	} else if (detail & 64) {
		end_call(o);
		pool_abandon(w);
	}
}

static void step(struct bench *b)
{
	unsigned what = next_byte(b), detail = next_byte(b);
	int     *end = b->n_ends ? &b->ends[detail % b->n_ends] : NULL;

	switch (what % 16) {
	case 0:
	case 1:
		call(b, detail);
		break;
	case 2:
		owner_goes_on(b, detail);
		break;
	case 3:
		if (end)
			tell(b, (struct ipc_head){
					.type = IPC_STARTED,
					.started = {.tag = b->tags[detail % b->n_ends],
						    .pid = what & 128 ? -EAGAIN
								      : (int)(detail % b->n_ends) +
										1}});
		break;
	case 4:
		tell(b,
		     (struct ipc_head){.type = IPC_EXITED,
				       .exited = {.pid = (int)(detail % 8), .status = (int)what}});
		break;
	case 5:
		if (end && *end >= 0)
			(void)close(take_fd(end));
		break;
	case 6:
		send_message(b, b->zygote, IPC_START + what / 16, detail);
		break;
	case 7:
		pool_forget_map(&b->front.pool, detail % 4);
		break;
	default:
		if (end && *end >= 0)
			send_message(b, *end, IPC_RING + what % 5, next_byte(b));
	}
	(void)uv_run(&b->front.loop, UV_RUN_NOWAIT);
}

static void add_handles(struct bench *b)
{
	struct err err;
	int        i;

	err_init(&err);
	for (i = 0; i < 2; i++) {
		MUST(handles_begin_open(&b->front.handles, &err) == 0);
		MUST(handles_opened(&b->front.handles, a_memfd(0), i ? 0 : 1000, &err) == 1000 + i);
	}
}

static void begin(struct bench *b)
{
	struct err err;
	int        pair[2];

	err_init(&err);
	b->options.worker_idle = 1000000;
	b->front.options = &b->options;
	MUST(uv_loop_init(&b->front.loop) == 0);
	MUST(ipc_pair(pair, &err) == 0);
	b->zygote = pair[1];
	children_init(&b->front.children, pair[0]);
	MUST(pool_init(&b->front.pool, &b->front, pair[0], &err) == 0);
	add_handles(b);
}

static void finish(struct bench *b)
{
	struct pool *p = &b->front.pool;
	unsigned     i;

	for (i = 0; i < b->n_ends; i++)
		if (b->ends[i] >= 0)
			(void)close(b->ends[i]);
	while (p->workers)
		worker_destroy(p->workers);
	for (i = 0; i < 2; i++) {
		struct handle *h = handles_find(&b->front.handles, 1000 + i);

		/* whatever workers did, none is left as lent */
		MUST(!h || !h->busy);
		if (h)
			(void)close(handles_remove(&b->front.handles, h));
	}
	uv_close((uv_handle_t *)&p->zygote_poll, NULL);
	uv_close((uv_handle_t *)&p->retire, NULL);
	uv_close((uv_handle_t *)&p->vigil.awake, NULL);
	(void)close(b->zygote);
	(void)uv_run(&b->front.loop, UV_RUN_DEFAULT);
	(void)close(p->zygote);
	MUST(uv_loop_close(&b->front.loop) == 0);
}

/* Open descriptors: far fewer than this at any time. */
#define FDS_MAX 256

static int count_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < FDS_MAX; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bench b;
	static int          fds; /* libuv opens a few of its own at the first use */
	unsigned            n = 0;

	memset(&b, 0, sizeof(b));
	b.p = data;
	b.end = data + size;
	begin(&b);
	while (b.p < b.end && n++ < 200)
		step(&b);
	finish(&b);
	n = (unsigned)count_fds();
	MUST(fds == 0 || n == (unsigned)fds);
	fds = (int)n;
	return 0;
}
