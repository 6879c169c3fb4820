/* SPDX-License-Identifier: MIT */
#include "cmd/users.h"

#include "policy/rules.h"
#include "sys/account.h"

/* Directory services know one user by several spellings, and root may have other names. */
static bool allows(const struct request *rq, enum policy_setting rule, const char *name)
{
	struct account user;
	struct err     none;

	if (!rules_allow_user(rq->policy, rule, name))
		return false;
	err_init(&none);
	if (account_find(rq->root, name, rq->arena, &user, &none) < 0)
		return true;
	return rules_allow_user(rq->policy, rule, user.name) &&
	       (user.uid != 0 || rules_allow_user(rq->policy, rule, "root"));
}

int users_check(const struct request *rq, enum policy_setting rule, const char *name,
		struct err *err)
{
	char why[RULE_TEXT_MAX];

	if (!rules_is_set(rq->policy, rule) || allows(rq, rule, name))
		return 0;
	rules_describe(rq->policy, rule, why);
	return err_set_class(err, ERR_REFUSED, "user '%s': %s", name, why);
}
