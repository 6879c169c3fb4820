/* SPDX-License-Identifier: MIT */
/*
 * What the agent is and which commands it has. The names come from the guest and are escaped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

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

	if (!list) {
		(void)fputs("vactl: not enough memory\n", stderr);
		return EXIT_FAILED;
	}
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

static int show(const struct cli *cli, const struct qgac_reply *reply)
{
	struct qgac_info *info;
	struct qgac_err   err;
	int               status = EXIT_OK;

	if (qgac_info_decode(reply, &info, &err) < 0)
		return agent_error(cli, NULL, &err);
	if (cli->json && !cli->quiet)
		print_reply(reply);
	else if (!cli->quiet)
		status = print_info(info);
	qgac_info_free(info);
	return status;
}

static int ask(struct cli *cli)
{
	int64_t            deadline = qgac_deadline(cli->timeout_ms);
	struct qgac_reply *reply;
	struct qgac_err    err;
	struct qgac       *agent;
	int                status = agent_open(cli, deadline, &agent);

	if (status != EXIT_OK)
		return status;
	if (qgac_call(agent, "guest-info", NULL, 0, deadline, &reply, &err) < 0)
		status = agent_error(cli, "guest-info", &err);
	else
		status = show(cli, reply);
	qgac_reply_free(reply);
	qgac_free(agent);
	return status;
}

static int show_names(const struct cli *cli, const struct qgac_reply *reply, bool disabled)
{
	struct qgac_info *info;
	struct qgac_err   err;
	size_t            i;

	if (qgac_info_decode(reply, &info, &err) < 0)
		return agent_error(cli, NULL, &err);
	for (i = 0; i < qgac_info_command_count(info) && !cli->quiet; i++) {
		const struct qgac_command *c = qgac_info_command(info, i);

		if (c->enabled != disabled) {
			print_escaped(stdout, c->name, strlen(c->name));
			(void)putchar('\n');
		}
	}
	qgac_info_free(info);
	return EXIT_OK;
}

/* One a line, for scripts. */
int verb_commands(struct cli *cli, int argc, char **argv)
{
	struct qgac_reply *reply = NULL;
	struct qgac_err    err;
	struct qgac       *agent = NULL;
	int64_t            deadline;
	bool               disabled = false;
	int                c, status;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		disabled = true;
	}
	if (optind < argc)
		return options_error(cli, "commands takes no arguments");
	deadline = qgac_deadline(cli->timeout_ms);
	status = agent_open(cli, deadline, &agent);
	if (status == EXIT_OK &&
	    qgac_call(agent, "guest-info", NULL, 0, deadline, &reply, &err) < 0)
		status = agent_error(cli, "guest-info", &err);
	if (status == EXIT_OK && cli->json)
		print_reply(reply);
	else if (status == EXIT_OK)
		status = show_names(cli, reply, disabled);
	qgac_reply_free(reply);
	qgac_free(agent);
	return print_finish() || status != EXIT_OK ? status : EXIT_FAILED;
}

int verb_info(struct cli *cli, int argc, char **argv)
{
	int status;

	if (!options_none(cli, argc, argv))
		return cli->status;
	status = ask(cli);
	return print_finish() || status != EXIT_OK ? status : EXIT_FAILED;
}
