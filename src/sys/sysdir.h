/* SPDX-License-Identifier: MIT */
/*
 * Names in a directory of sysfs, in the order in which sysfs lists them: that of a hash of the
 * names, the same on every machine. A captured tree lies on some other filesystem, so its names are
 * put into that order here.
 */
#ifndef SYS_SYSDIR_H
#define SYS_SYSDIR_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct sys_root;

/* Names of one directory. */
#define SYSDIR_NAMES_MAX 8192

struct sysdir {
	const char **names;
	size_t       n;
};

/* Whether an entry is wanted; never asked about . and .. */
typedef bool sysdir_filter(const void *ctx, const struct dirent *entry);

/* Links (the usual content of a class or of slaves); ctx is not used. */
sysdir_filter sysdir_is_link;

/* 0; -1 with the errno, ENOMEM if the arena is exhausted, EOVERFLOW past SYSDIR_NAMES_MAX. */
int sysdir_read(const struct sys_root *root, const char *path, sysdir_filter *filter,
		const void *ctx, struct arena *a, struct sysdir *ret, int *ret_os);

#endif
