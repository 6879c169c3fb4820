/* SPDX-License-Identifier: MIT */
/*
 * Who is at the other end of a channel, for people who read an audit.
 */
#ifndef TRANSPORT_PEER_H
#define TRANSPORT_PEER_H

#include <stddef.h>

#include "transport/transport.h"

/* Longest description, with its NUL; the name of a port is cut. */
#define PEER_MAX 128

/*
 * "uid=0,pid=1" of a client of a unix socket (when it connected; 0 for one that another namespace
 * hides), "cid=2,port=1023" of one over vsock, the port's name for a line, "stdio".
 */
void peer_describe(const struct transport *t, int fd, const char *path, char *to, size_t size);

#endif
