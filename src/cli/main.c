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

static const char cat_help[] =
	"A file of the guest as it is, of any size; on a terminal, control characters\n"
	"are escaped. A colon in front of a path, as in cp, is left out. A file that\n"
	"cannot be read does not keep the others from being printed.\n"
	"The timeout is for each piece of a file.\n";

static const char cp_help[] =
	"Options:\n"
	"  -v, --verbose     print checksum and size, as cksum(1) does\n"
	"      --chunk SIZE  bytes in one request, 1 to 48M (default 1M)\n"
	"      --no-verify   do not read back and compare what was written\n"
	"\n"
	"The guest's file is written as :PATH, the other one is a file here; - is\n"
	"standard input or output.\n"
	"  vactl -s SOCKET cp notes.txt :/root/notes.txt\n"
	"  vactl -s SOCKET cp :/var/log/syslog syslog\n"
	"The protocol has no permissions and no directories: a new file gets the\n"
	"agent's default, or the umask here; an existing one keeps its own. The\n"
	"timeout is for each piece.\n";

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
		.name = "cat",
		.arguments = "PATH...",
		.summary = "Print files of the guest",
		.help = cat_help,
		.run = verb_cat,
	},
	{
		.name = "cp",
		.arguments = "[-v] [--chunk SIZE] [--no-verify] SOURCE DESTINATION",
		.summary = "Copy a file into the guest or out of it",
		.help = cp_help,
		.run = verb_cp,
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
