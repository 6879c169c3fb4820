/* SPDX-License-Identifier: MIT */
/*
 * Trimming filesystems: telling the disks which blocks are unused.
 */
#ifndef SYS_TRIM_H
#define SYS_TRIM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/mounts.h"
#include "sys/root.h"

/* While a filesystem takes longer than this, the next is begun beside it. */
#define TRIM_TURN_MS 10000

/* At most so many at a time: a disk that hangs holds one of them. */
#define TRIM_PARALLEL_MAX 16

enum trim_outcome {
	TRIM_DONE,
	TRIM_NOT_OPENED,
	TRIM_NOT_SUPPORTED,
	TRIM_FAILED,
	TRIM_TIMED_OUT,
};

struct trim {
	const char       *path; /* where the filesystem is mounted */
	enum trim_outcome outcome;
	int               os;               /* errno of the middle ones */
	uint64_t          trimmed, minimum; /* bytes; the minimum is what the filesystem took */
};

/*
 * Trims each filesystem of the table, the last one first, each in a process of its own: one that
 * hangs neither holds up the others nor us beyond its time limit (0: none). One answer each, in
 * the arena.
 */
int trim_all(const struct sys_root *root, const struct mount_table *table, uint64_t minimum,
	     int64_t limit_s, struct arena *a, struct trim **ret, size_t *ret_n, struct err *err);

#endif
