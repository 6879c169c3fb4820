/* SPDX-License-Identifier: MIT */
/*
 * Reply bytes on their way to a peer. A reply that does not fit into memory is taken back and
 * replaced by a short error, so that every request still gets exactly one line.
 */
#ifndef FRONT_OUTBOX_H
#define FRONT_OUTBOX_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

struct channel;

/* Bytes of a re-serialised id; a longer one is an error. */
#define OUTBOX_ID_MAX ((size_t)1 << 20)

/* Bytes that wait for the peer to read. Past this no further request is started. */
#define OUTBOX_HIGH ((size_t)256 << 10)

struct outbox {
	struct buf buf;
	size_t     done; /* bytes already written */
	bool       lost; /* not even an error could be put in place of a reply: a peer can see that
			    a connection ends, but not that a line is missing */
};

enum outbox_result {
	OUTBOX_EMPTY,   /* everything is written */
	OUTBOX_BLOCKED, /* the peer does not read at the moment */
	OUTBOX_BROKEN,  /* nobody will ever read: errno says why */
};

/* -1: no memory. */
int  outbox_init(struct outbox *o) must_check;
void outbox_fini(struct outbox *o);
void outbox_drop(struct outbox *o);

static inline size_t outbox_pending(const struct outbox *o)
{
	return o->buf.len - o->done;
}

/* Marks the place to which outbox_seal() goes back when a reply that begins here fails. */
static inline size_t outbox_mark(const struct outbox *o)
{
	return o->buf.len;
}

/* To be called when a reply has been appended to o->buf. */
void outbox_seal(struct outbox *o, size_t mark);

/* Appends an error reply, sealed. */
void outbox_error(struct outbox *o, const struct buf *id, const struct err *err);

enum outbox_result outbox_write(struct outbox *o, struct channel *c);

#endif
