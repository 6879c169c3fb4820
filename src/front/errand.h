/* SPDX-License-Identifier: MIT */
/*
 * What the front has to have done by somebody who may open and make files: it asks the zygote for
 * an opener (zygote/opener.h) and is told what has come of it. Nothing waits meanwhile.
 */
#ifndef FRONT_ERRAND_H
#define FRONT_ERRAND_H

#include <uv.h>

#include "base/err.h"
#include "front/children.h"
#include "ipc/message.h"

struct front;

/* How long the end of the agent waits for the removal of its files. */
#define ERRAND_LAST_MS 2000

/* What it brings: descriptors, which are the callee's (taken with take_fd()), or an error. From the
 * event loop. */
typedef void errand_done(void *ctx, int fds[2], const struct err *failure);

/* 0, or -1 with err: done() is not called then. */
int errand_start(struct front *f, const struct ipc_open *ask, errand_done *done, void *ctx,
		 struct err *err);

/* The last one, without a loop: has what is named removed, and waits for that for a while. */
void errand_last(struct front *f, bool control, bool pidfile);

#endif
