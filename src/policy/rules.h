/* SPDX-License-Identifier: MIT */
/*
 * Rules about arguments. A rule that is not set allows everything, one without items nothing.
 *
 *   file-read, file-write, exec-programs   paths: of a file, or of a directory and all that is
 * below password-users, ssh-users              patterns as in fnmatch(3); !PATTERN takes out again
 *   exec-user                              one name: not what is allowed, but as whom programs run
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/policy.h"

/* Room for what rules_describe() says. */
#define RULE_TEXT_MAX 160

bool rules_is_set(const struct policy *p, enum policy_setting rule);

/* Begins a rule anew, without items. The text of the one before stays used: a group of a channel
 * replaces each at most once. */
void rules_begin(struct policy *p, enum policy_setting rule);

/* What is wrong with an item, NULL: nothing. Text is static. */
const char *rules_complaint(enum policy_setting rule, const char *item, size_t n);

/* Adds an item to the rule that was begun last. -1: no room (POLICY_ITEMS_MAX, POLICY_TEXT_MAX). */
int rules_add(struct policy *p, enum policy_setting rule, const char *item, size_t n);

/* The items in turn; at is NULL at the start. NULL: no more. */
const char *rules_next(const struct policy *p, enum policy_setting rule, const char *at);

/* place: absolute, without links, "." and "..". */
bool rules_allow_path(const struct policy *p, enum policy_setting rule, const char *place);
bool rules_allow_user(const struct policy *p, enum policy_setting rule, const char *name);

/*
 * Whether a program may get this variable ("NAME=value"). What one can do to a program is not known
 * beforehand (LD_PRELOAD, PATH, BASH_ENV …), so where only certain programs may run only a few are
 * allowed.
 */
bool rules_allow_variable(const struct policy *p, const char *variable);

/* The user that programs run as, NULL: as we do. */
const char *rules_exec_user(const struct policy *p);

/* Whether an item of `outer` allows all that `inner`, an item of the same rule, does. Says false
 * when it does not know. */
bool rules_covers(enum policy_setting rule, const char *outer, const char *inner);

/* "not allowed by file-read in [channel vsock]": what is put behind in error texts. */
void rules_describe(const struct policy *p, enum policy_setting rule, char to[RULE_TEXT_MAX]);

#endif
