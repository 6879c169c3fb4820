/* SPDX-License-Identifier: MIT */
/*
 * Replies (behaviour.md 1.9): one line each. id is JSON text of the re-serialised id, NULL or empty
 * when there is none.
 */
#ifndef PROTO_REPLY_H
#define PROTO_REPLY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/command.h"

/* Longest reply: a 48 MiB file read in base64 and what is around it. */
#define REPLY_BYTES_MAX ((size_t)72 << 20)

/* Replies up to this size are complete before their first byte goes out; only reads of files may be
 * larger. */
#define REPLY_COMPLETE_MAX ((size_t)1 << 20)

/* What stands before and behind the value of "return". */
void reply_open(struct buf *out, const struct command *command);
void reply_close(struct buf *out, const char *id, size_t id_len);

void reply_error(struct buf *out, const char *id, size_t id_len, const struct err *err);

#endif
