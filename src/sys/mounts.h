/* SPDX-License-Identifier: MIT */
/*
 * The mount table, and which of its mounts stand for a filesystem on a block device. Everything is
 * linear in the size of the table. Two mounts of one device (bind mounts, subvolumes) are one
 * filesystem, represented by the first of them.
 */
#ifndef SYS_MOUNTS_H
#define SYS_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct sys_root;

/* One line of the table. */
struct mount {
	int           id, parent;   /* -1 where the table does not have them */
	unsigned      major, minor; /* of the device, for btrfs of its source; major 0: none */
	bool          read_only;    /* the mount, or all of the filesystem */
	bool          source_lost;  /* btrfs whose source could not be inspected */
	const char   *root;         /* the directory of the filesystem that is mounted */
	const char   *point, *type, *source;
	const char   *options; /* of the filesystem, not of the mount; \"\" where there are none */
	struct mount *next;    /* of the same filesystem, in the order of the table; NULL */
};

/* A filesystem on a block device. */
struct filesystem {
	unsigned      major, minor;
	struct mount *first; /* the mount that represents it; the others hang behind it */
};

struct mount_table {
	struct mount *mounts; /* all, in the order of the table: later ones cover earlier ones */
	size_t        n_mounts;
	struct filesystem *filesystems; /* in the order of their first mounts */
	size_t             n_filesystems;
};

/* Tells the numbers of the block device at a path: 1, 0 if it is something else, -1 if that cannot
 * be told. */
typedef int mounts_device(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor);

/*
 * Parses text in the form of /proc/self/mountinfo. Lines that cannot be understood are skipped.
 * Everything lives in the arena, nothing points into text. device is asked about the sources of
 * btrfs. -1: the arena is exhausted.
 */
int mounts_parse(const char *text, size_t n, mounts_device *device, void *ctx, struct arena *a,
		 struct mount_table *ret, struct err *err);

/* The same for /proc/self/mounts, which tells less: ids are -1, root is "/". device is asked about
 * all sources, and point_device about the device below a mount point whose source is none. */
int mounts_parse_short(const char *text, size_t n, mounts_device *device,
		       mounts_device *point_device, void *ctx, struct arena *a,
		       struct mount_table *ret, struct err *err);

/* Reads the table of the calling process, with the error texts of the protocol. */
int mounts_read(const struct sys_root *root, struct arena *a, struct mount_table *ret,
		struct err *err);

#endif
