/* SPDX-License-Identifier: MIT */
/*
 * Rules about the users whose passwords and keys a peer may change.
 */
#ifndef CMD_USERS_H
#define CMD_USERS_H

#include "policy/policy.h"
#include "proto/request.h"

/*
 * 0, or -1 with err: the rule does not allow the name, or not as the account database spells it, or
 * not the name "root" when the account is another name of it. A name that there is not is left to
 * whoever looks it up next.
 */
int users_check(const struct request *rq, enum policy_setting rule, const char *name,
		struct err *err);

#endif
