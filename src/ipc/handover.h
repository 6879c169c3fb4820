/* SPDX-License-Identifier: MIT */
/*
 * Programs of an agent that has ended, on their way to the next one. The zygote of the first keeps
 * them: it stays their parent, reads what they write, and waits at a socket in the state directory,
 * HANDOVER_PREFIX and its process id. The two may be of different versions (a package manager
 * run by guest-exec may just have upgraded the agent), so this format does not change: a new one
 * gets a new prefix.
 *
 *   keeper → front: PROGRAM for each, then END; EXITED later
 *   front → keeper: RELEASE
 */
#ifndef IPC_HANDOVER_H
#define IPC_HANDOVER_H

#include <stdint.h>

#include "base/err.h"

#define HANDOVER_PREFIX "virtagent-programs-1."

enum handover_type {
	HANDOVER_PROGRAM = 1,
	HANDOVER_END,
	HANDOVER_EXITED,
	HANDOVER_RELEASE,
};

/* Bits of flags. */
#define HANDOVER_ENDED 1u
#define HANDOVER_TOLD 2u /* its end is told, only its pipes are left */

/* Bits of fds; they come in this order. */
enum handover_fd {
	HANDOVER_INPUT,
	HANDOVER_INPUT_DATA,
	HANDOVER_OUT,
	HANDOVER_OUT_DATA,
	HANDOVER_ERR,
	HANDOVER_ERR_DATA,
	HANDOVER_FDS,
};

struct handover {
	uint32_t type;
	uint32_t flags;  /* PROGRAM */
	uint64_t tag;    /* which program */
	int32_t  pid;    /* PROGRAM */
	int32_t  status; /* EXITED, and PROGRAM with HANDOVER_ENDED: as waitpid() gives it */
	uint32_t fds;    /* PROGRAM */
	uint32_t what;   /* RELEASE: enum ipc_release_what */
};

/* fds has HANDOVER_FDS places, -1: none; sets h->fds. */
int handover_send(int fd, struct handover *h, const int *fds, struct err *err);

/* 1, 0: the other side is gone, -1: err (os EAGAIN: nothing there). fds has IPC_FDS_MAX places and
 * is sorted as above. Never waits. */
int handover_recv(int fd, struct handover *ret, int *fds, struct err *err);

#endif
