/* SPDX-License-Identifier: MIT */
/*
 * Rules of daylight saving time as POSIX writes them in $TZ and at the end of zone files:
 * "CET-1CEST,M3.5.0,M10.5.0/3". Pure computation.
 */
#ifndef SYS_TZRULE_H
#define SYS_TZRULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Longest abbreviation, with its end. */
#define TZ_NAME_MAX 32

/* What a clock on the wall shows at some moment. */
struct tz_local {
	int32_t offset; /* seconds east of UTC */
	char    name[TZ_NAME_MAX];
};

/* The rule's answer for a moment, seconds since the Epoch. False when it is not such a rule. */
bool tzrule_at(struct slice rule, int64_t when, struct tz_local *ret);

#endif
