/* SPDX-License-Identifier: MIT */
/*
 * What the files of the pool share: pool.c (workers, from start to end, and what they say),
 * pool_call.c (from a request to a worker). Private to them.
 */
#ifndef FRONT_POOL_STATE_H
#define FRONT_POOL_STATE_H

#include "front/pool.h"

/* One that the zygote has been asked for, and that can be sent a request at once; NULL: err. */
struct worker *worker_new(struct pool *p, bool reads_only, struct err *err);

/* Without our end of the socket it ends. What was to be said of its call must have been. */
void worker_destroy(struct worker *w);

#endif
