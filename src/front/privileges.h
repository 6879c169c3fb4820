/* SPDX-License-Identifier: MIT */
/*
 * What the front gives up once its channels are open: capabilities, programs, files but for reading
 * what the kernel says, and all system calls that an event loop does not need.
 * docs/SECURITY-MODEL.md
 */
#ifndef FRONT_PRIVILEGES_H
#define FRONT_PRIVILEGES_H

#include "base/err.h"
#include "config/options.h"
#include "sys/root.h"

/* What has become of it: 0, or the errno of what is missing. */
struct confinement {
	int calls_os;
	int files_os;
};

/* Before the event loop is made: nothing of it must go around the filter. */
void privileges_prepare(void);

/* No way back. 0, or -1 with err. */
int privileges_drop(const struct options *o, const struct sys_root *root, struct confinement *ret,
		    struct err *err);

#endif
