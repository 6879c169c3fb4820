/* SPDX-License-Identifier: MIT */
/*
 * Where bytes come from and go to. A transport opens descriptors and says how they behave; watching
 * them is the front's business.
 */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <stdbool.h>

#include "base/err.h"

struct transport {
	const char *name;         /* the word for -m */
	const char *default_path; /* NULL: a path must be given, or none is used */
	bool        listens; /* open() gives a listening socket; peers come from accept_peer() */
	bool        shared_line; /* peers may change without the descriptor saying so */
	bool        edges;       /* "no host" is a permanent hang-up condition: watch edges only */
	bool        ends;        /* end of file ends the agent */

	/* Non-blocking, close-on-exec descriptors; *ret_out equals *ret_in except for stdio. 0 or
	 * -1. */
	int (*open)(const char *path, int *ret_in, int *ret_out, struct err *err);
};

extern const struct transport transport_virtio_serial;
extern const struct transport transport_isa_serial;
extern const struct transport transport_unix_listen;
extern const struct transport transport_vsock_listen;
extern const struct transport transport_stdio;

/* NULL: no such method. */
const struct transport *transport_find(const char *name);

#endif
