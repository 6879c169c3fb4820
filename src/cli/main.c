/* SPDX-License-Identifier: MIT */
/*
 * vactl: the verbs and the way to them.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define TIMEOUT_DEFAULT_MS 10000

static const char ping_help[] =
	"Options:\n"
	"  -c, --count COUNT       ping COUNT times (default 1); 0 is until interrupted\n"
	"  -i, --interval SECONDS  from one ping to the next (default 1)\n"
	"\n"
	"The timeout is for each ping; that of the first includes connecting.\n";

static const char info_help[] =
	"A command is marked 'disabled' when it is blocked in the guest or not allowed\n"
	"while filesystems are frozen, and 'no reply' when it is silent on success.\n"
	"With --json, the agent's reply to guest-info is printed unchanged.\n";

static const char raw_help[] =
	"Options:\n"
	"  -n, --no-reply  the command is silent on success (guest-shutdown,\n"
	"                  guest-suspend-...): silence until the timeout is success\n"
	"\n"
	"JSON is one object, such as '{\"execute\": \"guest-get-time\"}'; - reads it from\n"
	"standard input. An error reply is printed as well, with exit code 3.\n";

const struct verb verbs[] = {
	{
		.name = "ping",
		.arguments = "[-c COUNT] [-i SECONDS]",
		.summary = "Measure the round trip to the agent",
		.help = ping_help,
		.run = verb_ping,
	},
	{
		.name = "info",
		.arguments = "",
		.summary = "Show the agent's version and commands",
		.help = info_help,
		.run = verb_info,
	},
	{
		.name = "raw",
		.arguments = "[-n] JSON|-",
		.summary = "Send a request as it is and print the reply line",
		.help = raw_help,
		.run = verb_raw,
	},
	{0},
};

static const struct verb *find_verb(const char *name)
{
	const struct verb *v;

	for (v = verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

static const char *socket_of_environment(void)
{
	const char *path = getenv("VACTL_SOCKET");

	return path && *path ? path : NULL;
}

int main(int argc, char **argv)
{
	struct cli cli = {.timeout_ms = TIMEOUT_DEFAULT_MS, .socket = socket_of_environment()};
	int        at = options_before_verb(&cli, argc, argv);

	if (at == OPTIONS_STOP)
		return cli.status;
	if (at >= argc)
		return options_error(&cli, "what to do? a verb is missing");
	cli.verb = find_verb(argv[at]);
	if (!cli.verb)
		return options_error(&cli, "unknown verb '%s'", argv[at]);
	return cli.verb->run(&cli, argc - at, argv + at);
}
