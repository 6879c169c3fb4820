/* SPDX-License-Identifier: MIT */
#include "front/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "policy/choose.h"
#include "policy/policies.h"
#include "policy/rules.h"
#include "policy/settings.h"
#include "sys/root.h"

enum { STATUS_ALLOWED, STATUS_REFUSED, STATUS_UNKNOWN };

/* A command on a channel. */
struct question {
	const struct options        *o;
	const struct option_channel *c; /* NULL: the default one */
	const struct policy         *p;
	const struct command        *command;
};

/* --- where something stands --- */

static void put_line(const struct question *q, enum policy_setting s, unsigned line)
{
	if (line == OPTION_COMMAND_LINE)
		printf("--%s on the command line", setting_key(s));
	else if (line)
		printf("%s:%u", q->o->config_file, line);
	else
		printf("built in");
}

/* Whether one of its words names the command, by itself or in a profile. */
static bool names(const char *item, const struct command *command)
{
	static struct policy p;
	const size_t         i = (size_t)(command - commands);

	policy_init(&p);
	policy_block(&p, item, NULL, NULL);
	return i < POLICY_COMMANDS_MAX && p.blocked[i];
}

/* The item of the list with the command; NULL: the first one. 0: there is none. */
static unsigned line_in(const struct option_list *list, const struct command *command)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!command || names(list->items[i], command))
			return list->lines[i];
	return 0;
}

static unsigned line_of_block(const struct question *q)
{
	unsigned line = line_in(&q->o->block_rpcs, q->command);

	return line || !q->c ? line : line_in(&q->c->block_rpcs, q->command);
}

static const struct option_list *rule_list(const struct question *q, enum policy_setting s)
{
	const struct option_channel *c = setting_is_own(q->p, s) ? q->c : NULL;

	switch (s) {
	case POLICY_ALLOW:
		return c ? &c->allow_rpcs : &q->o->allow_rpcs;
	case POLICY_FILE_READ:
		return c ? &c->file_read : &q->o->file_read;
	case POLICY_FILE_WRITE:
		return c ? &c->file_write : &q->o->file_write;
	case POLICY_EXEC_PROGRAMS:
		return c ? &c->exec_programs : &q->o->exec_programs;
	case POLICY_PASSWORD_USERS:
		return c ? &c->password_users : &q->o->password_users;
	default:
		return c ? &c->ssh_users : &q->o->ssh_users;
	}
}

static void put_origin(const struct question *q, enum policy_setting s)
{
	const unsigned *set_at = setting_is_own(q->p, s) ? q->c->set_at : q->o->set_at;

	if (s == POLICY_PROFILE && !set_at[OPTION_ID_profile] && q->o->confidential &&
	    q->p->profile != PROFILE_FULL)
		printf("this is a confidential VM, %s, and nothing is configured",
		       q->o->confidential);
	else if (s == POLICY_PROFILE)
		put_line(q, s, set_at[OPTION_ID_profile]);
	else if (s == POLICY_EXEC_USER)
		put_line(q, s, set_at[OPTION_ID_exec_user]);
	else if (s == POLICY_BLOCK)
		put_line(q, s, line_of_block(q));
	else
		put_line(q, s, line_in(rule_list(q, s), NULL));
}

/* --- what it means --- */

/* Which commands a rule is about. */
static const struct {
	enum policy_setting rule;
	const char         *command;
	const char         *words;
} about[] = {
	{POLICY_FILE_READ, "guest-file-open", "may be opened for reading:"},
	{POLICY_FILE_WRITE, "guest-file-open", "may be opened for writing:"},
	{POLICY_FILE_READ, "guest-file-read", "may be read:"},
	{POLICY_FILE_WRITE, "guest-file-write", "may be written:"},
	{POLICY_EXEC_PROGRAMS, "guest-exec", "may be run:"},
	{POLICY_EXEC_USER, "guest-exec", "as the user:"},
	{POLICY_PASSWORD_USERS, "guest-set-user-password", "users:"},
	{POLICY_SSH_USERS, "guest-ssh-get-authorized-keys", "users:"},
	{POLICY_SSH_USERS, "guest-ssh-add-authorized-keys", "users:"},
	{POLICY_SSH_USERS, "guest-ssh-remove-authorized-keys", "users:"},
};

static void put_rule(const struct question *q, enum policy_setting rule, const char *words)
{
	const char *item = NULL;
	bool        any = false;

	printf("  %s", words);
	while ((item = rules_next(q->p, rule, item))) {
		printf("%s %s", any ? "," : "", item);
		any = true;
	}
	printf("%s (%s, ", any ? "" : " nothing", setting_key(rule));
	put_origin(q, rule);
	printf(")\n");
}

static void put_rules(const struct question *q)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(about); i++)
		if (!strcmp(about[i].command, q->command->name) &&
		    rules_is_set(q->p, about[i].rule))
			put_rule(q, about[i].rule, about[i].words);
}

static void put_allowed(const struct question *q)
{
	printf("allowed\n  profile=%s (", policy_profile_name(q->p->profile));
	put_origin(q, POLICY_PROFILE);
	printf(")\n");
	if (q->p->has_allow_list) {
		printf("  in allow-rpcs (");
		put_origin(q, POLICY_ALLOW);
		printf(")\n");
	}
	put_rules(q);
}

static void put_refused(const struct question *q, enum policy_setting by)
{
	char what[SETTING_TEXT_MAX];

	if (by == POLICY_BLOCK && line_in(&q->o->block_rpcs, q->command))
		(void)snprintf(what, sizeof(what), "%s", setting_key(by)); /* for all channels */
	else
		setting_describe(q->p, by, what);
	printf("refused by %s (", what);
	put_origin(q, by);
	printf(")\n");
	if (by == POLICY_PROFILE)
		printf("  it is in the profile %s%s\n",
		       policy_profile_name(policy_profile_of(q->command)),
		       policy_profile_of(q->command) == PROFILE_FULL ? " only"
								     : " and those above");
	if (by == POLICY_ALLOW)
		printf("  it is not in that list\n");
}

static bool explain(const struct question *q)
{
	enum policy_setting by = policy_verdict(q->p, q->command, false);

	printf("%s%s%s: ", q->command->name, q->c ? " on channel " : "", q->c ? q->c->name : "");
	if (by == POLICY_NOTHING)
		put_allowed(q);
	else
		put_refused(q, by);
	return by == POLICY_NOTHING;
}

static int cannot(const struct options *o, const char *text, const char *name)
{
	fprintf(stderr, "%s: %s%s\n", o->program, text, name);
	return STATUS_UNKNOWN;
}

static int find_channel(const struct options *o, size_t *ret)
{
	for (*ret = 0; *ret < o->n_channels; (*ret)++)
		if (!strcmp(o->channels[*ret].name, o->channel))
			return 0;
	return -1;
}

static int explain_channels(struct options *o, const struct policies *policies,
			    const struct command *command)
{
	struct question q = {.o = o, .command = command};
	size_t          only = 0, i;
	bool            allowed = false;

	if (o->channel && find_channel(o, &only) < 0)
		return cannot(o, "there is no channel ", o->channel);
	if (!o->channel) {
		q.p = policies_of(policies, 0);
		allowed = explain(&q);
	}
	for (i = 0; i < o->n_channels; i++) {
		if (o->channel && i != only)
			continue;
		q.c = &o->channels[i];
		q.p = policies_of(policies, 1 + i);
		if (explain(&q) && o->channel)
			allowed = true;
	}
	return allowed ? STATUS_ALLOWED : STATUS_REFUSED;
}

int explain_command(struct options *o)
{
	static struct policies policies;
	const struct command  *command = command_find(o->explain);
	struct sys_root        root;
	struct err             err;

	err_init(&err);
	if (!command)
		return cannot(o, "there is no command ", o->explain);
	if (root_init(&root, o->root, o->statedir, &err) < 0)
		return cannot(o, err.text, "");
	policy_choose_profile(o, &root);
	root_fini(&root);
	if (policies_load(&policies, o, &err) < 0)
		return cannot(o, err.text, "");
	return explain_channels(o, &policies, command);
}
