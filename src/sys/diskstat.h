/* SPDX-License-Identifier: MIT */
/*
 * What disks and partitions have read and written: /proc/diskstats
 * (Documentation/admin-guide/iostats.rst). How many columns a line has depends on the kernel.
 */
#ifndef SYS_DISKSTAT_H
#define SYS_DISKSTAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "sys/root.h"

/* Columns behind the name, in the order of the file. */
enum diskstat_column {
	DISKSTAT_READ_IOS,
	DISKSTAT_READ_MERGES,
	DISKSTAT_READ_SECTORS,
	DISKSTAT_READ_TICKS,
	DISKSTAT_WRITE_IOS,
	DISKSTAT_WRITE_MERGES,
	DISKSTAT_WRITE_SECTORS,
	DISKSTAT_WRITE_TICKS,
	DISKSTAT_IOS_PGR,
	DISKSTAT_TOTAL_TICKS,
	DISKSTAT_WEIGHT_TICKS,
	DISKSTAT_DISCARD_IOS,
	DISKSTAT_DISCARD_MERGES,
	DISKSTAT_DISCARD_SECTORS,
	DISKSTAT_DISCARD_TICKS,
	DISKSTAT_FLUSH_IOS,
	DISKSTAT_FLUSH_TICKS,
	DISKSTAT_COLUMNS,
};

struct diskstat {
	uint64_t     major, minor;
	struct slice name;  /* part of the line */
	uint32_t     known; /* bit per column that the line has */
	uint64_t     value[DISKSTAT_COLUMNS];
};

static inline bool diskstat_has(const struct diskstat *s, enum diskstat_column c)
{
	return s->known >> c & 1;
}

/* False for a line of less than seven fields. */
bool diskstat_parse(struct slice line, struct diskstat *ret);

struct diskstat_list {
	size_t           n;
	struct diskstat *items; /* names point into the arena */
};

/* Every line of the file, in its order. 0, -1. */
int diskstat_read(const struct sys_root *r, struct arena *a, struct diskstat_list *ret,
		  struct err *err);

#endif
