/* SPDX-License-Identifier: MIT */
/*
 * The policies of all channels. Number 0 is that of the default channel and of sockets of a service
 * manager ([general] and the command line), number 1 + i that of the i-th [channel NAME].
 *
 * What a group says takes the place of what [general] says, but for block lists: those of [general]
 * hold for every channel.
 */
#ifndef POLICY_POLICIES_H
#define POLICY_POLICIES_H

#include "config/options.h"
#include "policy/policy.h"

#define POLICIES_MAX (1 + OPTION_CHANNELS_MAX)

struct policies {
	size_t        n;
	struct policy of[POLICIES_MAX];
};

/* From the options. Names that are no commands become warnings of the options. 0, or -1 with err: a
 * rule that makes no sense, which says where it stands; with --check-config that is a warning, too.
 */
int policies_load(struct policies *p, struct options *o, struct err *err);

/* Notes who may do what somewhere else, when all are made. */
void policies_link(struct policies *p);

/* The policy of a channel; a number that there is none of allows nothing. */
const struct policy *policies_of(const struct policies *p, size_t channel);

/* Whether any channel may call the command: else no process needs to be able to do it. name: of the
 * wire; false for one that there is not. */
bool policies_allow_any(const struct policies *p, const struct command *command);
bool policies_allow_any_name(const struct policies *p, const char *name);

#endif
