/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include <string.h>

/* Longer than any command's name; what is longer is cut and unknown. */
#define NAME_BYTES 96

static const char separators[] = ",; \t\r\n";

void policy_init(struct policy *p)
{
	memset(p, 0, sizeof(*p));
}

static size_t mark_names(bool *marks, const char *names, policy_unknown *unknown, void *ctx)
{
	const struct command *c;
	char                  name[NAME_BYTES];
	size_t                n, count = 0;

	for (names += strspn(names, separators); *names; names += strspn(names, separators)) {
		n = strcspn(names, separators);
		memcpy(name, names, n < sizeof(name) ? n : sizeof(name) - 1);
		name[n < sizeof(name) ? n : sizeof(name) - 1] = '\0';
		names += n;
		count++;
		c = command_find(name);
		if (c && c - commands < POLICY_COMMANDS_MAX)
			marks[c - commands] = true;
		else if (unknown)
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

static bool lists_allow(const struct policy *p, const struct command *command)
{
	size_t i = (size_t)(command - commands);

	/* beyond the table nothing could be blocked, so nothing is allowed */
	if (i >= POLICY_COMMANDS_MAX || p->blocked[i])
		return false;
	return !p->has_allow_list || p->allowed[i];
}

bool policy_allows(const struct policy *p, const struct command *command, bool frozen)
{
	if (!frozen)
		return lists_allow(p, command);
	if (!(command->flags & CMD_WHEN_FROZEN))
		return false;
	return (command->flags & CMD_ALWAYS_WHEN_FROZEN) || lists_allow(p, command);
}

int policy_check(const struct policy *p, const struct command *command, bool frozen,
		 struct err *err)
{
	if (policy_allows(p, command, frozen))
		return 0;
	return err_set_class(err, ERR_COMMAND_NOT_FOUND,
			     "Command %s has been disabled: the command is not allowed",
			     command->name);
}
