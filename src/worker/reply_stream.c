/* SPDX-License-Identifier: MIT */
#include "worker/reply_stream.h"

#include <string.h>

#include "ipc/message.h"
#include "proto/reply.h"

/* Once the peer sees the reply the front is told of every so many bytes: enough to make messages
 * cheap, few enough to overlap. */
#define TELL_BYTES STREAM_BLOCK

void reply_stream_begin(struct stream *s)
{
	s->pending = 0;
	s->open = false;
}

void reply_stream_cancel(struct stream *s)
{
	ring_unproduce(s->ring, s->pending);
	s->pending = 0;
}

void reply_stream_acked(struct stream *s, size_t n)
{
	ring_acked(s->ring, n);
}

bool stream_is_open(const struct stream *s)
{
	return s->open;
}

static int send_ring(struct stream *s, struct err *err)
{
	struct ipc_head head = {.type = IPC_RING, .bytes = {.n = RING_BYTES}};
	auto_close int  fd = -1;

	if (s->ring_sent)
		return 0;
	if (ring_create(s->ring, &fd, err) < 0)
		return -1;
	s->ring_sent = ipc_send(s->fd, &head, NULL, 0, &fd, 1, 0, err) == 0;
	return s->ring_sent ? 0 : -1;
}

static int tell(struct stream *s, struct err *err)
{
	struct ipc_head head = {.type = IPC_DATA, .bytes = {.n = s->pending}};

	s->pending = 0;
	s->open = true;
	return ipc_send(s->fd, &head, NULL, 0, NULL, 0, 0, err);
}

static int wait_for_ack(struct stream *s, struct err *err)
{
	struct ipc_head head;
	int             fds[IPC_FDS_MAX];

	if (ipc_recv(s->fd, &head, NULL, 0, fds, 0, err) <= 0)
		return err->set ? -1 : err_set(err, "the front is gone");
	if (head.type != IPC_ACK)
		return err_set(err, "the front sent message %u instead of an acknowledgement",
			       head.type);
	ring_acked(s->ring, head.bytes.n);
	return 0;
}

char *stream_room(struct stream *s, size_t n, struct err *err)
{
	char *room;

	if (send_ring(s, err) < 0)
		return NULL;
	while (ring_room(s->ring, &room) < n) {
		/* nothing would be acknowledged that the front does not know of */
		if ((s->pending > 0 && tell(s, err) < 0) || wait_for_ack(s, err) < 0)
			return NULL;
	}
	return room;
}

int stream_commit(struct stream *s, size_t n, struct err *err)
{
	ring_produce(s->ring, n);
	s->pending += n;
	if (s->pending <= (s->open ? TELL_BYTES - 1 : REPLY_COMPLETE_MAX + REPLY_COMPLETE_MAX / 2))
		return 0;
	return tell(s, err);
}

int stream_show(struct stream *s, struct err *err)
{
	return s->pending > 0 ? tell(s, err) : 0;
}

int stream_put(struct stream *s, const void *data, size_t n, struct err *err)
{
	const char *from = data;

	while (n > 0) {
		size_t take = n < STREAM_BLOCK ? n : STREAM_BLOCK;
		char  *room = stream_room(s, take, err);

		if (!room)
			return -1;
		memcpy(room, from, take);
		if (stream_commit(s, take, err) < 0)
			return -1;
		from += take;
		n -= take;
	}
	return 0;
}
