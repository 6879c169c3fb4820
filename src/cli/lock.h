/* SPDX-License-Identifier: MIT */
/*
 * Keeps two vactl of one user apart on one socket: QEMU serves one client at a time and leaves the
 * second one waiting without a word. A courtesy: where no lock can be made, none is.
 */
#ifndef CLI_LOCK_H
#define CLI_LOCK_H

#include <stdint.h>

/*
 * Waits for the lock of this socket until the deadline. 0, or the process id of its holder (-1 if
 * that is not known) when it was not to be had. It is held until the process ends.
 */
int64_t lock_socket(const char *path, int64_t deadline);

#endif
