/* SPDX-License-Identifier: MIT */
/*
 * Directories whose entries are numbered (cpu0, cpu1, …; memory32, …), and the small files in them.
 * The kernel lists such entries in an order of its own, which changes when one comes or goes.
 */
#ifndef SYS_NUMBERED_H
#define SYS_NUMBERED_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/*
 * The numbers of all entries that are `prefix` and decimal digits, ascending, in the arena. 0, or
 * -1 with the errno of what went wrong.
 */
int numbered_list(DIR *dir, const char *prefix, struct arena *a, uint64_t **ret, size_t *ret_n,
		  int *ret_os);

/* Where reading an attribute has failed. */
enum attr_step {
	ATTR_OPEN,
	ATTR_TRANSFER, /* reading, or writing */
	ATTR_EMPTY,    /* there was nothing in it; *ret_os is 0 */
};

/* Bytes of an attribute that are looked at. */
#define ATTR_BYTES 32

/* The beginning of a small file below an open directory, NUL-terminated. Bytes, all of them above
 * 0, or -1 with *ret_step and *ret_os. */
ssize_t attr_read_at(int dir, const char *path, char to[static ATTR_BYTES],
		     enum attr_step *ret_step, int *ret_os);

/* Writes text to such a file, in one call: 0, or -1 with *ret_step and *ret_os. */
int attr_write_at(int dir, const char *path, const char *text, enum attr_step *ret_step,
		  int *ret_os);

#endif
