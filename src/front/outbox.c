/* SPDX-License-Identifier: MIT */
#include "front/outbox.h"

#include <errno.h>

#include "front/channel.h"
#include "log/log.h"
#include "proto/reply.h"

/* Memory that an idle session keeps. */
#define KEEP_BYTES ((size_t)4 << 10)

/* A peer that does not read leaves at most OUTBOX_HIGH and the one reply that crossed the mark. */
#define LIMIT_BYTES (OUTBOX_HIGH + 4 * OUTBOX_ID_MAX)

int outbox_init(struct outbox *o)
{
	*o = (struct outbox){.done = 0};
	buf_init(&o->buf, LIMIT_BYTES);
	/* so that there is always room for the word that memory has run out */
	return buf_reserve(&o->buf, KEEP_BYTES);
}

void outbox_fini(struct outbox *o)
{
	buf_fini(&o->buf);
	o->done = 0;
}

void outbox_drop(struct outbox *o)
{
	char *less = o->buf.cap > KEEP_BYTES ? realloc(o->buf.data, KEEP_BYTES) : NULL;

	if (less) {
		o->buf.data = less;
		o->buf.cap = KEEP_BYTES;
	}
	o->buf.len = 0;
	o->buf.failed = false;
	o->done = 0;
}

void outbox_seal(struct outbox *o, size_t mark)
{
	static const char no_memory[] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not "
					"enough memory for the reply\"}}\n";

	if (!o->buf.failed)
		return;
	o->buf.failed = false;
	o->buf.len = mark;
	buf_add(&o->buf, no_memory, sizeof(no_memory) - 1);
	if (o->buf.failed) {
		log_error("a reply was lost: out of memory");
		o->lost = true;
	}
	o->buf.failed = false;
}

void outbox_error(struct outbox *o, const struct buf *id, const struct err *err)
{
	size_t mark = outbox_mark(o);

	reply_error(&o->buf, id->data, id->len, err);
	outbox_seal(o, mark);
}

enum outbox_result outbox_write(struct outbox *o, struct channel *c)
{
	while (outbox_pending(o) > 0) {
		ssize_t n = channel_write(c, o->buf.data + o->done, outbox_pending(o));

		if (n < 0 && errno != EAGAIN)
			return OUTBOX_BROKEN;
		if (n < 0) {
			/* what is written must not count against the limit: a peer may always be a
			 * little behind */
			buf_consume(&o->buf, o->done);
			o->done = 0;
			return OUTBOX_BLOCKED;
		}
		o->done += (size_t)n;
	}
	outbox_drop(o);
	return OUTBOX_EMPTY;
}
