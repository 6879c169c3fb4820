/* SPDX-License-Identifier: MIT */
/*
 * Accepts the clients of a listening transport; each becomes a channel with a session of its own.
 */
#ifndef FRONT_LISTENER_H
#define FRONT_LISTENER_H

#include <uv.h>

#include "base/err.h"

struct endpoint;

struct listener {
	struct endpoint *endpoint;
	int              fd;
	uv_poll_t        poll;
	uv_timer_t       pause;
	int              accept_error; /* errno of the last accept, told once */
};

/* Takes the listening socket over. */
int listener_start(struct listener *l, struct endpoint *e, int fd, struct err *err);

#endif
