/* SPDX-License-Identifier: MIT */
/*
 * The guest's time zone: $TZ, else /etc/localtime, else the zone named in /etc/timezone, read anew
 * every time. A zone that is not known is UTC.
 */
#ifndef SYS_TIMEZONE_H
#define SYS_TIMEZONE_H

#include "sys/root.h"
#include "sys/tzrule.h"

/* A larger file is no zone file. */
#define TIMEZONE_BYTES_MAX ((size_t)1 << 20)

/* when: seconds since the Epoch. */
void timezone_at(const struct sys_root *r, int64_t when, struct tz_local *ret);

#endif
