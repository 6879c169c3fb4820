/* SPDX-License-Identifier: MIT */
/*
 * The guest's clocks.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

#include "sys/root.h"

/* The realtime clock, nanoseconds since the Epoch (clock_gettime(2)); a captured tree's clock
 * stands still, and one without a clock shows the real time. */
int64_t sys_clock_realtime_ns(const struct sys_root *r);

#endif
