/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include <string.h>

#include "base/attr.h"
#include "policy/settings.h"

/* Longer than any command's name; what is longer is cut and unknown. */
#define NAME_BYTES 96

/* In front of the name of a profile in a list. */
#define PROFILE_MARK '@'

static const char separators[] = ",; \t\r\n";

static const char *const profile_names[PROFILES] = {
	[PROFILE_INFO] = "info",
	[PROFILE_BACKUP] = "backup",
	[PROFILE_MANAGE] = "manage",
	[PROFILE_FULL] = "full",
};

void policy_init(struct policy *p)
{
	memset(p, 0, offsetof(struct policy, text)); /* the text counts as far as rules use it */
	p->profile = PROFILE_FULL;
}

/* --- profiles --- */

const char *policy_profile_name(unsigned profile)
{
	return profile < PROFILES ? profile_names[profile] : "";
}

int policy_profile_find(const char *name)
{
	int i;

	for (i = 0; i < PROFILES; i++)
		if (!strcmp(name, profile_names[i]))
			return i;
	return -1;
}

enum policy_profile policy_profile_of(const struct command *command)
{
	return command->flags & CMD_PROFILE_INFO     ? PROFILE_INFO
	       : command->flags & CMD_PROFILE_BACKUP ? PROFILE_BACKUP
	       : command->flags & CMD_PROFILE_MANAGE ? PROFILE_MANAGE
						     : PROFILE_FULL;
}

/* --- lists --- */

static bool mark_profile(bool *marks, const char *name)
{
	int    profile = policy_profile_find(name);
	size_t i;

	for (i = 0; profile >= 0 && i < n_commands && i < POLICY_COMMANDS_MAX; i++)
		if ((int)policy_profile_of(&commands[i]) <= profile)
			marks[i] = true;
	return profile >= 0;
}

static bool mark_name(bool *marks, const char *name)
{
	const struct command *c;

	if (*name == PROFILE_MARK)
		return mark_profile(marks, name + 1);
	c = command_find(name);
	if (!c || c - commands >= POLICY_COMMANDS_MAX)
		return false;
	marks[c - commands] = true;
	return true;
}

static size_t mark_names(bool *marks, const char *names, policy_unknown *unknown, void *ctx)
{
	char   name[NAME_BYTES];
	size_t n, count = 0;

	for (names += strspn(names, separators); *names; names += strspn(names, separators)) {
		n = strcspn(names, separators);
		memcpy(name, names, n < sizeof(name) ? n : sizeof(name) - 1);
		name[n < sizeof(name) ? n : sizeof(name) - 1] = '\0';
		names += n;
		count++;
		if (!mark_name(marks, name) && unknown)
			unknown(name, ctx);
	}
	return count;
}

void policy_allow(struct policy *p, const char *names, policy_unknown *unknown, void *ctx)
{
	/* a list with nothing but misspelt names still is a list: it must not open everything */
	if (mark_names(p->allowed, names, unknown, ctx) > 0)
		p->has_allow_list = true;
}

void policy_block(struct policy *p, const char *names, policy_unknown *unknown, void *ctx)
{
	(void)mark_names(p->blocked, names, unknown, ctx);
}

void policy_block_here(struct policy *p, const char *names, policy_unknown *unknown, void *ctx)
{
	(void)mark_names(p->blocked_here, names, unknown, ctx);
}

/* --- verdicts --- */

static enum policy_setting verdict_of_settings(const struct policy  *p,
					       const struct command *command)
{
	size_t i = (size_t)(command - commands);

	/* beyond the table nothing could be blocked, so nothing is allowed */
	if (i >= POLICY_COMMANDS_MAX || p->blocked[i] || p->blocked_here[i])
		return POLICY_BLOCK;
	if (p->has_allow_list && !p->allowed[i])
		return POLICY_ALLOW;
	return policy_profile_of(command) <= p->profile ? POLICY_NOTHING : POLICY_PROFILE;
}

/* Whoever could thaw must be able to, if nobody else can. */
static bool is_open_when_frozen(const struct policy *p, const struct command *command)
{
	size_t i = (size_t)(command - commands);

	return (command->flags & CMD_ALWAYS_WHEN_FROZEN) &&
	       !(i < POLICY_COMMANDS_MAX && p->elsewhere[i]);
}

enum policy_setting policy_verdict(const struct policy *p, const struct command *command,
				   bool frozen)
{
	if (frozen && !(command->flags & CMD_WHEN_FROZEN))
		return POLICY_FROZEN;
	if (frozen && is_open_when_frozen(p, command))
		return POLICY_NOTHING;
	return verdict_of_settings(p, command);
}

/* Whether the reference could have refused it in the same way: clients compare that text as a
 * whole.
 */
static bool is_of_protocol(const struct policy *p, const struct command *command,
			   enum policy_setting by)
{
	size_t i = (size_t)(command - commands);

	if (by == POLICY_BLOCK)
		return i >= POLICY_COMMANDS_MAX || p->blocked[i];
	return by == POLICY_FROZEN || (by == POLICY_ALLOW && !setting_is_own(p, by));
}

int policy_check(const struct policy *p, const struct command *command, bool frozen,
		 struct err *err)
{
	enum policy_setting by = policy_verdict(p, command, frozen);
	char                what[SETTING_TEXT_MAX] = "";

	if (by == POLICY_NOTHING)
		return 0;
	if (!is_of_protocol(p, command, by))
		setting_describe(p, by, what);
	return err_set_class(err, ERR_COMMAND_NOT_FOUND,
			     "Command %s has been disabled: the command is not allowed%s%s",
			     command->name, *what ? " by " : "", what);
}

const char *policy_unnamed(const struct policy *p, const struct command *command, bool frozen)
{
	enum policy_setting by = policy_verdict(p, command, frozen);

	if (by == POLICY_NOTHING || by == POLICY_FROZEN || !is_of_protocol(p, command, by))
		return NULL;
	return setting_key(by);
}
