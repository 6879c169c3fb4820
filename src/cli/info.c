/* SPDX-License-Identifier: MIT */
/*
 * What the agent is and which commands it has. The names come from the guest and are escaped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"

static int by_name(const void *a, const void *b)
{
	const struct qgac_command *const *ca = a, *const *cb = b;

	return strcmp((*ca)->name, (*cb)->name);
}

static void print_field(const char *label, const char *value)
{
	(void)printf("%-10s ", label);
	print_escaped(stdout, value, strlen(value));
	(void)putchar('\n');
}

static const char *marks(const struct qgac_command *c)
{
	if (!c->enabled)
		return c->success_response ? "disabled" : "disabled, no reply";
	return c->success_response ? "" : "no reply";
}

static void print_command(const struct qgac_command *c, size_t width)
{
	const char *m = marks(c);
	size_t      n = strlen(c->name);

	(void)fputs("  ", stdout);
	print_escaped(stdout, c->name, n);
	if (*m)
		(void)printf("%*s  %s", (int)(n < width ? width - n : 0), "", m);
	(void)putchar('\n');
}

static size_t name_width(const struct qgac_command *const *list, size_t n)
{
	size_t i, width = 0;

	for (i = 0; i < n; i++) {
		size_t len = strlen(list[i]->name);

		if (len > width && len <= 48)
			width = len;
	}
	return width;
}

static void print_count(const struct qgac_command *const *list, size_t n)
{
	size_t i, disabled = 0;

	for (i = 0; i < n; i++)
		disabled += !list[i]->enabled;
	(void)printf("%-10s %zu", "commands", n);
	if (disabled)
		(void)printf(", %zu disabled", disabled);
	(void)putchar('\n');
}

static int print_info(const struct qgac_info *info)
{
	size_t                                i, n = qgac_info_command_count(info);
	auto_free const struct qgac_command **list = calloc(n ? n : 1, sizeof(*list));
	const char                           *ours = qgac_info_virtagent_version(info);
	size_t                                width;

	if (!list)
		return agent_complain("not enough memory");
	for (i = 0; i < n; i++)
		list[i] = qgac_info_command(info, i);
	qsort(list, n, sizeof(list[0]), by_name);
	print_field("version", qgac_info_version(info));
	if (ours)
		print_field("virtagent", ours);
	print_count(list, n);
	width = name_width(list, n);
	for (i = 0; i < n; i++)
		print_command(list[i], width);
	return EXIT_OK;
}

/* One a line, for scripts. */
static int print_names(const struct qgac_info *info, bool disabled)
{
	size_t i;

	for (i = 0; i < qgac_info_command_count(info); i++) {
		const struct qgac_command *c = qgac_info_command(info, i);

		if (c->enabled != disabled) {
			print_escaped(stdout, c->name, strlen(c->name));
			(void)putchar('\n');
		}
	}
	return EXIT_OK;
}

/* `disabled` is NULL for info, and for commands, which of them. */
static int show(struct ask *a, void *disabled)
{
	struct qgac_value unused;
	struct qgac_info *info;
	struct qgac_err   err;
	int               status = ask(a, "guest-info", NULL, &unused);

	if (status != EXIT_OK)
		return status;
	if (qgac_info_decode(ask_reply(a), &info, &err) < 0)
		return agent_error(a->cli, NULL, &err);
	if (a->cli->json && !a->cli->quiet)
		print_reply(ask_reply(a));
	else if (!a->cli->quiet)
		status = disabled ? print_names(info, *(bool *)disabled) : print_info(info);
	qgac_info_free(info);
	return status;
}

int verb_commands(struct cli *cli, int argc, char **argv)
{
	bool disabled;

	return options_flag(cli, argc, argv, &disabled) ? ask_run(cli, show, &disabled)
							: cli->status;
}

int verb_info(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show, NULL) : cli->status;
}
