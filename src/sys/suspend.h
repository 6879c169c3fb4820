/* SPDX-License-Identifier: MIT */
/*
 * Suspending, by systemd, pm-utils, or the kernel's own file.
 */
#ifndef SYS_SUSPEND_H
#define SYS_SUSPEND_H

#include "base/err.h"
#include "sys/root.h"

/* What a program gets that tells whether it can, and one that does. The clock stands still while
 * the guest sleeps. */
#define SUSPEND_ASK_MS 20000
#define SUSPEND_ACT_MS 300000

enum suspend_mode {
	SUSPEND_DISK,
	SUSPEND_RAM,
	SUSPEND_HYBRID,
	SUSPEND_MODES,
};

/* 0: the guest was suspended, and is awake again unless systemd takes its time. */
int suspend_guest(const struct sys_root *root, enum suspend_mode mode, struct err *err);

#endif
