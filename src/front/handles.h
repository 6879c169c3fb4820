/* SPDX-License-Identifier: MIT */
/*
 * The open files of guest-file-open. Their descriptors live here, so that a handle survives any
 * worker and any connection; they are lent to a worker with each request.
 */
#ifndef FRONT_HANDLES_H
#define FRONT_HANDLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Open at once; opens that are under way count. */
#define HANDLES_MAX 1024

/* Numbers set aside in the state file at a time: one write to disk in so many opens. */
#define HANDLES_RESERVE 100

struct handle {
	struct handle *next; /* same bucket */
	int64_t        number;
	int            fd;
	int            deferred; /* errno for the next read, 0 */
	bool           busy;     /* lent */
	bool           told;     /* the audit knows that it is written through */
};

#define HANDLES_BUCKETS 256

struct handles {
	struct handle *buckets[HANDLES_BUCKETS];
	size_t         n;       /* open */
	size_t         opening; /* under way */
	int64_t        next;    /* number of the next one */
	int64_t        limit;   /* numbers from here on are not ours yet */
	int64_t        highest; /* limit of all ranges so far: none below it is free */
};

struct handle *handles_find(const struct handles *h, int64_t number);

/* Whether another file may be opened; counts it as under way. handles_opened() or
 * handles_not_opened() must follow. */
int  handles_begin_open(struct handles *h, struct err *err);
void handles_not_opened(struct handles *h);

/* How many numbers a worker has to set aside for the next open, 0: none. */
int64_t handles_to_reserve(const struct handles *h);

/* A worker has opened fd, and set numbers aside from `first` on if first > 0. The number, or -1
 * with err; takes fd. */
int64_t handles_opened(struct handles *h, int fd, int64_t first, struct err *err);

/* The handle goes; its descriptor is the caller's. */
int handles_remove(struct handles *h, struct handle *handle);

#endif
