/* SPDX-License-Identifier: MIT */
/*
 * Ways to reach an agent. A transport turns an address into a connected descriptor; a new one is a
 * file with one function and a row in the table of connect.c.
 */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdint.h>

#include "qgaclient.h"

struct transport {
	const char *scheme; /* with its colon */
	int (*open)(const char *address, int64_t deadline, struct qgac_err *err);
};

/* A connected close-on-exec descriptor, or -1 with err set. */
int transport_unix_open(const char *path, int64_t deadline, struct qgac_err *err);

#endif
