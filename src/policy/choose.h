/* SPDX-License-Identifier: MIT */
/*
 * The profile when nobody has chosen one.
 */
#ifndef POLICY_CHOOSE_H
#define POLICY_CHOOSE_H

#include "config/options.h"
#include "sys/root.h"

/*
 * In a confidential VM the host is not trusted: an agent that nobody has configured starts with
 * `info` there. Under the name qemu-ga, or with a configuration that sets anything, it does what it
 * did before. o->confidential says that this is such a VM and nobody has said a profile.
 */
void policy_choose_profile(struct options *o, const struct sys_root *root);

/* What the administrator should know of that, in one line; "": nothing. */
void policy_describe_choice(const struct options *o, char *to, size_t size);

#endif
