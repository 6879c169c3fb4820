/* SPDX-License-Identifier: MIT */
#include "ipc/awake.h"

#include <poll.h>
#include <sched.h>

#include "base/clock.h"

bool awake_pays(const struct ipc_head *head, int64_t since_ns)
{
	return head->cpu >= 0 && head->cpu != sched_getcpu() &&
	       clock_monotonic_ns() - since_ns <= AWAKE_NS;
}

void awake_wait(int fd, int64_t since_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 0) == 0 && clock_monotonic_ns() - since_ns < AWAKE_NS)
		continue;
}
