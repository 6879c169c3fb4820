/* SPDX-License-Identifier: MIT */
/*
 * Which devices make up the mounted btrfs filesystems: /sys/fs/btrfs/<uuid>/devices.
 */
#ifndef SYS_BTRFS_H
#define SYS_BTRFS_H

#include <stddef.h>

#include "base/arena.h"

struct sys_root;

struct btrfs {
	const char **devices; /* their directories in sysfs */
	size_t       n;
};

struct btrfs_list {
	struct btrfs *items;
	size_t        n;
	struct btrfs_device {
		const char         *path;
		const struct btrfs *fs;
	} * by_path; /* sorted */
	size_t n_devices;
};

/* What cannot be read is left out. -1: no memory. */
int btrfs_read(const struct sys_root *root, struct arena *a, struct btrfs_list *ret);

/* The filesystem that a device belongs to, NULL. path: the device's directory in sysfs. */
const struct btrfs *btrfs_find(const struct btrfs_list *list, const char *path);

#endif
