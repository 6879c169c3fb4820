/* SPDX-License-Identifier: MIT */
/*
 * A shared memory ring for results that are too long for a message. Positions are not shared: DATA
 * and ACK messages carry byte counts, and both sides keep their own. The worker creates it, the
 * front maps it read-only.
 */
#ifndef IPC_RING_H
#define IPC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Holds a reply of REPLY_COMPLETE_MAX and the block that comes after it. A multiple of the page
 * size. */
#define RING_BYTES ((size_t)2 << 20)

/* The memory is mapped twice in a row, so that what wraps around is contiguous all the same. */
struct ring {
	char  *base; /* NULL: not there yet */
	size_t pos;  /* where the next byte is written or read */
	size_t used; /* bytes written and not yet acknowledged (worker), announced and not yet
			consumed (front) */
};

/* Worker: creates it; *ret_fd is to be sent and closed. */
int ring_create(struct ring *r, int *ret_fd, struct err *err);

/* Front: maps what the worker sent. */
int  ring_attach(struct ring *r, int fd, struct err *err);
void ring_fini(struct ring *r);

/* Worker: contiguous free room, 0 when full. */
size_t ring_room(const struct ring *r, char **ret);
void   ring_produce(struct ring *r, size_t n);
/* Takes back the last n bytes, which the front has not been told of. */
void ring_unproduce(struct ring *r, size_t n);
void ring_acked(struct ring *r, size_t n);

/* Front: contiguous announced bytes, 0 when empty. announce() refuses more than fits. */
bool   ring_announce(struct ring *r, size_t n);
size_t ring_peek(const struct ring *r, const char **ret);
void   ring_consume(struct ring *r, size_t n);

#endif
