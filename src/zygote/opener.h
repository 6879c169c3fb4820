/* SPDX-License-Identifier: MIT */
/*
 * A short-lived child of the zygote that does what the front has no privileges for any more: opens
 * a channel anew, makes or removes what the agent leaves in the guest. Any of it may wait for a
 * device, so nobody else does it, nor reads the configuration again. What it touches stands in the
 * options: no front can name another file.
 */
#ifndef ZYGOTE_OPENER_H
#define ZYGOTE_OPENER_H

struct options;
struct policy_store;
struct sys_root;

/* What it works with. */
struct opener {
	const struct options  *options;
	struct policy_store   *policy;
	const struct sys_root *root;
};

/* Answers one IPC_OPEN on fd. */
int opener_main(int fd, const struct opener *with);

#endif
