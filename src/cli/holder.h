/* SPDX-License-Identifier: MIT */
/*
 * Who is connected to a listening unix socket: the kernel knows (sock_diag), and /proc names the
 * process, for root or for processes of the same user.
 */
#ifndef CLI_HOLDER_H
#define CLI_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

struct holder {
	pid_t pid;      /* 0: a client is connected, but its process cannot be seen */
	char  name[32]; /* of the process; empty if pid is 0 */
};

/* A client other than this process that is connected to the socket at `path`; false if none is. */
bool holder_find(const char *path, struct holder *ret);

#endif
