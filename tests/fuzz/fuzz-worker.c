/* SPDX-License-Identifier: MIT */
/*
 * The worker must not let a front that somebody has taken over get further than to call commands.
 *
 * Input, for each request: a byte of flags, the head behind its type (up to the first hint unless
 * it is to go as it is), a byte n, and n times four bytes of arguments.
 */
#include "worker/worker.c"

#include <fcntl.h>
#include <sys/socket.h>

#include "proto/decode.h"
#include "target.h"

#define FLAG_MEMFD 1u
#define FLAG_SHORT_MEMFD 2u
#define FLAG_FILE 4u
#define FLAG_RAW_HEAD 8u /* otherwise numbers that fit are put in */
#define FLAG_NO_DESCRIPTORS 16u

#define MAP_BYTES 65536

struct in {
	char        *text;
	struct bytes bytes;
};

/* What generated decoders do: find members, decode one string each. */
static int decode_any(const struct json *args, struct arena *a, void *to, struct err *err)
{
	static const char *const names[] = {"text", "bytes"};
	struct decode            d = {.arena = a, .err = err};
	struct decode_at         at = decode_root(&d, args), m;
	struct decode_object     o;
	struct json              slots[2];
	struct in               *in = to;

	if (decode_object_begin(&o, &at, names, slots, 2) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_present(&m) && decode_str(&m, &in->text) < 0)
		return -1;
	m = decode_member(&o, 1);
	if (decode_present(&m) && decode_bytes(&m, &in->bytes) < 0)
		return -1;
	return decode_object_end(&o);
}

static int run_any(struct request *rq, const void *from, void *out, struct err *err)
{
	const struct in *in = from;

	(void)out;
	MUST(in->bytes.letters <= in->bytes.len);
	if (rq->file.fd < 0)
		return err_set(err, "no file");
	return in->text ? (int)(strlen(in->text) & 0) : 0;
}

static int run_stream(struct request *rq, const void *from, void *out, struct err *err)
{
	const struct in *in = from;

	(void)out;
	return stream_put(rq->stream, in->bytes.data, in->bytes.len, err);
}

static void encode_any(const void *out, struct json_out *w)
{
	(void)out;
	json_out_object_begin(w);
	json_out_object_end(w);
}

const struct command commands[] = {
	{.name = "any",
	 .in_size = sizeof(struct in),
	 .decode = decode_any,
	 .run = run_any,
	 .encode = encode_any},
	{.name = "closes",
	 .flags = CMD_CLOSES_HANDLE,
	 .in_size = sizeof(struct in),
	 .decode = decode_any,
	 .run = run_any,
	 .encode = encode_any},
	{.name = "guest-file-write",
	 .in_size = sizeof(struct in),
	 .decode = decode_any,
	 .run = run_any,
	 .encode = encode_any},
	{.name = "reports",
	 .flags = CMD_REPORTS_CHILD,
	 .in_size = sizeof(struct in),
	 .decode = decode_any,
	 .run = run_any,
	 .encode = encode_any},
	{.name = "streams",
	 .flags = CMD_STREAMS,
	 .in_size = sizeof(struct in),
	 .decode = decode_any,
	 .run = run_stream,
	 .encode = encode_any},
};
const size_t n_commands = ARRAY_SIZE(commands);

struct input {
	const uint8_t *p, *end;
};

static size_t take(struct input *in, void *to, size_t n)
{
	size_t there = (size_t)(in->end - in->p);

	n = n < there ? n : there;
	memcpy(to, in->p, n);
	in->p += n;
	return n;
}

static int memfd_with(const char *text, size_t n, bool is_short)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd >= 0 && pwrite(fd, text, n, 0) == (ssize_t)n);
	MUST(ftruncate(fd, is_short ? 100 : MAP_BYTES) == 0);
	return fd;
}

static void make_sane(struct ipc_request *rq, unsigned flags, size_t n)
{
	rq->command %= n_commands;
	rq->in_memfd = rq->has_memfd = flags & FLAG_MEMFD;
	rq->has_file = !!(flags & FLAG_FILE);
	rq->map_id = 1;
	rq->map_len = MAP_BYTES;
	rq->offset %= n + 1;
	rq->len = n - rq->offset;
	if (!rq->in_memfd) {
		rq->offset = 0;
		rq->len = n;
	}
	rq->hints.n %= 2;
	rq->hints.at[0].start %= (uint32_t)n + 1;
	rq->hints.at[0].end %= (uint32_t)n + 1;
	rq->hints.at[0].letters %= (uint32_t)n + 1;
	rq->report.has_out &= 1;
	rq->report.has_err &= 1;
}

/* One datagram, as the front sends it. */
static void send_one(struct input *in, int fd)
{
	struct ipc_head head = {.type = IPC_REQUEST};
	char            text[1024];
	int             fds[IPC_FDS_MAX];
	size_t          n_fds = 0, n, i;
	uint8_t         flags = 0, quarter = 0;
	struct err      err;

	(void)take(in, &flags, 1);
	(void)take(in, (char *)&head + offsetof(struct ipc_head, request),
		   flags & FLAG_RAW_HEAD ? sizeof(struct ipc_request)
					 : offsetof(struct ipc_request, hints) + 32);
	(void)take(in, &quarter, 1);
	n = take(in, text, (size_t)quarter * 4);
	if (!(flags & FLAG_RAW_HEAD))
		make_sane(&head.request, flags, n);
	if (flags & FLAG_MEMFD)
		fds[n_fds++] = memfd_with(text, n, flags & FLAG_SHORT_MEMFD);
	if (flags & FLAG_FILE)
		fds[n_fds++] = open("/dev/null", O_RDWR | O_CLOEXEC);
	err_init(&err);
	(void)ipc_send(fd, &head, text, flags & FLAG_MEMFD ? 0 : n, fds,
		       flags & FLAG_NO_DESCRIPTORS ? 0 : n_fds, MSG_DONTWAIT, &err);
	for (i = 0; i < n_fds; i++)
		(void)close(fds[i]);
}

static void drain(int fd)
{
	static char     body[IPC_RETURN_INLINE_MAX];
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX];
	size_t          i;

	for (;;) {
		err_init(&err);
		if (ipc_recv(fd, &head, body, sizeof(body), fds, MSG_DONTWAIT, &err) <= 0)
			return;
		MUST(head.type == IPC_RING || head.type == IPC_DATA || head.type == IPC_RETURN ||
		     head.type == IPC_ERROR);
		for (i = 0; i < IPC_FDS_MAX; i++)
			if (fds[i] >= 0)
				(void)close(fds[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy_store store;
	static struct worker       w = {.store = &store};
	struct input               in = {data, data + size};
	struct ipc_head            head;
	struct err                 err;
	int                        pair[2], fds[IPC_FDS_MAX], rc = 0, n = 0;
	size_t                     i;

	err_init(&err);
	if (!store.shared) {
		MUST(policy_store_init(&store, 1, &err) == 0);
		policy_init(&policy_store_begin(&store)->of[0]);
		policy_store_begin(&store)->n = 1;
	}
	MUST(ipc_pair(pair, &err) == 0);
	w.fd = w.stream.fd = pair[1];
	w.stream.ring = &w.ring;
	w.stream.ring_sent = w.ring.base;
	while (in.p < in.end && rc == 0 && n++ < 8) {
		send_one(&in, pair[0]);
		err_init(&err);
		if (ipc_recv(pair[1], &head, w.body, sizeof(w.body) - 1, fds, MSG_DONTWAIT, &err) <=
		    0)
			continue;
		rc = is_sound(&w, &head, fds[0]) ? serve(&w, &head, fds) : -1;
		for (i = 0; i < IPC_FDS_MAX; i++)
			close_fd(&fds[i]);
		w.ring.used = 0; /* all is acknowledged */
		drain(pair[0]);
	}
	forget_map(&w);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}
