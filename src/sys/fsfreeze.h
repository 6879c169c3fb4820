/* SPDX-License-Identifier: MIT */
/*
 * The steps of freezing one filesystem. Each may wait without end in the kernel: callers give it a
 * thread of its own. None allocates; only opening reads /proc.
 */
#ifndef SYS_FSFREEZE_H
#define SYS_FSFREEZE_H

#include <stdbool.h>

#include "sys/mounts.h"
#include "sys/root.h"

enum fsfreeze_result {
	FSFREEZE_DONE,
	FSFREEZE_CANNOT, /* this filesystem cannot freeze, or somebody else has frozen it */
	FSFREEZE_FAILED,
};

/*
 * Makes the mounts of this process its own: what it does to them is seen by nobody, and nobody's
 * unmounting waits for its descriptors. To be called with one thread. False: not possible.
 */
bool fsfreeze_own_namespace(const struct sys_root *root);

/*
 * Opens a filesystem by whichever of its mounts can be reached, the first one if possible.
 * `uncover`: mounts that cover all of them are removed; only in a namespace of one's own, and after
 * everything else has been opened. The descriptor, or -1 with *ret_os; ESTALE: all its mounts are
 * covered.
 */
int fsfreeze_open(const struct sys_root *root, const struct mount_table *t,
		  const struct filesystem *fs, bool uncover, int *ret_os);

/* Writes out what is dirty, so that the freeze itself is short. */
void fsfreeze_sync(const struct sys_root *root, int fd);

enum fsfreeze_result fsfreeze_freeze(const struct sys_root *root, int fd, const char *point,
				     int *ret_os);

/* Thaws as often as it was frozen: whether it was. */
bool fsfreeze_thaw(const struct sys_root *root, int fd, const char *point);

#endif
