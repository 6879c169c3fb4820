/* SPDX-License-Identifier: MIT */
/*
 * Processes besides workers that the zygote forks for the front: the writer of the log, openers of
 * channels.
 */
#ifndef FRONT_CHILDREN_H
#define FRONT_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ipc/message.h"

/* Tags of these; those of workers are below. */
#define CHILD_TAG_FIRST ((uint64_t)1 << 63)

/* Part of what owns it; in the list from the start to on_ended. */
struct child {
	struct child *next;
	uint64_t      tag;
	int           pid; /* 0: not told yet */
	void         *ctx;
	void (*on_ended)(void *ctx); /* or could not be started; not from within children_start() */
};

struct children {
	int           zygote;
	uint64_t      next_tag;
	struct child *list;
};

void children_init(struct children *c, int zygote);

/* Starts a process that gets fd; ours stays open. 0, or -1 with err. */
int children_start(struct children *c, struct child *child, enum ipc_role role, int fd,
		   struct err *err);

/* The zygote, and with it what it forks from now on, leaves the terminal. */
void children_detach(struct children *c);

/* What the zygote says. False: it is about none of these. */
bool children_started(struct children *c, const struct ipc_started *told);
bool children_exited(struct children *c, int pid);

#endif
