/* SPDX-License-Identifier: MIT */
/*
 * SIGHUP: the policy is read again, by a process that may wait for a disk. Sessions, handles and
 * programs go on. Less is allowed at once; more than at the start needs a restart.
 */
#ifndef FRONT_RELOAD_H
#define FRONT_RELOAD_H

#include <stdbool.h>

struct front;

struct reload {
	bool running;
	bool again; /* asked for while it ran */
};

void reload_start(struct front *f);

#endif
