/* SPDX-License-Identifier: MIT */
/*
 * A short-lived child of the zygote that opens a channel for the front, which has no privileges for
 * that any more. Opening may wait for a device, so nobody else does it.
 */
#ifndef ZYGOTE_OPENER_H
#define ZYGOTE_OPENER_H

/* Longest body of an IPC_OPEN. */
#define OPENER_BODY_MAX 4352

/* Answers one IPC_OPEN on fd. */
int opener_main(int fd);

#endif
