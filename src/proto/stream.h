/* SPDX-License-Identifier: MIT */
/*
 * How a handler marked "streams" writes the value of its reply while it runs. Up to
 * REPLY_COMPLETE_MAX bytes are held back, so that an error can still take their place; after that
 * the peer sees them.
 */
#ifndef PROTO_STREAM_H
#define PROTO_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct stream;

/* Largest contiguous room, bytes. */
#define STREAM_BLOCK ((size_t)256 << 10)

/* Room for n contiguous bytes (at most STREAM_BLOCK), waiting for it; NULL with err when nobody
 * takes the reply any more. */
char *stream_room(struct stream *s, size_t n, struct err *err);

/* n bytes of the room are filled. */
int stream_commit(struct stream *s, size_t n, struct err *err);

/* Copies. */
int stream_put(struct stream *s, const void *data, size_t n, struct err *err);

/* Nothing is held back any more: the peer gets what there is while the rest is made. */
int stream_show(struct stream *s, struct err *err);

/* Whether the peer may have seen the beginning, so that an error cannot be a reply any more. */
bool stream_is_open(const struct stream *s);

#endif
