/* SPDX-License-Identifier: MIT */
/*
 * The value of guest-file-read, written without a detour: its megabytes of base64 go straight into
 * the reply.
 */
#ifndef PROTO_BLOB_REPLY_H
#define PROTO_BLOB_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/stream.h"

/* Bytes that blob_reply_data() takes at a time, except for the last: a multiple of 3 that fills a
 * block. */
#define BLOB_BLOCK (STREAM_BLOCK / 4 * 3)

/* All of it is at hand: count, the data under `name`, eof. */
int blob_reply_whole(struct stream *s, const char *name, const char *data, size_t n, bool eof,
		     struct err *err);

/* In pieces: the data first. */
int blob_reply_begin(struct stream *s, const char *name, struct err *err);
int blob_reply_data(struct stream *s, const char *data, size_t n, struct err *err);
int blob_reply_end(struct stream *s, int64_t count, bool eof, struct err *err);

#endif
