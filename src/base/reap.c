/* SPDX-License-Identifier: MIT */
#include "base/reap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "base/clock.h"

#define PAUSE_MOST_MS 20
#define KILL_NS (100 * NS_PER_MS)

int reap_until(pid_t pid, int64_t deadline, int *ret_status)
{
	int   pause = 1;
	pid_t got;

	for (;;) {
		got = waitpid(pid, ret_status, WNOHANG);
		if (got > 0)
			return 1;
		if (got < 0 && errno != EINTR) {
			*ret_status = REAP_UNKNOWN;
			return 1;
		}
		if (clock_monotonic_ns() >= deadline)
			return 0;
		(void)poll(NULL, 0, pause); /* a signal only shortens it */
		pause = 2 * pause < PAUSE_MOST_MS ? 2 * pause : PAUSE_MOST_MS;
	}
}

void reap_kill(pid_t pid)
{
	int status;

	(void)kill(pid, SIGKILL); /* it cannot be another process: nobody has waited for it */
	(void)reap_until(pid, clock_monotonic_ns() + KILL_NS, &status);
}
