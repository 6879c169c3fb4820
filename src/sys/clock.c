/* SPDX-License-Identifier: MIT */
#include "sys/clock.h"

#include "base/clock.h"

int64_t sys_clock_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
