/* SPDX-License-Identifier: MIT */
/*
 * Reading the configuration again, for the policy in it. In an opener: a file can be on a dead
 * disk.
 */
#ifndef ZYGOTE_RELOAD_H
#define ZYGOTE_RELOAD_H

#include "base/err.h"

struct options;
struct policy_store;
struct sys_root;

/*
 * started: what the agent runs with; everything is looked up again in the same way. What the new
 * policy and the first one both allow takes effect at once; the words in the store say what needs a
 * restart. 0; -1 with err: nothing has changed. To be called once, in a process of its own.
 */
int reload_policy(const struct options *started, const struct sys_root *root,
		  struct policy_store *store, struct err *err);

#endif
