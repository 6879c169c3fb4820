/* SPDX-License-Identifier: MIT */
/*
 * Setting the kernel's clock and the machine's.
 */
#ifndef SYS_SETTIME_H
#define SYS_SETTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/root.h"

/* Whether that instant falls into the local years that may be set. */
bool settime_may_be(int64_t seconds);

/* Sets the realtime clock, then the machine's by it, if there is one. That is opened first: if it
 * cannot be, nothing is set. */
int settime_both(const struct sys_root *root, int64_t ns, struct err *err);

/* Sets the realtime clock by the one of the machine. */
int settime_from_rtc(const struct sys_root *root, struct err *err);

#endif
