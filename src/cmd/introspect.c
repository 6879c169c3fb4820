/* SPDX-License-Identifier: MIT */
/* guest-info */
#include "base/arena.h"
#include "base/err.h"
#include "build_config.h"
#include "policy/policy.h"
#include "proto/command.h"
#include "proto/request.h"
#include "schema_handlers.h"

static struct agent_command_info describe(const struct request *rq, const struct command *c)
{
	return (struct agent_command_info){
		.name = c->name,
		.enabled = policy_allows(rq->policy, c, rq->frozen),
		.success_response = !(c->flags & CMD_NO_REPLY),
	};
}

/* The list is in reverse order of registration, as the protocol has it: some clients show it as it
 * comes. */
int cmd_guest_info(struct request *rq, const void *in, struct guest_info_out *out, struct err *err)
{
	struct agent_command_info *items = arena_array(rq->arena, n_commands, sizeof(*items));
	size_t                     i;

	(void)in;
	if (!items)
		return err_set(err, "not enough memory for the list of commands");
	for (i = 0; i < n_commands; i++)
		items[n_commands - 1 - commands[i].order] = describe(rq, &commands[i]);
	out->version = PROTOCOL_VERSION;
	out->supported_commands.n = n_commands;
	out->supported_commands.items = items;
	out->has_virtagent_version = true;
	out->virtagent_version = VIRTAGENT_VERSION;
	return 0;
}
