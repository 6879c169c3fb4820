/* SPDX-License-Identifier: MIT */
/*
 * Options and help. Global options are taken in front of the verb and behind it; -h behind a verb
 * is the verb's help.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cli/cli.h"

#define SHORTS "s:t:qVh"
#define SHORTS_MAX 64
#define LONGS_MAX 32
#define SECONDS_MAX 1000000

enum { OPT_JSON = 256 };

static const struct option global_longs[] = {
	{"socket", required_argument, NULL, 's'}, {"timeout", required_argument, NULL, 't'},
	{"json", no_argument, NULL, OPT_JSON},    {"quiet", no_argument, NULL, 'q'},
	{"version", no_argument, NULL, 'V'},      {"help", no_argument, NULL, 'h'},
};

static const char global_help[] =
	"  -s, --socket PATH      the agent's unix socket (default: $VACTL_SOCKET)\n"
	"  -t, --timeout SECONDS  how long everything together may take, 0.001 to 1000000\n"
	"                         (default 10)\n"
	"      --json             print JSON for programs\n"
	"  -q, --quiet            print nothing on success; the exit code tells\n"
	"  -V, --version          print the version\n"
	"  -h, --help             print this help; behind a verb, help for it\n";

static const char exit_help[] =
	"Exit codes: 0 success, 1 usage, 2 cannot connect, 3 command refused or failed,\n"
	"4 timeout.\n";

static void help_all(void)
{
	const struct verb *v;

	(void)puts("usage: vactl [OPTION...] VERB [ARGUMENT...]\n"
		   "Talks to the agent in a guest: virtagent, qemu-ga or another QGA agent.\n"
		   "\n"
		   "Verbs:");
	for (v = verbs; v->name; v++)
		(void)printf("  %-8s %s\n", v->name, v->summary);
	(void)printf("\nOptions:\n%s\n%s", global_help, exit_help);
	(void)puts("\n"
		   "Example:\n"
		   "  vactl -s /run/guest1/qga.sock ping");
}

void options_help(const struct verb *verb)
{
	if (!verb) {
		help_all();
		return;
	}
	(void)printf("usage: vactl [OPTION...] %s %s\n%s.\n\n%s\nGlobal options:\n%s\n%s",
		     verb->name, verb->arguments, verb->summary, verb->help, global_help,
		     exit_help);
}

int options_error(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	(void)fputs("vactl: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "; see vactl %s%s--help\n", cli->verb ? cli->verb->name : "",
		      cli->verb ? " " : "");
	return EXIT_USAGE;
}

bool options_seconds(const char *text, int64_t *ret_ms)
{
	const char *dot = strchrnul(text, '.');
	uint64_t    whole = 0, fraction = 0;
	size_t      i, n = dot - text;
	char        digits[4] = "000";

	if (n > 0 ? !num_u64(text, n, &whole) : *dot == '\0')
		return false;
	if (*dot != '\0') {
		n = strlen(dot + 1);
		if (n == 0 || strspn(dot + 1, "0123456789") != n)
			return false;
		for (i = 0; i < n && i < 3; i++)
			digits[i] = dot[1 + i];
		(void)num_u64(digits, 3, &fraction); /* digits only */
	}
	if (whole > SECONDS_MAX)
		return false;
	*ret_ms = (int64_t)(whole * 1000 + fraction);
	return true;
}

static int stop(struct cli *cli, int status)
{
	cli->status = status;
	return OPTIONS_STOP;
}

static int take_timeout(struct cli *cli, const char *text)
{
	if (options_seconds(text, &cli->timeout_ms) && cli->timeout_ms > 0)
		return 0;
	return stop(cli, options_error(cli, "'%s' is not a timeout in seconds", text));
}

/* 0 taken, OPTIONS_STOP, or the option itself when it is not a global one. */
static int take_global(struct cli *cli, int c)
{
	switch (c) {
	case 's':
		if (*optarg == '\0')
			return stop(cli, options_error(cli, "the path of the socket is empty"));
		cli->socket = optarg;
		return 0;
	case 't':
		return take_timeout(cli, optarg);
	case OPT_JSON:
		cli->json = true;
		return 0;
	case 'q':
		cli->quiet = true;
		return 0;
	case 'V':
		(void)printf("vactl %s\n", qgac_version());
		return stop(cli, print_finish() ? EXIT_OK : EXIT_FAILED);
	case 'h':
		options_help(cli->verb);
		return stop(cli, print_finish() ? EXIT_OK : EXIT_FAILED);
	default:
		return c;
	}
}

static const char *long_name(const struct option *all, int value)
{
	for (; all->name; all++)
		if (all->val == value)
			return all->name;
	return NULL;
}

/*
 * optopt tells what getopt did not like: 0 for an unknown long option, else a value of the table or
 * a letter.
 */
static int refuse(struct cli *cli, char **argv, int c, const struct option *all)
{
	const char *name = long_name(all, optopt);

	if (c == ':')
		return stop(cli, options_error(cli, "option --%s needs a value", name));
	if (optopt == 0)
		return stop(cli, options_error(cli, "unknown option %s", argv[optind - 1]));
	if (name)
		return stop(cli, options_error(cli, "option --%s takes no value", name));
	return stop(cli, options_error(cli, "unknown option -%c", optopt));
}

/* `all` has room for LONGS_MAX rows and the zero row that ends it. */
static void merge_longs(struct option *all, const struct option *longs)
{
	size_t n = ARRAY_SIZE(global_longs);

	memcpy(all, global_longs, sizeof(global_longs));
	for (; longs && longs->name && n < LONGS_MAX; longs++)
		all[n++] = *longs;
	all[n] = (struct option){0};
}

/* `prefix`: how getopt treats words that are no options. */
static int next(struct cli *cli, int argc, char **argv, const char *prefix, const char *shorts,
		const struct option *longs)
{
	struct option all[LONGS_MAX + 1];
	char          all_shorts[SHORTS_MAX];
	int           c;

	merge_longs(all, longs);
	(void)snprintf(all_shorts, sizeof(all_shorts), "%s:" SHORTS "%s", prefix, shorts);
	opterr = 0;
	do {
		c = getopt_long(argc, argv, all_shorts, all, NULL);
		if (c == '?' || c == ':')
			return refuse(cli, argv, c, all);
		if (c >= 0)
			c = take_global(cli, c);
	} while (c == 0);
	return c;
}

int options_next(struct cli *cli, int argc, char **argv, const char *shorts,
		 const struct option *longs)
{
	return next(cli, argc, argv, "", shorts, longs);
}

int options_before_verb(struct cli *cli, int argc, char **argv)
{
	int c = next(cli, argc, argv, "+", "", NULL);
	int at = optind;

	optind = 0; /* the verb begins a parse of its own */
	return c == OPTIONS_STOP ? c : at;
}
