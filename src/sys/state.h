/* SPDX-License-Identifier: MIT */
/*
 * <statedir>/qga.state: the next number for a file handle, in the format of the protocol's agent (a
 * key file with fd_counter in the group global), so that either agent continues where the other
 * stopped.
 */
#ifndef SYS_STATE_H
#define SYS_STATE_H

#include <stdint.h>

#include "base/err.h"

/* The first handle of all. */
#define STATE_FIRST_HANDLE 1000

/*
 * The next number by the text of a state file: the key in its group, by the rules of key files. A
 * damaged number counts as absent.
 */
int64_t state_parse_counter(const char *text);

/*
 * Sets n numbers aside, none below at_least: *ret_first and those behind it are nobody else's, also
 * after a restart. Safe against others who do the same at the same time. Waits for the disk.
 */
int state_reserve_handles(const char *statedir, int64_t n, int64_t at_least, int64_t *ret_first,
			  struct err *err);

#endif
