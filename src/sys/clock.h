/* SPDX-License-Identifier: MIT */
/*
 * The guest's clocks.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

/* The realtime clock, nanoseconds since the Epoch (clock_gettime(2)). */
int64_t sys_clock_realtime_ns(void);

#endif
