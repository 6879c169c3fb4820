/* SPDX-License-Identifier: MIT */
/*
 * What stands on what: a filesystem on a loop device stands on the filesystem that holds the file
 * behind it, whatever partitions, device-mapper and md devices lie between. To be frozen, what
 * stands on others comes first: its last writes still have to reach them. Reads sysfs and asks loop
 * devices, once per device, and touches no file of the filesystems themselves, which may hang.
 */
#ifndef SYS_STACKING_H
#define SYS_STACKING_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/mounts.h"

/* A filesystem that another stands on. */
struct stacking_base {
	size_t                fs; /* index into the table's filesystems */
	struct stacking_base *next;
};

struct stacking {
	size_t  n;
	size_t *order; /* indices of the table's filesystems, in the order in which to freeze them:
			  what stands on others first, within that the latest mounted first */
	struct stacking_base **bases;    /* by index: what that filesystem stands on directly */
	bool                   circular; /* an order was impossible; mount order decided instead */
};

/* Everything lives in the arena. A device that sysfs does not know stands on nothing. */
int stacking_read(const struct sys_root *root, const struct mount_table *t, struct arena *a,
		  struct stacking *ret, struct err *err);

#endif
