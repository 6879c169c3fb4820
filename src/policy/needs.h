/* SPDX-License-Identifier: MIT */
/*
 * What the processes of the agent need to be able to do for the commands that any channel allows: a
 * pure function of the policies and the command table. What nobody may ask for, no process keeps.
 */
#ifndef POLICY_NEEDS_H
#define POLICY_NEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policies.h"

/* Sets of capabilities as in sys/capabilities.h. */
struct needs {
	uint64_t reading;  /* of workers that change nothing */
	uint64_t acting;   /* of the other workers */
	uint64_t freezing; /* of the guard */
	bool     helpers;  /* workers start programs */
	bool     freezes;  /* and hooks are called */
	bool     execs;    /* programs of guest-exec */
};

void needs_find(const struct policies *p, struct needs *ret);

/* For an agent that finds its guest frozen: what a thaw needs, whoever may freeze. */
void needs_add_freezing(struct needs *n);

/* Whether anything may ever be executed. */
static inline bool needs_programs(const struct needs *n)
{
	return n->helpers || n->freezes || n->execs;
}

#endif
