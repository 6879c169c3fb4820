/* SPDX-License-Identifier: MIT */
/*
 * Programs of the host that vactl starts.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum { CHILD_FAILED = -1, CHILD_MISSING = -2, CHILD_LATE = -3 };

/*
 * Runs a program and collects its standard output; at the deadline it is killed, and CHILD_LATE. 0
 * when it ended with status 0, CHILD_MISSING when it could not be started, else CHILD_FAILED.
 */
int child_output(char *const argv[], int64_t deadline, struct buf *out);

/* The exit code that a shell would give for this status of waitpid(2). */
int child_exit_code(int status);

/* waitpid(2) that goes on after signals; the exit code as above. */
int child_wait(pid_t pid);

#endif
