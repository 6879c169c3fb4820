/* SPDX-License-Identifier: MIT */
#include "config/cmdline.h"

#include <getopt.h>
#include <string.h>

#include "base/attr.h"
#include "build_config.h"
#include "config/rows.h"

/* getopt values of options without a letter start here. */
#define LONG_BASE 256

/* Options that set nothing, and a name of old: block-rpcs was called so up to 9.0. */
enum {
	OPT_HELP = 'h',
	OPT_VERSION = 'V',
	OPT_BLACKLIST = 'b',
};

/* Rows of the table, --help, --version, --blacklist, the end. */
#define ROWS_MAX 120
struct getopt_tables {
	struct option longs[ROWS_MAX + 4];
	char          shorts[3 * ROWS_MAX + 4];
};

static int takes_value(const struct option_row *r)
{
	return r->kind == OPTION_FLAG   ? no_argument
	       : r->kind == OPTION_HOOK ? optional_argument
					: required_argument;
}

static int value_of(size_t i)
{
	return option_rows[i].letter ? option_rows[i].letter : LONG_BASE + (int)i;
}

static void build_tables(struct getopt_tables *t)
{
	struct option *l = t->longs;
	char          *s = t->shorts;
	size_t         i;

	for (i = 0; i < n_option_rows; i++) {
		const struct option_row *r = &option_rows[i];
		int                      takes = takes_value(r), colons;

		if (r->name)
			*l++ = (struct option){r->name, takes, NULL, value_of(i)};
		if (!r->letter)
			continue;
		*s++ = (char)r->letter;
		for (colons = 0; colons < takes; colons++)
			*s++ = ':';
	}
	*l++ = (struct option){"help", no_argument, NULL, OPT_HELP};
	*l++ = (struct option){"version", no_argument, NULL, OPT_VERSION};
	*l++ = (struct option){"blacklist", required_argument, NULL, OPT_BLACKLIST};
	*l = (struct option){0};
	memcpy(s, "hV", 3);
}

static const struct option_row *row_of(int value)
{
	size_t i;

	for (i = 0; i < n_option_rows; i++)
		if (value == value_of(i))
			return &option_rows[i];
	return NULL;
}

/* Width of the options in the help; longer ones have a line of their own. */
#define HELP_COLUMN 28

static void print_row(const struct option_row *r)
{
	char left[80];

	if (!r->name)
		return;
	(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s%s", r->letter ? '-' : ' ',
		       r->letter ? r->letter : ' ', r->letter ? ',' : ' ', r->name,
		       r->kind == OPTION_HOOK ? "[="
		       : r->arg               ? " "
					      : "",
		       r->arg ? r->arg : "", r->kind == OPTION_HOOK ? "]" : "");
	if (strlen(left) > HELP_COLUMN)
		printf("  %s\n  %-*s %s\n", left, HELP_COLUMN, "", r->help);
	else
		printf("  %-*s %s\n", HELP_COLUMN, left, r->help);
}

static void print_help(const char *program)
{
	size_t i;

	printf("Usage: %s [OPTION]...\n"
	       "Guest agent for QEMU/KVM virtual machines: answers requests of the host.\n\n",
	       program);
	for (i = 0; i < n_option_rows; i++)
		print_row(&option_rows[i]);
	printf("  %-28s %s\n  %-28s %s\n", "-V, --version", "print the version and exit",
	       "-h, --help", "print this help and exit");
}

static enum options_result print_version(void)
{
	/* scripts match this text; ours is in the second line */
	printf("QEMU Guest Agent %s\nvirtagent %s\n", PROTOCOL_VERSION, VIRTAGENT_VERSION);
	return OPTIONS_EXIT_OK;
}

static enum options_result usage_error(const char *program)
{
	printf("Unknown option, try '%s --help' for more information.\n", program);
	return OPTIONS_EXIT_FAIL;
}

static bool wants_names(const struct option_row *r)
{
	return r->kind == OPTION_LIST && (!strcmp(optarg, "help") || !strcmp(optarg, "?"));
}

static enum options_result apply(const struct option_row *r, struct options *o)
{
	const char *text = r->kind == OPTION_FLAG ? "true" : optarg ? optarg : OPTIONS_HOOK_DEFAULT;
	struct err  err;

	if (wants_names(r))
		return OPTIONS_LIST;
	err_init(&err);
	if (option_set(r, o, text, OPTION_COMMAND_LINE, &err) == 0)
		return OPTIONS_RUN;
	fprintf(stderr, "--%s: %s\n", r->name, err.text);
	return OPTIONS_EXIT_FAIL;
}

static enum options_result handle(int value, const char *program, struct options *o)
{
	const struct option_row *r = row_of(value);

	if (value == OPT_VERSION)
		return print_version();
	if (value == OPT_HELP) {
		print_help(program);
		return OPTIONS_EXIT_OK;
	}
	return r ? apply(r, o) : usage_error(program);
}

enum options_result cmdline_parse(int argc, char **argv, struct options *o)
{
	enum options_result  result = OPTIONS_RUN;
	struct getopt_tables t;
	int                  value;

	build_tables(&t);
	optind = 0; /* getopt's way to begin anew */
	opterr = 1;
	while (result == OPTIONS_RUN &&
	       (value = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1)
		result = handle(value, argv[0], o);
	return result;
}

void cmdline_find_config(int argc, char **argv, struct options *o)
{
	struct getopt_tables t;
	int                  value;

	build_tables(&t);
	optind = 0;
	opterr = 0; /* what is wrong is told once, by the second reading */
	while ((value = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		const struct option_row *r = row_of(value);

		if (r && r->offset == offsetof(struct options, config))
			o->config = optarg;
		else if (r && r->offset == offsetof(struct options, check_config))
			o->check_config = true;
	}
}
