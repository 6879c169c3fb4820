/* SPDX-License-Identifier: MIT */
/*
 * virtagent --status: what the agent does, for the guest's administrator.
 */
#ifndef FRONT_STATUS_H
#define FRONT_STATUS_H

#include "config/options.h"

struct front;

/* In the agent: answers "status" on the control socket. */
void status_register(struct front *f);

/* On the command line: asks and prints. The exit status: 1 when no agent runs. */
int status_show(const struct options *o);

#endif
