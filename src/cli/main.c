/* SPDX-License-Identifier: MIT */
/*
 * vactl: finds guest and verb on the command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/all.h"
#include "cli/cli.h"

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
static bool is_verb(const struct cli *cli, int argc, char **argv, int at)
{
	const struct verb *v = verb_find(argv[at]);

	if (!v)
		return false;
	return is_named(cli) || v->no_guest || at + 1 == argc || !verb_find(argv[at + 1]);
}

static int no_verb(const struct cli *cli, const char *word)
{
	if (word)
		return options_error(cli, "unknown verb '%s'", word);
	if (cli->guest && (strchr(cli->guest, '/') || strchr(cli->guest, ':')))
		return options_error(cli, "what to do with %s? a verb is missing", cli->guest);
	if (cli->guest)
		return options_error(cli, "unknown verb '%s'", cli->guest);
	return options_error(cli, "what to do? a verb is missing");
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
	if (cli->jobs && !cli->all)
		return options_error(cli, "--jobs is for --all");
	return exit_code(cli, cli->verb->run(cli, argc, argv));
}

/* From the first word on: guest, more global options, verb. The exit code if it is not run. */
static int take_words(struct cli *cli, int argc, char **argv)
{
	int at = 0;

	if (!cli->all && !cli->socket && !is_verb(cli, argc, argv, 0)) {
		cli->guest = argv[0];
		at = options_before_verb(cli, argc, argv);
		if (at == OPTIONS_STOP)
			return cli->status;
	}
	cli->verb = at < argc ? verb_find(argv[at]) : NULL;
	if (!cli->verb)
		return no_verb(cli, at < argc ? argv[at] : NULL);
	if (!cli->guest && !cli->socket)
		cli->socket = from_environment("VACTL_SOCKET");
	return run(cli, argc - at, argv + at);
}

/*
 * Whoever starts us may have closed some of the first three. What we open must not take their
 * place: an error message would end up in a file that is copied. Reading finds the end, writing
 * fails.
 */
static bool keep_places(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDONLY) != fd) /* children get it as well */
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct cli cli = {
		.timeout_ms = TIMEOUT_DEFAULT_MS,
		.guest = from_environment("VACTL_GUEST"),
	};
	int at, status;

	if (!keep_places())
		return EXIT_FAILED;
	at = options_before_verb(&cli, argc, argv);
	if (at == OPTIONS_STOP)
		return cli.status;
	if (at >= argc)
		return no_verb(&cli, NULL);
	status = take_words(&cli, argc - at, argv + at);
	free(cli.owned[0]);
	free(cli.owned[1]);
	return status;
}
