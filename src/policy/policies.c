/* SPDX-License-Identifier: MIT */
#include "policy/policies.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "policy/rules.h"
#include "policy/settings.h"

#define MESSAGE_BYTES 1024
#define ORIGIN_BYTES 512

/* A value that is being taken over: where it stands, for messages. */
struct source {
	struct options              *options;
	const struct option_channel *channel; /* NULL: [general] */
	enum policy_setting          setting;
	unsigned                     line; /* struct options.set_at */
};

/* "FILE:LINE: [channel NAME] KEY", or as much of it as there is. */
static void describe_source(const struct source *s, char to[ORIGIN_BYTES])
{
	const struct options *o = s->options;
	int                   n = 0;

	if (s->line == OPTION_COMMAND_LINE)
		n = snprintf(to, ORIGIN_BYTES, "--");
	else if (o->config_file && s->line)
		n = snprintf(to, ORIGIN_BYTES, "%.300s:%u: ", o->config_file, s->line);
	(void)snprintf(to + n, (size_t)(ORIGIN_BYTES - n), "%s%s%s%s",
		       s->channel ? "[channel " : "", s->channel ? s->channel->name : "",
		       s->channel ? "] " : "", setting_key(s->setting));
}

/* --- lists of commands --- */

/* A misspelt name blocks nothing: that must not go unnoticed. */
static void warn_unknown(const char *name, void *ctx)
{
	const struct source *s = ctx;
	char                 origin[ORIGIN_BYTES];

	describe_source(s, origin);
	options_warn(s->options, "%s: there is no command %s", origin, name);
}

static void add_list(struct policy *p, const struct option_list *list, struct source *s)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		s->line = list->lines[i];
		if (s->setting == POLICY_ALLOW)
			policy_allow(p, list->items[i], warn_unknown, s);
		else if (s->channel)
			policy_block_here(p, list->items[i], warn_unknown, s);
		else
			policy_block(p, list->items[i], warn_unknown, s);
	}
}

/* --- rules --- */

/* Told and passed over by --check-config, else an error: a rule that is not understood must not be
 * left out. */
static int printf_like(3, 4) wrong(const struct source *s, struct err *err, const char *fmt, ...)
{
	char    origin[ORIGIN_BYTES], text[MESSAGE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	describe_source(s, origin);
	if (!s->options->check_config)
		return err_set(err, "%s: %s", origin, text);
	options_warn(s->options, "%s: %s", origin, text);
	return 0;
}

static int add_item(struct policy *p, const struct source *s, const char *item, size_t n,
		    struct err *err)
{
	const char *complaint = rules_complaint(s->setting, item, n);

	if (complaint)
		return wrong(s, err, "'%.*s': %s", n < 200 ? (int)n : 200, item, complaint);
	if (rules_add(p, s->setting, item, n) < 0)
		return wrong(s, err,
			     "more than %d items, or more than %d bytes in the rules of a channel",
			     POLICY_ITEMS_MAX, POLICY_TEXT_MAX);
	return 0;
}

static int add_words(struct policy *p, const struct option_list *list, struct source *s,
		     struct err *err)
{
	struct option_word w = {0};

	if (list->n == 0)
		return 0;
	rules_begin(p, s->setting);
	while (option_list_next(list, &w)) {
		s->line = list->lines[w.item];
		if (add_item(p, s, w.start, w.len, err) < 0)
			return -1;
	}
	return 0;
}

static int add_exec_user(struct policy *p, const char *name, struct source *s, struct err *err)
{
	if (!name)
		return 0;
	if (!*name)
		return wrong(s, err, "'': not a user");
	rules_begin(p, s->setting);
	return add_item(p, s, name, strlen(name), err);
}

/* What one place says about arguments. */
struct rules_given {
	const struct option_list *lists[POLICY_RULES];
	const char               *exec_user;
	unsigned                  exec_user_line;
};

/* x: struct options or struct option_channel, which have the same members. */
#define RULES_GIVEN(x)                                                                             \
	{                                                                                          \
		.lists =                                                                           \
			{                                                                          \
				[POLICY_FILE_READ - POLICY_RULES_FIRST] = &(x)->file_read,         \
				[POLICY_FILE_WRITE - POLICY_RULES_FIRST] = &(x)->file_write,       \
				[POLICY_EXEC_PROGRAMS - POLICY_RULES_FIRST] = &(x)->exec_programs, \
				[POLICY_PASSWORD_USERS - POLICY_RULES_FIRST] =                     \
					&(x)->password_users,                                      \
				[POLICY_SSH_USERS - POLICY_RULES_FIRST] = &(x)->ssh_users,         \
			},                                                                         \
		.exec_user = (x)->exec_user, .exec_user_line = (x)->set_at[OPTION_ID_exec_user],   \
	}

static int add_rules(struct policy *p, const struct rules_given *given, struct source *s,
		     struct err *err)
{
	size_t i;

	for (i = 0; i < POLICY_RULES; i++) {
		s->setting = (enum policy_setting)(POLICY_RULES_FIRST + i);
		if (given->lists[i] && add_words(p, given->lists[i], s, err) < 0)
			return -1;
	}
	s->setting = POLICY_EXEC_USER;
	s->line = given->exec_user_line;
	return add_exec_user(p, given->exec_user, s, err);
}

/* --- one channel --- */

static int load_general(struct policy *p, struct options *o, struct err *err)
{
	const struct rules_given given = RULES_GIVEN(o);
	struct source            s = {.options = o};

	policy_init(p);
	p->profile = (uint8_t)o->profile;
	s.setting = POLICY_ALLOW;
	add_list(p, &o->allow_rpcs, &s);
	s.setting = POLICY_BLOCK;
	add_list(p, &o->block_rpcs, &s);
	return add_rules(p, &given, &s, err);
}

static const enum policy_setting setting_of[OPTION_IDS] = {
	[OPTION_ID_profile] = POLICY_PROFILE,
	[OPTION_ID_allow_rpcs] = POLICY_ALLOW,
	[OPTION_ID_block_rpcs] = POLICY_BLOCK,
	[OPTION_ID_file_read] = POLICY_FILE_READ,
	[OPTION_ID_file_write] = POLICY_FILE_WRITE,
	[OPTION_ID_exec_programs] = POLICY_EXEC_PROGRAMS,
	[OPTION_ID_exec_user] = POLICY_EXEC_USER,
	[OPTION_ID_password_users] = POLICY_PASSWORD_USERS,
	[OPTION_ID_ssh_users] = POLICY_SSH_USERS,
};

static void note_own(struct policy *p, const struct option_channel *c)
{
	size_t i;

	for (i = 0; i < OPTION_IDS; i++)
		if (setting_of[i] != POLICY_NOTHING && c->set_at[i])
			p->own |= 1u << setting_of[i];
}

static int load_channel(struct policy *p, const struct policy *general, struct options *o,
			const struct option_channel *c, struct err *err)
{
	const struct rules_given given = RULES_GIVEN(c);
	struct source            s = {.options = o, .channel = c};

	memcpy(p, general, policy_size(general));
	(void)snprintf(p->channel, sizeof(p->channel), "%s", c->name);
	note_own(p, c);
	if (setting_is_own(p, POLICY_PROFILE))
		p->profile = (uint8_t)c->profile;
	if (setting_is_own(p, POLICY_ALLOW)) {
		/* in place of that of [general] */
		p->has_allow_list = false;
		memset(p->allowed, 0, sizeof(p->allowed));
	}
	s.setting = POLICY_ALLOW;
	add_list(p, &c->allow_rpcs, &s);
	s.setting = POLICY_BLOCK;
	add_list(p, &c->block_rpcs, &s);
	return add_rules(p, &given, &s, err);
}

/* --- all of them --- */

void policies_link(struct policies *p)
{
	size_t i, k, command;

	for (i = 0; i < p->n; i++)
		for (k = 0; k < p->n; k++)
			for (command = 0;
			     k != i && command < n_commands && command < POLICY_COMMANDS_MAX;
			     command++)
				if (policy_allows(&p->of[k], &commands[command], false))
					p->of[i].elsewhere[command] = true;
}

int policies_load(struct policies *p, struct options *o, struct err *err)
{
	size_t i;
	int    rc = load_general(&p->of[0], o, err);

	p->n = 1;
	for (i = 0; i < o->n_channels && rc == 0; i++)
		rc = load_channel(&p->of[p->n++], &p->of[0], o, &o->channels[i], err);
	if (rc == 0)
		policies_link(p);
	return rc;
}

const struct policy *policies_of(const struct policies *p, size_t channel)
{
	/* an allow list without members */
	static const struct policy nothing = {.has_allow_list = true};

	return channel < p->n ? &p->of[channel] : &nothing;
}

bool policies_allow_any(const struct policies *p, const struct command *command)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (policy_allows(&p->of[i], command, false))
			return true;
	return false;
}

bool policies_allow_any_name(const struct policies *p, const char *name)
{
	const struct command *command = command_find(name);

	return command && policies_allow_any(p, command);
}
