/* SPDX-License-Identifier: MIT */
/*
 * vactl: finds guest and verb on the command line.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/all.h"
#include "cli/cli.h"

#define JOBS_DEFAULT 8

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_named(const struct cli *cli)
{
	return cli->all || cli->socket || cli->guest || from_environment("VACTL_SOCKET");
}

/*
 * A guest may be called like a verb: the first word is the guest if a verb follows and nothing else
 * says which guest is meant.
 */
static int find_verb(struct cli *cli, int argc, char **argv, int at)
{
	const struct verb *first = verb_find(argv[at]);
	const struct verb *second = at + 1 < argc ? verb_find(argv[at + 1]) : NULL;

	if (first && (is_named(cli) || first->no_guest || !second)) {
		cli->verb = first;
		return at;
	}
	if (cli->all || cli->socket)
		return -1;
	cli->guest = argv[at];
	cli->verb = second;
	return second ? at + 1 : -1;
}

static int no_verb(const struct cli *cli, int argc, char **argv, int at)
{
	if (at + 1 < argc && !cli->all && !cli->socket)
		return options_error(cli, "unknown verb '%s'", argv[at + 1]);
	if (!strchr(argv[at], '/') && !strchr(argv[at], ':'))
		return options_error(cli, "unknown verb '%s'", argv[at]);
	return options_error(cli, "what to do with %s? a verb is missing", argv[at]);
}

/* A verb that passes on another program's status has one code of its own. */
static int exit_code(const struct cli *cli, int status)
{
	if (!cli->verb->is_status || cli->is_remote || status == EXIT_OK)
		return status;
	return EXIT_OWN;
}

static int run(struct cli *cli, int argc, char **argv)
{
	print_set_color(cli->color);
	if (cli->all && !cli->verb->no_guest)
		return all_run(cli, argc, argv);
	return exit_code(cli, cli->verb->run(cli, argc, argv));
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.timeout_ms = TIMEOUT_DEFAULT_MS,
		.jobs = JOBS_DEFAULT,
		.guest = from_environment("VACTL_GUEST"),
	};
	int at = options_before_verb(&cli, argc, argv), verb;

	if (at == OPTIONS_STOP)
		return cli.status;
	if (at >= argc)
		return options_error(&cli, "what to do? a verb is missing");
	verb = find_verb(&cli, argc, argv, at);
	if (verb < 0)
		return no_verb(&cli, argc, argv, at);
	if (!cli.guest && !cli.socket)
		cli.socket = from_environment("VACTL_SOCKET");
	return run(&cli, argc - verb, argv + verb);
}
