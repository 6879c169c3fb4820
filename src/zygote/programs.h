/* SPDX-License-Identifier: MIT */
/*
 * The programs of guest-exec as the zygote sees them: it starts and reaps them, and holds what the
 * front works with (enum ipc_child_fd), so that the end of the front is not theirs.
 */
#ifndef ZYGOTE_PROGRAMS_H
#define ZYGOTE_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "ipc/message.h"

struct program_entry {
	struct program_entry *next;
	uint64_t              tag;
	pid_t                 pid;
	int                   kept[CHILD_FDS]; /* from KEPT_INPUT on, -1: none */
	bool                  ended;
	int                   status;
	bool                  told; /* its end: nobody will ask about it again */
};

struct policy_store;
struct sys_root;

struct programs {
	struct program_entry  *entries;
	struct policy_store   *policy;
	const struct sys_root *root;
	bool                   allowed; /* else none is started, whoever asks */
	int                    front;   /* closed by a process that becomes a program */
	struct rlimit          nofile;  /* what programs get; the zygote itself has more */
};

/* Takes the descriptors that came with the message. -1: the front cannot be told any more. */
int programs_exec(struct programs *p, const struct ipc_exec *ask, int *fds);

/* A process of ours has ended. 1: it was a program, and the front is told; 0: it was none; -1. */
int programs_ended(struct programs *p, pid_t pid, int status);

void programs_release(struct programs *p, const struct ipc_release *ask);

/* In another process forked by the zygote: closes what is not its business. */
void programs_leave(struct programs *p);

#endif
