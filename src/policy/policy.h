/* SPDX-License-Identifier: MIT */
/*
 * What a peer may do: a pure function of the rules, the command and whether filesystems are frozen.
 *
 * A command is allowed if the profile has it, and the allow list, if there is one, and the block
 * list has it not. Each of them can only take away.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/command.h"

/* Room for every command there will be; checked when the policy is made. */
#define POLICY_COMMANDS_MAX 128

/* Bytes of a channel's name that messages show. */
#define POLICY_NAME_MAX 64

/* Each has the commands of those before it. Which one is the first that has a command stands in the
 * schema. */
enum policy_profile {
	PROFILE_INFO,   /* what only tells, and reads no files for the host */
	PROFILE_BACKUP, /* consistent copies of disks */
	PROFILE_MANAGE, /* the machine and its accounts */
	PROFILE_FULL,   /* programs and files */
	PROFILES,
};

/* What can refuse. */
enum policy_setting {
	POLICY_NOTHING, /* it is allowed */
	POLICY_PROFILE,
	POLICY_ALLOW,
	POLICY_BLOCK,
	POLICY_FROZEN, /* not a setting: filesystems are frozen */
	/* of arguments (policy/rules.h) */
	POLICY_FILE_READ,
	POLICY_FILE_WRITE,
	POLICY_EXEC_PROGRAMS,
	POLICY_EXEC_USER,
	POLICY_PASSWORD_USERS,
	POLICY_SSH_USERS,
	POLICY_SETTINGS,
};
#define POLICY_RULES_FIRST POLICY_FILE_READ
#define POLICY_RULES (POLICY_SETTINGS - POLICY_RULES_FIRST)

/* Items of one rule, and bytes of all rules of a channel. */
#define POLICY_ITEMS_MAX 256
#define POLICY_TEXT_MAX 16384

/* The items stand in the policy's text, one behind the other, each with its NUL. */
struct policy_rule {
	bool     set;
	uint16_t n;   /* items */
	uint32_t at;  /* where they begin */
	uint32_t len; /* bytes of them */
};

struct policy {
	char     channel[POLICY_NAME_MAX + 1]; /* of [channel NAME], "" for all others */
	uint32_t own;     /* settings that the group of the channel says: bits of policy_setting */
	uint8_t  profile; /* enum policy_profile */
	bool     has_allow_list; /* then only its members are allowed */
	bool     allowed[POLICY_COMMANDS_MAX];
	bool     blocked[POLICY_COMMANDS_MAX];
	bool     blocked_here[POLICY_COMMANDS_MAX]; /* by the group of the channel */
	bool     elsewhere[POLICY_COMMANDS_MAX];    /* another channel allows it */
	struct policy_rule rules[POLICY_RULES];
	uint32_t           text_n;
	char               text[POLICY_TEXT_MAX];
};

/* Bytes of a policy that mean something. */
static inline size_t policy_size(const struct policy *p)
{
	return offsetof(struct policy, text) + p->text_n;
}

/* Called for each name in a list that is no command of this build; such a name has no effect. */
typedef void policy_unknown(const char *name, void *ctx);

/* Everything is allowed. */
void policy_init(struct policy *p);

/* Name of a profile; its number, -1: there is none of that name. */
const char *policy_profile_name(unsigned profile);
int         policy_profile_find(const char *name);

/* The lowest profile that has the command. */
enum policy_profile policy_profile_of(const struct command *command);

/* Names separated by commas, semicolons or blanks (decisions.md row 9); @PROFILE stands for the
 * commands of a profile. Lists accumulate; an empty one is no list. */
void policy_allow(struct policy *p, const char *names, policy_unknown *unknown, void *ctx);
void policy_block(struct policy *p, const char *names, policy_unknown *unknown, void *ctx);
void policy_block_here(struct policy *p, const char *names, policy_unknown *unknown, void *ctx);

/* The setting that refuses the command, POLICY_NOTHING: none does. */
enum policy_setting policy_verdict(const struct policy *p, const struct command *command,
				   bool frozen);

/*
 * While frozen only commands marked when-frozen are allowed; of these the lists still rule
 * guest-ping and guest-info, but nobody can be locked out of thawing (decisions.md row 10), unless
 * another channel may thaw.
 */
static inline bool policy_allows(const struct policy *p, const struct command *command, bool frozen)
{
	return policy_verdict(p, command, frozen) == POLICY_NOTHING;
}

/* policy_allows() with the protocol's error, which names the setting where the protocol leaves room
 * for that (docs/DECISIONS.md row 230). */
int policy_check(const struct policy *p, const struct command *command, bool frozen,
		 struct err *err);

/* The setting that refuses and that the error leaves out, for the guest's administrator: its key;
 * NULL: there is none. */
const char *policy_unnamed(const struct policy *p, const struct command *command, bool frozen);

#endif
