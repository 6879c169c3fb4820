/* SPDX-License-Identifier: MIT */
/*
 * A process beside the workers, started through the zygote or taken over from an earlier front, and
 * the messages to and from it (ipc/guard.h).
 */
#ifndef FRONT_ATTENDANT_H
#define FRONT_ATTENDANT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "front/children.h"
#include "ipc/message.h"

struct front;

struct attendant {
	struct attendant *next;
	struct front     *front;
	int               fd;
	uv_poll_t         poll;
	struct child      child; /* not in use for one that was taken over */
	bool              is_child, released;
	unsigned          n_uses; /* the loop's handle, the list of children */
	bool              gone;
	void             *ctx;
	/* both from the event loop; on_gone once, after which only attendant_release() may follow
	 */
	void (*on_message)(struct attendant *h, const struct ipc_guard *m, const char *text);
	void (*on_gone)(struct attendant *h);
};

typedef void attendant_message(struct attendant *h, const struct ipc_guard *m, const char *text);
typedef void attendant_gone(struct attendant *h);

/* NULL with err. role: ROLE_GUARD or ROLE_HOOKS. */
struct attendant *attendant_start(struct front *f, enum ipc_role role,
				  attendant_message *on_message, attendant_gone *on_gone, void *ctx,
				  struct err *err);

/* One that is connected already; the descriptor is the attendant's from then on. */
struct attendant *attendant_adopt(struct front *f, int fd, attendant_message *on_message,
				  attendant_gone *on_gone, void *ctx, struct err *err);

/* data: goes along as a memfd, if there is any. -1: it is gone, or does not read. */
int attendant_say(struct attendant *h, const struct ipc_guard *m, const char *data, size_t n);

/* Ends a process that does not answer. */
void attendant_kill(struct attendant *h);

/* The connection is closed; no callback comes any more. */
void attendant_release(struct attendant *h);

#endif
