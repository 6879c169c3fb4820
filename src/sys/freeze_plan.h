/* SPDX-License-Identifier: MIT */
/*
 * Which filesystems a freeze takes, and in which order. Reads /proc and sysfs, touches no
 * filesystem.
 */
#ifndef SYS_FREEZE_PLAN_H
#define SYS_FREEZE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/stacking.h"

/* What is wanted. Strings are the caller's. */
struct freeze_choice {
	bool               all; /* else those with one of the points among their mount points */
	const char *const *points;
	size_t             n_points;
	const char *const *excludes; /* see freeze_pattern_matches() */
	size_t             n_excludes;
};

/* One filesystem of the plan. */
struct freeze_target {
	const struct filesystem *fs;
	size_t                   index;    /* in the table */
	const char              *point;    /* by which it is named in messages */
	const char              *excluded; /* the pattern that keeps it out, NULL */
};

struct freeze_plan {
	struct mount_table    table;
	struct stacking       stacking;
	struct freeze_target *targets; /* in the order in which to freeze them */
	size_t                n;
};

/*
 * "type:NAME", "device:PATTERN" (the source as mounted, or the numbers as in 8:1), else a pattern
 * of the mount point by which the filesystem is known; wild cards as in fnmatch(3), * matches
 * slashes as well.
 */
bool freeze_pattern_matches(const char *pattern, const struct filesystem *fs);

/* Everything lives in the arena, but for the patterns. Texts of errors are the protocol's. */
int freeze_plan_read(const struct sys_root *root, const struct freeze_choice *choice,
		     struct arena *a, struct freeze_plan *ret, struct err *err);

#endif
