/* SPDX-License-Identifier: MIT */
/*
 * All disks and partitions of the guest, mounted or not.
 */
#ifndef SYS_DISKS_H
#define SYS_DISKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/block.h"

struct disk {
	const char           *dev; /* node */
	unsigned              major, minor;
	bool                  partition;
	const char          **dependencies; /* nodes of what it stands on; NULL: unknown */
	size_t                n_dependencies;
	const char           *alias;   /* NULL: none */
	struct block_address *address; /* of disks that are not virtual; NULL: unknown */
};

struct disk_list {
	struct disk *items; /* in the order of sysfs, each disk in front of its partitions */
	size_t       n;
	size_t       cap;
};

/* Disks of size 0 are left out, and what vanishes meanwhile. -1: the list of disks cannot be read,
 * or no memory. */
int disks_read(const struct sys_root *root, struct arena *a, struct disk_list *ret,
	       struct err *err);

#endif
