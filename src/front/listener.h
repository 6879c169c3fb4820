/* SPDX-License-Identifier: MIT */
/*
 * Accepts the clients of a listening transport; each becomes a channel with a session of its own.
 */
#ifndef FRONT_LISTENER_H
#define FRONT_LISTENER_H

#include "base/err.h"

struct front;

/* Takes the listening socket over. */
int listener_start(struct front *f, int fd, struct err *err);

#endif
