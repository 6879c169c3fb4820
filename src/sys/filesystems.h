/* SPDX-License-Identifier: MIT */
/*
 * The mounted filesystems on block devices, with the hardware that they are on and how full they
 * are.
 */
#ifndef SYS_FILESYSTEMS_H
#define SYS_FILESYSTEMS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/block.h"
#include "sys/mounts.h"
#include "sys/space.h"

struct filesystem_info {
	const struct mount *mount; /* the one that represents it */
	const char         *name;  /* the kernel's name of the device, or its numbers */
	struct space        space;
	struct block_list   disks;
};

struct filesystem_list {
	struct filesystem_info *items; /* in the order of the mount table */
	size_t                  n;
};

/* A device that cannot be looked at costs its own members only. -1: the mount table cannot be read,
 * or no memory. */
int filesystems_read(const struct sys_root *root, struct arena *a, struct filesystem_list *ret,
		     struct err *err);

#endif
