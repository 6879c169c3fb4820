/* SPDX-License-Identifier: MIT */
#include "policy/needs.h"

#include <string.h>

static void add(struct needs *n, const struct command *c)
{
	bool programs = c->flags & CMD_RUNS_PROGRAMS;

	if (c->flags & CMD_FREEZER) {
		n->freezing |= c->capabilities;
		n->freezes = true;
	} else if (c->flags & CMD_STARTS_CHILD) {
		n->execs = true;
	} else if (c->flags & CMD_READS_ONLY) {
		n->reading |= c->capabilities;
	} else if (!(c->flags & CMD_IN_FRONT)) {
		n->acting |= c->capabilities;
		n->helpers |= programs;
	}
}

void needs_find(const struct policies *p, struct needs *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < n_commands; i++)
		if (policies_allow_any(p, &commands[i]))
			add(ret, &commands[i]);
}

void needs_add_freezing(struct needs *n)
{
	size_t i;

	for (i = 0; i < n_commands; i++)
		if (commands[i].flags & CMD_FREEZER)
			add(n, &commands[i]);
}
