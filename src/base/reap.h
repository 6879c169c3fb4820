/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a child that may not end: waitpid(2) knows no time limit.
 */
#ifndef BASE_REAP_H
#define BASE_REAP_H

#include <stdint.h>
#include <sys/types.h>

/* What is reported of a child whose status somebody else has taken, or nobody wanted (SIGCHLD
 * ignored). */
#define REAP_UNKNOWN (-1)

/*
 * Waits for the child until the deadline: 1 when it is gone, with its status for the macros of
 * waitpid(2) or REAP_UNKNOWN; 0 when it is still there.
 */
int reap_until(pid_t pid, int64_t deadline, int *ret_status);

/*
 * Kills a child that reap_until() has left. One that does not even end then, since it hangs in the
 * kernel, is left behind: it becomes a zombie of this process when it ends.
 */
void reap_kill(pid_t pid);

#endif
