/* SPDX-License-Identifier: MIT */
/*
 * The zygote: forked before anything else, single-threaded and tiny, it forks the workers and
 * reports their ends. It never opens a channel, so no process below it can keep one busy.
 */
#ifndef ZYGOTE_ZYGOTE_H
#define ZYGOTE_ZYGOTE_H

#include <sys/types.h>

#include "base/err.h"

struct needs;
struct options;
struct policy_store;
struct sys_root;

/* Starts it; *ret_fd is the socket to it (ipc/message.h). To be called while the process has one
 * thread. The options, the policy, what it needs, and the root are for what it forks. */
int zygote_start(const struct options *options, struct policy_store *policy,
		 const struct needs *needs, const struct sys_root *root, int *ret_fd,
		 pid_t *ret_pid, struct err *err);

#endif
