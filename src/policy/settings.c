/* SPDX-License-Identifier: MIT */
#include "policy/settings.h"

#include <stdio.h>

static const char *const keys[POLICY_SETTINGS] = {
	[POLICY_NOTHING] = "",
	[POLICY_PROFILE] = "profile",
	[POLICY_ALLOW] = "allow-rpcs",
	[POLICY_BLOCK] = "block-rpcs",
	[POLICY_FROZEN] = "",
	[POLICY_FILE_READ] = "file-read",
	[POLICY_FILE_WRITE] = "file-write",
	[POLICY_EXEC_PROGRAMS] = "exec-programs",
	[POLICY_EXEC_USER] = "exec-user",
	[POLICY_PASSWORD_USERS] = "password-users",
	[POLICY_SSH_USERS] = "ssh-users",
};

const char *setting_key(enum policy_setting s)
{
	return keys[s];
}

void setting_describe(const struct policy *p, enum policy_setting s, char to[SETTING_TEXT_MAX])
{
	const char *profile = s == POLICY_PROFILE ? policy_profile_name(p->profile) : "";

	(void)snprintf(to, SETTING_TEXT_MAX, "%s%s%s%s%s%s", setting_key(s), *profile ? "=" : "",
		       profile, setting_is_own(p, s) ? " in [channel " : "",
		       setting_is_own(p, s) ? p->channel : "", setting_is_own(p, s) ? "]" : "");
}
