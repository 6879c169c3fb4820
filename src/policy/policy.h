/* SPDX-License-Identifier: MIT */
/*
 * Which commands may be called: a pure function of the rules, the command and whether filesystems
 * are frozen.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "proto/command.h"

/* Room for every command there will be; checked when the policy is made. */
#define POLICY_COMMANDS_MAX 128

struct policy {
	bool has_allow_list; /* then only its members are allowed */
	bool allowed[POLICY_COMMANDS_MAX];
	bool blocked[POLICY_COMMANDS_MAX];
};

/* Called for each name in a list that is no command of this build; such a name has no effect. */
typedef void policy_unknown(const char *name, void *ctx);

void policy_init(struct policy *p);

/* Names separated by commas, semicolons or blanks (decisions.md row 9). Lists accumulate; an empty
 * one is no list. */
void policy_allow(struct policy *p, const char *names, policy_unknown *unknown, void *ctx);
void policy_block(struct policy *p, const char *names, policy_unknown *unknown, void *ctx);

/*
 * While frozen only commands marked when-frozen are allowed; of these the lists still rule
 * guest-ping and guest-info, but nobody can be locked out of thawing (decisions.md row 10).
 */
bool policy_allows(const struct policy *p, const struct command *command, bool frozen);

/* policy_allows() with the protocol's error. */
int policy_check(const struct policy *p, const struct command *command, bool frozen,
		 struct err *err);

#endif
