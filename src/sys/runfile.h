/* SPDX-License-Identifier: MIT */
/*
 * What an agent leaves in the guest while it runs: its control socket, its pid file. Made by the
 * front while it starts, and later, when it cannot make anything any more, by an opener
 * (zygote/opener.h).
 */
#ifndef SYS_RUNFILE_H
#define SYS_RUNFILE_H

#include <sys/un.h>

#include "base/err.h"

/* In the state directory: the administrator of the guest talks to the agent there. */
#define CONTROL_SOCKET "virtagent.sock"

/* Connections at once; the next ones wait in the kernel. */
#define CONTROL_CLIENTS_MAX 8

/* The address of a socket in a directory. 0, or -1 with err: too long. */
int runfile_address(const char *dir, const char *name, struct sockaddr_un *ret, struct err *err);

/* Listens there for root only, in place of a socket that nobody listens on. The descriptor, -1 with
 * err. */
int runfile_listen(const struct sockaddr_un *address, int backlog, struct err *err);

/* The pid file, made if need be. -1 with err. */
int runfile_open_pid(const char *path, struct err *err);

#endif
