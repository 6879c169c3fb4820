/* SPDX-License-Identifier: MIT */
/*
 * capabilities(7) of a process, as sets of bits: bit n is the capability with number n. What a
 * process does not have to begin with is silently no part of any set. libcap-ng would do the same;
 * it reads /proc three times and costs a seventh of the time to the first reply.
 */
#ifndef SYS_CAPABILITIES_H
#define SYS_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))
#define CAPABILITIES_ALL UINT64_MAX

/*
 * Keeps these and gives the others up for good; none of them is in effect. Also for programs that
 * are executed, unless programs is true: those of root have what they are used to then. 0, or an
 * errno.
 */
int capabilities_keep(uint64_t set, bool programs);

/* Of those that were kept, these are in effect from now on, and no others. */
void capabilities_use(uint64_t set);

#endif
