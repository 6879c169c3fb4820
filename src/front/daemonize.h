/* SPDX-License-Identifier: MIT */
/*
 * --daemonize: the process that was started waits until the agent works, and tells by its exit
 * status (decisions.md row 22).
 */
#ifndef FRONT_DAEMONIZE_H
#define FRONT_DAEMONIZE_H

#include "base/err.h"
#include "config/options.h"

struct daemonize {
	int parent; /* pipe to the process that waits, -1: we are no daemon */
	int null;   /* what takes the terminal's place, opened while files can be */
};

/*
 * Returns in the child, in its own session and in /; paths of the options are absolute then. The
 * parent does not return. 0, or -1 with err.
 */
int daemonize_begin(struct daemonize *d, struct options *o, struct err *err);

/* The agent works: leaves the terminal, and lets the parent end with status 0. */
void daemonize_finish(struct daemonize *d);

#endif
