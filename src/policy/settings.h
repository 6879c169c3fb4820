/* SPDX-License-Identifier: MIT */
/*
 * Settings of the policy in words.
 */
#ifndef POLICY_SETTINGS_H
#define POLICY_SETTINGS_H

#include "policy/policy.h"

#define SETTING_TEXT_MAX 160

/* The key of the configuration, which is also the option's name. */
const char *setting_key(enum policy_setting s);

/* Whether the group of the channel says it. */
static inline bool setting_is_own(const struct policy *p, enum policy_setting s)
{
	return p->own & (1u << s);
}

/* "profile=info in [channel vsock]", or less of it. */
void setting_describe(const struct policy *p, enum policy_setting s, char to[SETTING_TEXT_MAX]);

#endif
