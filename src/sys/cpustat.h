/* SPDX-License-Identifier: MIT */
/*
 * How long each CPU did what: the cpuN lines of /proc/stat (Documentation/filesystems/proc.rst).
 * Old kernels have fewer columns.
 */
#ifndef SYS_CPUSTAT_H
#define SYS_CPUSTAT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "sys/root.h"

/* Columns behind the name, in the order of the file. */
enum cpustat_column {
	CPUSTAT_USER,
	CPUSTAT_NICE,
	CPUSTAT_SYSTEM,
	CPUSTAT_IDLE,
	CPUSTAT_IOWAIT,
	CPUSTAT_IRQ,
	CPUSTAT_SOFTIRQ,
	CPUSTAT_STEAL,
	CPUSTAT_GUEST,
	CPUSTAT_GUEST_NICE,
	CPUSTAT_COLUMNS,
};

struct cpustat {
	int      cpu;
	unsigned n;                      /* columns that are there; the others are 0 */
	uint64_t ticks[CPUSTAT_COLUMNS]; /* 1/sysconf(_SC_CLK_TCK) seconds */
};

struct cpustat_list {
	size_t          n;
	struct cpustat *items;
};

/* A line of one CPU: 1; any other line, such as the sum of all: 0; one with less than four numbers:
 * -1. */
int cpustat_parse(struct slice line, struct cpustat *ret);

/* All CPUs that are online, in the order of the file, up to a line that makes no sense. 0, -1. */
int cpustat_read(const struct sys_root *r, struct arena *a, struct cpustat_list *ret,
		 struct err *err);

/* Ticks as milliseconds. */
uint64_t cpustat_ms(uint64_t ticks);

#endif
