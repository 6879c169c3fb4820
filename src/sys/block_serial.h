/* SPDX-License-Identifier: MIT */
/*
 * The serial number of a disk: what udev has noted (ID_SERIAL), and where there is no udev, what
 * its rules would have noted, made of what sysfs has.
 */
#ifndef SYS_BLOCK_SERIAL_H
#define SYS_BLOCK_SERIAL_H

#include "base/arena.h"
#include "sys/block_node.h"

struct sys_root;

/* path: directory of a disk or partition; node: what it says there. NULL: there is none, or no
 * memory for it. */
const char *block_serial_read(const struct sys_root *root, const char *path,
			      const struct block_node *node, struct arena *a);

#endif
