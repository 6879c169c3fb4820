/* SPDX-License-Identifier: MIT */
/*
 * The handshake as a feed function, so that a call that waits and one that does not can both make
 * it.
 */
#ifndef CLIENT_SYNC_H
#define CLIENT_SYNC_H

#include "client/conn.h"

#define SYNC_LINE_MAX 4096 /* longer lines cannot concern the handshake */

struct sync {
	int64_t id;
	bool    after_reset; /* the line began with 0xFF */
	bool    too_long;
	size_t  len;
	char    line[SYNC_LINE_MAX + 1];
};

/* Queues the request, in an empty connection. */
int sync_begin(struct qgac *agent, struct sync *s, struct qgac_err *err);

/* A conn_feed; state is a struct sync. */
int sync_feed(struct qgac *agent, size_t fresh, void *state, struct qgac_err *err);

/* All of it, if it is needed. */
int sync_ensure(struct qgac *agent, int64_t deadline, struct qgac_err *err);

#endif
