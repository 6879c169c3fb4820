/* SPDX-License-Identifier: MIT */
/*
 * A hand of the guard: a prepared thread that does one thing at a time, and may never come back
 * from it. Between the guard's main thread and a hand there are two counters and a flag, no lock:
 * nobody can be made to wait for a hand that hangs.
 */
#ifndef GUARD_HAND_H
#define GUARD_HAND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"

/* Enough for what hands do, within what may be locked in memory for a thousand of them. */
#define HAND_STACK_BYTES ((size_t)32 << 10)

struct hand {
	pthread_t   thread;
	int         wake; /* eventfd: there is something to do */
	int         done; /* eventfd of the guard, shared by all hands */
	atomic_bool busy;
	void (*work)(void *ctx); /* what it is to do; NULL: end */
	void *ctx;
};

/* Allocates; not to be called when anything may be frozen. */
int hand_start(struct hand *h, int done, struct err *err);

/* Gives it something to do; it must not be busy. */
void hand_give(struct hand *h, void (*work)(void *ctx), void *ctx);

static inline bool hand_is_busy(const struct hand *h)
{
	return atomic_load_explicit(&h->busy, memory_order_acquire);
}

#endif
