/* SPDX-License-Identifier: MIT */
/*
 * Calls that may never return (statvfs, an ioctl of a disk), made in child processes, many by one
 * child. One that does not return in time costs only its own answer: another child goes on with the
 * rest. It is left alone then, since it may sit in a wait that nothing ends, and is not made again
 * while it is out. The record of those stands in memory that all workers share and that is older
 * than any of them, and is cleared by the call's own child when it returns at last.
 *
 * A child that is through with a batch waits for the next one of the same worker.
 */
#ifndef SYS_PROBE_H
#define SYS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct probe_pool;

/* After this long without an end of a call, another child goes on with the calls behind it. */
#define PROBE_STALL_MS 50

/* After this long a call is out. */
#define PROBE_LIMIT_MS 1000

/* After this long a batch ends, whatever has been answered. */
#define PROBE_BATCH_MS 4000

/* Children of one batch at the same time. */
#define PROBE_CHILDREN_MAX 8

/* Calls that are out, of all workers. Past this no calls are made. */
#define PROBE_OUT_MAX 64

enum probe_kind { PROBE_STATVFS = 1, PROBE_NVME_HEALTH, PROBE_SERIAL, PROBE_TEST };

/* What a call is about: the same key, the same call. */
#define PROBE_KEY(kind, major, minor) ((uint64_t)(kind) << 56 | (uint64_t)(major) << 32 | (minor))

/* Makes one call, in a child: answer is zeroed before. */
typedef void probe_call(const char *subject, void *answer);

/* One call of a batch, of any kind. */
struct probe {
	probe_call *call;
	uint64_t    key;
	const char *subject; /* path of a mount point or device */
	void       *answer;  /* out: written when there is one, otherwise left alone */
	size_t      answer_size;
	bool        answered; /* out */
};

/* One for all processes, made before they are forked. NULL: no memory. */
struct probe_pool *probe_pool_new(void);
void               probe_pool_free(struct probe_pool *p);

/* How many calls are out. */
size_t probe_out(struct probe_pool *p);

/* Makes n calls; those that are out from earlier are left out. -1: no memory. */
int probe_run(struct probe_pool *p, struct probe *probes, size_t n, struct err *err);

#endif
