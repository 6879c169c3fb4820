/* SPDX-License-Identifier: MIT */
/*
 * What operating system this is: os-release(5). Values may be bare, in double quotes, or in single
 * quotes, with the escapes of the shell. A line that is no assignment is skipped; the last
 * assignment of a key counts.
 */
#ifndef SYS_OSRELEASE_H
#define SYS_OSRELEASE_H

#include "base/arena.h"
#include "base/slice.h"
#include "sys/root.h"

/* A larger file is not read. */
#define OSRELEASE_BYTES_MAX ((size_t)1 << 20)

enum osrelease_key {
	OSRELEASE_ID,
	OSRELEASE_NAME,
	OSRELEASE_PRETTY_NAME,
	OSRELEASE_VERSION,
	OSRELEASE_VERSION_ID,
	OSRELEASE_VARIANT,
	OSRELEASE_VARIANT_ID,
	OSRELEASE_KEYS,
};

struct osrelease {
	char *value[OSRELEASE_KEYS]; /* in the arena; NULL: not there */
};

/* 0; -1: no memory. */
int osrelease_parse(struct slice text, struct arena *a, struct osrelease *ret);

/* $QGA_OS_RELEASE, or else /etc/os-release or /usr/lib/os-release. Without one, or one that cannot
 * be read, there are no values. 0; -1: no memory. */
int osrelease_read(const struct sys_root *r, struct arena *a, struct osrelease *ret);

#endif
