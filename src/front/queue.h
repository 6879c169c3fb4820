/* SPDX-License-Identifier: MIT */
/*
 * Requests of one session that wait for their turn. Order is the contract: only a sync may
 * overtake, and what it drops is decided here (design.md section 4, point 2).
 */
#ifndef FRONT_QUEUE_H
#define FRONT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "proto/command.h"
#include "proto/frame.h"

/* Past this the agent stops reading from that peer. */
#define QUEUE_MAX 64

struct pending {
	struct pending       *next;
	const struct command *command; /* NULL: `text` is the whole reply, an error line */
	struct frame_msg      msg;     /* the bytes of the request */
	size_t     args;     /* offset of the arguments in msg.data; msg.hints count from there */
	size_t     args_len; /* 0: absent */
	struct buf text;     /* the re-serialised id */
	size_t     charged;  /* bytes of the budget for text */
	int64_t    arrived_ns;
};

struct queue {
	struct pending  *head;
	struct pending **tail;
	size_t           n;
};

void queue_init(struct queue *q);

/* Frees everything in it. */
void queue_fini(struct queue *q, struct frame_budget *budget);

void            queue_push(struct queue *q, struct pending *p);
struct pending *queue_pop(struct queue *q);

/* The first sync in it, NULL. */
struct pending *queue_first_sync(const struct queue *q);

/* Drops what stands before the first sync, except commands that survive one; on_drop (NULL
 * possible) sees each. Returns how many were dropped. */
size_t queue_drop_before_sync(struct queue *q, struct frame_budget                      *budget,
			      void (*on_drop)(void *ctx, const struct pending *p), void *ctx);

/*
 * Moves text (an id or a reply) into p, counted in the budget: queues of large ids are memory like
 * queues of large requests. -1 with err when the budget is exhausted; text stays with the caller
 * then.
 */
int pending_charge(struct pending *p, struct buf *text, struct frame_budget *budget,
		   struct err *err);

/* Wipes the bytes of a request with secrets, before its memory is used for another. */
void pending_wipe(struct pending *p);

void pending_free(struct pending *p, struct frame_budget *budget);

#endif
