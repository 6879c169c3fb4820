/* SPDX-License-Identifier: MIT */
/*
 * Time in nanoseconds. Deadlines use the monotonic clock; 0 means "no deadline".
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static inline int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* cannot fail for the clocks we ask for */
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static inline int64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Milliseconds until a deadline for poll(2): rounded up, 0 when it has passed, at most an hour. */
static inline int clock_poll_ms(int64_t deadline)
{
	const int64_t hour = 3600 * NS_PER_S;
	int64_t       left = deadline - clock_monotonic_ns();

	if (left <= 0)
		return 0;
	return (int)(((left < hour ? left : hour) + NS_PER_MS - 1) / NS_PER_MS);
}

#endif
