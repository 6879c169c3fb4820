/* SPDX-License-Identifier: MIT */
/*
 * What follows from the options before anything is started, and the options that only print
 * something.
 */
#ifndef FRONT_CONFIGURE_H
#define FRONT_CONFIGURE_H

#include "config/options.h"
#include "policy/policies.h"
#include "transport/activation.h"

/* The names of all commands on standard output, in the order in which the protocol's agent has
 * them. */
void configure_list_commands(void);

/* Unknown ways to shut down become warnings of the options. */
void configure_shutdown(struct options *o);

/* --dump-conf and --check-config: the exit status. */
int configure_dump(struct options *o, const struct activation *a);
int configure_check(struct options *o);

/* To the log, once there is one. */
void configure_tell_warnings(const struct options *o);

#endif
