/* SPDX-License-Identifier: MIT */
#include "config/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/num.h"
#include "build_config.h"

enum kind {
	KIND_STRING,
	KIND_FLAG,
	KIND_LIST,
	KIND_MS,
};

struct row {
	enum kind   kind;
	int         letter;
	const char *name;
	size_t      offset;
	const char *arg;
	const char *help;
};

static const struct row rows[] = {
#define X(kind, member, letter, name, value, arg, help)                                            \
	{KIND_##kind, letter, name, offsetof(struct options, member), arg, help},
	OPTIONS_TABLE(X)
#undef X
};

/* getopt values of options without a letter start here. */
#define LONG_BASE 256

/* Options that exist for every program and set nothing. */
enum {
	OPT_HELP = 'h',
	OPT_VERSION = 'V',
};

static void set_defaults(struct options *o)
{
	*o = (struct options){
#define X(kind, member, letter, name, value, arg, help) .member = value,
		OPTIONS_TABLE(X)
#undef X
	};
}

static void print_row(const struct row *r)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s", r->letter ? '-' : ' ',
		       r->letter ? r->letter : ' ', r->letter ? ',' : ' ', r->name,
		       r->arg ? " " : "", r->arg ? r->arg : "");
	printf("  %-28s %s\n", left, r->help);
}

static void print_help(const char *program)
{
	size_t i;

	printf("Usage: %s [OPTION]...\n"
	       "Guest agent for QEMU/KVM virtual machines: answers requests of the host.\n\n",
	       program);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		print_row(&rows[i]);
	printf("  %-28s %s\n  %-28s %s\n", "-V, --version", "print the version and exit",
	       "-h, --help", "print this help and exit");
}

static enum options_result usage_error(const char *program)
{
	printf("Unknown option, try '%s --help' for more information.\n", program);
	return OPTIONS_EXIT_FAIL;
}

static bool add_list(struct option_list *list, const struct row *r, const char *arg)
{
	if (list->n == OPTION_LISTS_MAX) {
		fprintf(stderr, "--%s: given more than %d times\n", r->name, OPTION_LISTS_MAX);
		return false;
	}
	list->items[list->n++] = arg;
	return true;
}

static bool set_value(struct options *o, const struct row *r, const char *arg)
{
	void *member = (char *)o + r->offset;

	switch (r->kind) {
	case KIND_STRING:
		*(const char **)member = arg;
		return true;
	case KIND_FLAG:
		*(bool *)member = true;
		return true;
	case KIND_LIST:
		return add_list(member, r, arg);
	default:
		if (num_i64_range(arg, 0, OPTION_MS_MAX, member))
			return true;
		fprintf(stderr, "--%s: '%s' is not a number of milliseconds from 0 to %d\n",
			r->name, arg, OPTION_MS_MAX);
		return false;
	}
}

static void build_tables(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool takes = rows[i].kind != KIND_FLAG;

		longs[i] = (struct option){rows[i].name, takes ? required_argument : no_argument,
					   NULL, LONG_BASE + (int)i};
		if (!rows[i].letter)
			continue;
		*shorts++ = (char)rows[i].letter;
		if (takes)
			*shorts++ = ':';
	}
	longs[i++] = (struct option){"help", no_argument, NULL, OPT_HELP};
	longs[i++] = (struct option){"version", no_argument, NULL, OPT_VERSION};
	longs[i] = (struct option){0};
	memcpy(shorts, "hV", 3);
}

static const struct row *find_row(int value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (value == LONG_BASE + (int)i || (rows[i].letter && value == rows[i].letter))
			return &rows[i];
	return NULL;
}

enum options_result options_parse(int argc, char **argv, struct options *ret)
{
	struct option longs[ARRAY_SIZE(rows) + 3];
	char          shorts[2 * ARRAY_SIZE(rows) + 3];
	int           value;

	set_defaults(ret);
	build_tables(longs, shorts);
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *r = find_row(value);

		if (value == OPT_HELP) {
			print_help(argv[0]);
			return OPTIONS_EXIT_OK;
		}
		if (value == OPT_VERSION) {
			/* scripts match this text; ours is in the second line */
			printf("QEMU Guest Agent %s\nvirtagent %s\n", PROTOCOL_VERSION,
			       VIRTAGENT_VERSION);
			return OPTIONS_EXIT_OK;
		}
		if (!r)
			return usage_error(argv[0]);
		if (r->kind == KIND_LIST && (!strcmp(optarg, "help") || !strcmp(optarg, "?")))
			return OPTIONS_LIST;
		if (!set_value(ret, r, optarg))
			return OPTIONS_EXIT_FAIL;
	}
	return OPTIONS_RUN;
}
