/* SPDX-License-Identifier: MIT */
/*
 * What a zygote becomes when its front has ended while programs of guest-exec are there: their
 * parent for as long as they need one. It reads their output and feeds their input as the front
 * did, and hands them over to the next front that asks (ipc/handover.h); that one ends, and it goes
 * on alone.
 */
#ifndef ZYGOTE_KEEPER_H
#define ZYGOTE_KEEPER_H

#include "zygote/programs.h"

/* How long ends are kept for an agent that does not come, once all programs have ended. */
#define KEEPER_WAIT_MS 600000

/* Until there is nothing left to keep. The exit status. */
int keeper_main(struct programs *p, int sigchld, const char *statedir);

#endif
