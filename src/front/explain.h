/* SPDX-License-Identifier: MIT */
/*
 * virtagent --explain: whether a command is allowed, in people's words.
 */
#ifndef FRONT_EXPLAIN_H
#define FRONT_EXPLAIN_H

#include "config/options.h"

/* The exit status: 0 allowed, 1 refused, 2 it cannot be said. Without --channel of the default
 * channel, and all others are told, too. */
int explain_command(struct options *o);

#endif
