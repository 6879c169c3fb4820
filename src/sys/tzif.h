/* SPDX-License-Identifier: MIT */
/*
 * Compiled zone files (tzfile(5), RFC 9636). Our own reader, because the C library keeps a zone
 * once read (musl for ever), and because a captured machine has zone files of its own.
 */
#ifndef SYS_TZIF_H
#define SYS_TZIF_H

#include "sys/tzrule.h"

/* What the zone shows at a moment, seconds since the Epoch. False when it is no zone file. */
bool tzif_at(struct slice data, int64_t when, struct tz_local *ret);

#endif
