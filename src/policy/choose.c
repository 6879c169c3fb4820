/* SPDX-License-Identifier: MIT */
#include "policy/choose.h"

#include <stdio.h>

#include "policy/policy.h"
#include "sys/confidential.h"

void policy_choose_profile(struct options *o, const struct sys_root *root)
{
	enum confidential kind;

	o->confidential = NULL;
	if (o->set_at[OPTION_ID_profile])
		return;
	kind = confidential_detect(root);
	if (kind == CONFIDENTIAL_NOT)
		return;
	o->confidential = confidential_name(kind);
	if (!o->as_qemu_ga && o->n_keys == 0)
		o->profile = PROFILE_INFO;
}

void policy_describe_choice(const struct options *o, char *to, size_t size)
{
	const char *what = "";

	if (o->confidential && o->profile == PROFILE_INFO)
		what = "nothing is configured, so the host may only ask (profile=info)";
	else if (o->confidential)
		what = "the host may do everything in it (profile=full)";
	(void)snprintf(to, size, "%s%s%s%s%s", *what ? "this is a confidential VM (" : "",
		       *what ? o->confidential : "", *what ? "), and " : "", what,
		       *what ? ": choose a profile" : "");
}
