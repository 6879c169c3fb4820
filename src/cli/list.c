/* SPDX-License-Identifier: MIT */
/*
 * Which guests there are, and whether their agents answer. Each is asked by a process of its own,
 * so that those which do not answer cost no more time than one of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/child.h"
#include "cli/columns.h"
#include "cli/guests.h"
#include "json/writer.h"

#define LIST_TIMEOUT_MS 3000
#define STATE_BYTES 160

struct state {
	char   text[STATE_BYTES];
	char   version[64];
	double ms;
	bool   answers;
};

static void ask_guest(struct cli *cli, struct state *s)
{
	int64_t           deadline = qgac_deadline(cli->timeout_ms), start;
	struct qgac      *agent = NULL;
	struct qgac_info *info = NULL;
	struct qgac_err   err;

	if (qgac_connect(cli->target, deadline, &agent, &err) == 0 &&
	    qgac_sync(agent, deadline, &err) == 0) {
		start = clock_monotonic_ns();
		s->answers = qgac_ping(agent, deadline, &err) == 0;
		s->ms = (double)(clock_monotonic_ns() - start) / (double)NS_PER_MS;
	}
	if (s->answers && qgac_info(agent, deadline, &info, &err) == 0) {
		const char *ours = qgac_info_virtagent_version(info);

		(void)snprintf(s->version, sizeof(s->version), "%s %s",
			       ours ? "virtagent" : "qemu-ga",
			       ours ? ours : qgac_info_version(info));
	}
	(void)snprintf(s->text, sizeof(s->text), "%.*s", STATE_BYTES - 1,
		       s->answers ? "answers" : err.text);
	qgac_info_free(info);
	qgac_free(agent);
}

/* One process for each guest, all at once; each sends its struct state. */
static bool ask_all(struct cli *cli, const struct guests *g, struct state *states)
{
	auto_free int *fds = calloc(g->n + 1, sizeof(*fds));
	size_t         i;

	for (i = 0; fds && i < g->n; i++) {
		int pair[2];

		fds[i] = -1;
		if (pipe(pair) < 0)
			continue;
		if (fork() == 0) {
			struct cli   one = *cli;
			struct state s = {.ms = 0};

			one.target = g->all[i].target;
			ask_guest(&one, &s);
			(void)!write(pair[1], &s, sizeof(s)); /* less than a pipe takes at once */
			_exit(0);
		}
		(void)close(pair[1]); /* the child's */
		fds[i] = pair[0];
	}
	for (i = 0; fds && i < g->n; i++) {
		if (fds[i] < 0 || read(fds[i], &states[i], sizeof(states[i])) <= 0)
			(void)snprintf(states[i].text, STATE_BYTES, "could not be asked");
		if (fds[i] >= 0)
			(void)close(fds[i]); /* only read */
	}
	return fds != NULL;
}

static bool print_table(const struct guests *g, const struct state *states)
{
	struct columns c;
	size_t         i;

	columns_init(&c, "GUEST|AGENT|>ROUND TRIP|~STATE");
	for (i = 0; i < g->n; i++) {
		columns_add(&c, g->all[i].name);
		columns_add(&c, states[i].version);
		if (states[i].answers)
			columns_printf(&c, "%.2f ms", states[i].ms);
		else
			columns_add(&c, NULL);
		columns_add(&c, states[i].text);
		columns_style(&c, states[i].answers ? STYLE_GOOD : STYLE_WARN);
	}
	return columns_print(&c);
}

static bool print_json(const struct guests *g, const struct state *states)
{
	struct buf      out = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;
	size_t          i;
	bool            ok;

	json_out_init(&w, &out);
	json_out_array_begin(&w);
	for (i = 0; i < g->n; i++) {
		json_out_object_begin(&w);
		json_out_key(&w, "guest");
		json_out_str(&w, g->all[i].name);
		json_out_key(&w, "target");
		json_out_str(&w, g->all[i].target);
		json_out_key(&w, "answers");
		json_out_bool(&w, states[i].answers);
		json_out_key(&w, states[i].answers ? "agent" : "error");
		json_out_str(&w, states[i].answers ? states[i].version : states[i].text);
		json_out_object_end(&w);
	}
	json_out_array_end(&w);
	ok = !out.failed;
	if (ok)
		(void)printf("%.*s\n", (int)out.len, out.data);
	buf_fini(&out);
	return ok;
}

static int show(struct cli *cli, const struct guests *g)
{
	auto_free struct state *states = calloc(g->n + 1, sizeof(*states));
	bool                    ok = states && ask_all(cli, g, states);

	if (ok && cli->json)
		ok = print_json(g, states);
	else if (ok && !cli->quiet)
		ok = print_table(g, states);
	if (!ok)
		return agent_complain("not enough memory");
	return print_finish() ? EXIT_OK : EXIT_FAILED;
}

static int print_names_json(const struct guests *g)
{
	struct buf      out = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;
	size_t          i;

	json_out_init(&w, &out);
	json_out_array_begin(&w);
	for (i = 0; i < g->n; i++)
		json_out_str(&w, g->all[i].name);
	json_out_array_end(&w);
	return ask_print_document(&out);
}

static int print_names(const struct guests *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		print_escaped(stdout, g->all[i].name, strlen(g->all[i].name));
		(void)putchar('\n');
	}
	return print_finish() ? EXIT_OK : EXIT_FAILED;
}

int verb_list(struct cli *cli, int argc, char **argv)
{
	struct guests g;
	bool          names;
	int           status;

	if (!options_flag(cli, argc, argv, &names))
		return cli->status;
	if (!guests_find(cli, &g))
		return agent_complain("not enough memory");
	cli->timeout_ms = cli->has_timeout ? cli->timeout_ms / 2 : LIST_TIMEOUT_MS;
	if (g.n == 0 && g.status) {
		status = g.status;
	} else if (g.n == 0 && !cli->json) {
		(void)fputs("vactl: no guests were found (VACTL_SOCKETS can name more places for "
			    "sockets)\n",
			    stderr);
		status = EXIT_FAILED;
	} else {
		if (!names)
			status = show(cli, &g);
		else
			status = cli->json ? print_names_json(&g) : print_names(&g);
		status = status ? status : g.status;
	}
	guests_free(&g);
	return status;
}
