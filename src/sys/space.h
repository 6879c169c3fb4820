/* SPDX-License-Identifier: MIT */
/*
 * How full filesystems are. A filesystem that does not answer costs only its own answer: see
 * sys/probe.h.
 */
#ifndef SYS_SPACE_H
#define SYS_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct mount_table;
struct sys_root;

struct space {
	bool     known;
	uint64_t used, total, privileged; /* bytes; total: used or free for ordinary users */
};

/* ret: one for each filesystem of the table. -1: no memory. */
int space_read(const struct sys_root *root, const struct mount_table *table, struct arena *a,
	       struct space *ret, struct err *err);

#endif
