/* SPDX-License-Identifier: MIT */
/*
 * Options, from the tables of verbs.c. Global ones are taken in front of the verb and behind it; -h
 * behind a verb is the verb's help.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cli/cli.h"

#define SHORTS_MAX 128
#define LONGS_MAX 48
#define SECONDS_MAX 1000000
#define JOBS_MAX 256
#define GLOBAL_BASE 0x10000 /* so that values of global options differ from those of verbs */

/* What getopt_long() wants to have. */
struct getopt_tables {
	struct option longs[LONGS_MAX + 1];
	char          shorts[SHORTS_MAX];
	size_t        n_longs, n_shorts;
};

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

bool options_size(const char *text, uint64_t max, uint64_t *ret)
{
	static const char suffixes[] = "KMGT";
	size_t            n = strlen(text);
	const char       *suffix = n > 0 ? strchr(suffixes, text[n - 1]) : NULL;
	int               shift = suffix ? (int)(suffix - suffixes + 1) * 10 : 0;
	uint64_t          value;

	if (!num_u64(text, n - (suffix ? 1 : 0), &value) || value == 0 || value > max >> shift)
		return false;
	*ret = value << shift;
	return true;
}

static int stop(struct cli *cli, int status)
{
	cli->status = status;
	return OPTIONS_STOP;
}

static int take_timeout(struct cli *cli, const char *text)
{
	cli->has_timeout = true;
	if (options_seconds(text, &cli->timeout_ms) && cli->timeout_ms > 0)
		return 0;
	return stop(cli, options_error(cli, "'%s' is not a timeout in seconds", text));
}

static int take_color(struct cli *cli, const char *text)
{
	static const char *const words[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0) {
			cli->color = (enum print_color)i;
			return 0;
		}
	return stop(cli, options_error(cli, "'%s' is none of auto, always, never", text));
}

static int print_and_stop(struct cli *cli, int id)
{
	if (id == 'V')
		(void)printf("vactl %s\n", qgac_version());
	else
		help_print(cli->verb);
	return stop(cli, print_finish() ? EXIT_OK : EXIT_FAILED);
}

static int take_word(struct cli *cli, const char **dst, const char *what)
{
	if (*optarg == '\0')
		return stop(cli, options_error(cli, "the %s is empty", what));
	*dst = optarg;
	return 0;
}

/* 0 taken, OPTIONS_STOP, or the option itself when it is not a global one. */
static int take_global(struct cli *cli, int id)
{
	switch (id) {
	case 's':
		return take_word(cli, &cli->socket, "path of the socket");
	case 'c':
		return take_word(cli, &cli->uri, "URI of libvirt");
	case 't':
		return take_timeout(cli, optarg);
	case 'q':
		cli->quiet = true;
		return 0;
	case OPT_ALL:
		cli->all = true;
		return 0;
	case OPT_JSON:
		cli->json = true;
		return 0;
	case OPT_COLOR:
		return take_color(cli, optarg);
	case OPT_JOBS:
		if (cli->verb && !cli->all)
			return stop(cli, options_error(cli, "--jobs is for --all"));
		if (num_i64_range(optarg, 1, JOBS_MAX, &cli->jobs))
			return 0;
		return stop(cli, options_error(cli, "'%s' is not a number from 1 to %d", optarg,
					       JOBS_MAX));
	default:
		return print_and_stop(cli, id);
	}
}

/* Verbs may have a letter of their own that is a global one in front of them. */
static void add_option(struct getopt_tables *t, const struct cli_option *o, int base)
{
	if (t->n_longs == LONGS_MAX || t->n_shorts + 3 > SHORTS_MAX)
		return; /* a test adds up the tables */
	t->longs[t->n_longs++] = (struct option){
		.name = o->name,
		.has_arg = o->value ? required_argument : no_argument,
		.val = base + o->id,
	};
	if (o->id >= OPT_WITHOUT_LETTER || strchr(t->shorts, o->id))
		return;
	t->shorts[t->n_shorts++] = (char)o->id;
	if (o->value)
		t->shorts[t->n_shorts++] = ':';
}

static void make_tables(struct getopt_tables *t, const char *prefix, const struct cli_option *own)
{
	const struct cli_option *o;

	memset(t, 0, sizeof(*t));
	t->n_shorts = (size_t)snprintf(t->shorts, SHORTS_MAX, "%s:", prefix);
	for (o = own; o && o->name; o++)
		add_option(t, o, 0);
	for (o = global_options; o->name; o++)
		add_option(t, o, GLOBAL_BASE);
}

static bool is_own(const struct cli_option *own, int letter)
{
	for (; own && own->name; own++)
		if (own->id == letter)
			return true;
	return false;
}

static const char *long_name(const struct getopt_tables *t, int value)
{
	size_t i;

	for (i = 0; i < t->n_longs; i++)
		if (t->longs[i].val == value || t->longs[i].val == GLOBAL_BASE + value)
			return t->longs[i].name;
	return NULL;
}

/*
 * optopt tells what getopt did not like: 0 for an unknown long option, else a value of the table or
 * a letter.
 */
static int refuse(struct cli *cli, char **argv, int c, const struct getopt_tables *t)
{
	const char *name = long_name(t, optopt);

	if (c == ':')
		return stop(cli, options_error(cli, "option --%s needs a value", name));
	if (optopt == 0)
		return stop(cli, options_error(cli, "unknown option %s", argv[optind - 1]));
	if (name)
		return stop(cli, options_error(cli, "option --%s takes no value", name));
	return stop(cli, options_error(cli, "unknown option -%c", optopt));
}

/* `prefix`: how getopt treats words that are no options. */
static int next(struct cli *cli, int argc, char **argv, const char *prefix,
		const struct cli_option *own)
{
	struct getopt_tables t;
	int                  c;

	make_tables(&t, prefix, own);
	opterr = 0;
	do {
		c = getopt_long(argc, argv, t.shorts, t.longs, NULL);
		if (c == '?' || c == ':')
			return refuse(cli, argv, c, &t);
		if (c >= GLOBAL_BASE)
			c = take_global(cli, c - GLOBAL_BASE);
		else if (c > 0 && !is_own(own, c))
			c = take_global(cli, c);
	} while (c == 0);
	return c;
}

int options_next(struct cli *cli, int argc, char **argv)
{
	return next(cli, argc, argv, cli->verb->stops ? "+" : "", cli->verb->options);
}

bool options_flag(struct cli *cli, int argc, char **argv, bool *ret)
{
	int c;

	*ret = false;
	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return false;
		*ret = true;
	}
	if (optind == argc)
		return true;
	cli->status = options_error(cli, "%s takes no arguments", cli->verb->name);
	return false;
}

bool options_none(struct cli *cli, int argc, char **argv)
{
	bool unused;

	return options_flag(cli, argc, argv, &unused);
}

int options_before_verb(struct cli *cli, int argc, char **argv)
{
	int c = next(cli, argc, argv, "+", NULL);
	int at = optind;

	optind = 0; /* the verb begins a parse of its own */
	return c == OPTIONS_STOP ? c : at;
}
