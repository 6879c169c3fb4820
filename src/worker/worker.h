/* SPDX-License-Identifier: MIT */
/*
 * A worker process: one request at a time in plain blocking style. Everything it has is the socket
 * to the front; when that ends, it ends.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

/* Serves requests from the socket until the front closes it; returns the exit status. statedir:
 * where qga.state is. */
int worker_main(int fd, const char *statedir);

#endif
