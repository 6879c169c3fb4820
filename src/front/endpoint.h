/* SPDX-License-Identifier: MIT */
/*
 * Where peers can come from: one transport and path each, the default one (--method, --path, or
 * sockets of a service manager) and those of the configuration. An endpoint that is lost, or was
 * not there, is opened again with --retry-path.
 */
#ifndef FRONT_ENDPOINT_H
#define FRONT_ENDPOINT_H

#include <uv.h>

#include "base/err.h"
#include "front/channel.h"
#include "front/listener.h"
#include "transport/activation.h"

struct front;

/* Between attempts. */
#define ENDPOINT_RETRY_MS 5000

struct endpoint {
	struct front           *front;
	const char             *name; /* for messages: of the group, or "" */
	const struct transport *transport;
	const char             *path;
	size_t                  rules;     /* number of its policy (policy/policies.h) */
	int                     inherited; /* a listening socket that was given to us, -1 */
	bool                    is_open;
	struct listener         listener;
	uv_timer_t              retry;
	bool                    opening; /* an attempt is under way */
};

/* All of them, while we have privileges. 0, or -1 with err. */
int endpoints_open(struct front *f, const struct activation *a, struct err *err);

/* Its only channel is closed. */
void endpoint_lost(struct endpoint *e);

#endif
