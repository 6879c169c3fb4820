/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets that a service manager opened for us (sd_listen_fds(3)).
 */
#ifndef TRANSPORT_ACTIVATION_H
#define TRANSPORT_ACTIVATION_H

#include <stddef.h>

#include "base/err.h"
#include "transport/transport.h"

/* More than that are an error. */
#define ACTIVATION_MAX 16

struct activation_socket {
	int                     fd; /* non-blocking, close-on-exec */
	const struct transport *transport;
	const char             *name; /* as the service manager calls it, "" */
};

struct activation {
	size_t                   n; /* 0: not started that way */
	struct activation_socket sockets[ACTIVATION_MAX];
};

/* Takes them, and removes the variables from the environment. 0, or -1 with err. */
int activation_take(struct activation *ret, struct err *err);

#endif
