/* SPDX-License-Identifier: MIT */
/*
 * What udev has noted about block devices, read from its database in /run/udev/data directly: that
 * is all libudev would do, and appliances without udev simply have no such files. Also the way in
 * which udev's rules make identifiers fit for names of links.
 */
#ifndef SYS_UDEV_H
#define SYS_UDEV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct sys_root;

/* The longest record of a device that is read. */
#define UDEV_RECORD_MAX ((size_t)64 << 10)

/* The value of a property in the text of a record (lines E:KEY=value). False: it is not there, or
 * empty. */
bool udev_find(const char *record, size_t n, const char *key, struct slice *ret);

/* A property of the block device with these numbers: NULL if there is none, or no memory. */
const char *udev_block_property(const struct sys_root *root, unsigned major, unsigned minor,
				const char *key, struct arena *a);

/* In place: white space at both ends goes, runs of it in between become one underscore. */
void udev_join_words(char *s);

/* In place: every byte that udev does not have in identifiers becomes an underscore. */
void udev_replace_chars(char *s);

#endif
