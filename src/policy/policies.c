/* SPDX-License-Identifier: MIT */
#include "policy/policies.h"

#include <stdio.h>
#include <string.h>

struct list {
	struct options              *options;
	const struct option_channel *channel; /* NULL: [general] */
	const char                  *key;
};

/* A misspelt name blocks nothing: that must not go unnoticed. */
static void warn_unknown(const char *name, void *ctx)
{
	const struct list *l = ctx;

	if (l->channel)
		options_warn(l->options, "channel %s: %s: there is no command %s", l->channel->name,
			     l->key, name);
	else
		options_warn(l->options, "%s: there is no command %s", l->key, name);
}

static void add_list(struct policy *p, const struct option_list *list, bool allow,
		     struct list *from)
{
	size_t i;

	from->key = allow ? "allow-rpcs" : "block-rpcs";
	for (i = 0; i < list->n; i++)
		(allow ? policy_allow : policy_block)(p, list->items[i],
						      from->options ? warn_unknown : NULL, from);
}

static void load_general(struct policy *p, struct options *o)
{
	struct list from = {.options = o};

	policy_init(p);
	p->profile = (uint8_t)o->profile;
	add_list(p, &o->allow_rpcs, true, &from);
	add_list(p, &o->block_rpcs, false, &from);
}

/* The group's own allow list takes the place of that of [general]. */
static void replace_allow_list(struct policy *p, const struct option_channel *c, struct list *from)
{
	p->has_allow_list = false;
	memset(p->allowed, 0, sizeof(p->allowed));
	add_list(p, &c->allow_rpcs, true, from);
}

static void load_channel(struct policy *p, const struct policy *general, struct options *o,
			 const struct option_channel *c)
{
	struct list from = {.options = o, .channel = c};

	*p = *general;
	(void)snprintf(p->channel, sizeof(p->channel), "%s", c->name);
	if (c->set_at[OPTION_ID_profile]) {
		p->profile = (uint8_t)c->profile;
		p->own |= 1u << POLICY_PROFILE;
	}
	if (c->set_at[OPTION_ID_allow_rpcs]) {
		replace_allow_list(p, c, &from);
		p->own |= 1u << POLICY_ALLOW;
	}
	if (c->set_at[OPTION_ID_block_rpcs]) {
		add_list(p, &c->block_rpcs, false, &from);
		p->own |= 1u << POLICY_BLOCK;
	}
}

/* Who may do what somewhere else. */
static void link_channels(struct policies *p)
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

void policies_load(struct policies *p, struct options *o)
{
	size_t i;

	load_general(&p->of[0], o);
	p->n = 1;
	for (i = 0; i < o->n_channels; i++)
		load_channel(&p->of[p->n++], &p->of[0], o, &o->channels[i]);
	link_channels(p);
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
