/* SPDX-License-Identifier: MIT */
/*
 * A worker process: one request at a time in plain blocking style. Everything it has is the socket
 * to the front; when that ends, it ends.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdbool.h>

struct options;
struct policy_store;
struct sys_root;

/* Serves requests from the socket until the front closes it; returns the exit status. */
int worker_main(int fd, bool reads_only, const struct options *options,
		const struct policy_store *policy, const struct sys_root *root);

#endif
