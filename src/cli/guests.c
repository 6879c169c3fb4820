/* SPDX-License-Identifier: MIT */
#include "cli/guests.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build_config.h"
#include "cli/child.h"

#define LIST_BYTES_MAX ((size_t)16 << 20)
#define LIST_MS 10000 /* for libvirt to say which domains there are */

/*
 * Where managers of virtual machines put agent sockets that are free for others. libvirt's own are
 * not among them: those guests are found and reached through libvirt.
 */
static const char well_known[] = "/run/qemu-server/*.qga:"       /* Proxmox VE */
				 "/run/virtagent/guests/*.sock:" /* nobody's: a place to use */
				 "/run/user/*/virtagent/guests/*.sock";
static const char proxmox_format[] = "/run/qemu-server/%s.qga";

static bool add(struct guests *g, const char *name, char *target, const char *socket)
{
	struct guest *grown = realloc(g->all, (g->n + 1) * sizeof(*grown));

	if (!grown || !target) {
		free(target);
		g->all = grown ? grown : g->all;
		return false;
	}
	g->all = grown;
	grown[g->n] = (struct guest){
		.name = strdup(name),
		.target = target,
		.socket = socket ? strdup(socket) : NULL,
	};
	return grown[g->n++].name != NULL;
}

static char *join(const char *a, const char *b, const char *c)
{
	char *text;

	return asprintf(&text, "%s%s%s", a, b, c) < 0 ? NULL : text;
}

/* "/run/qemu-server/100.qga" is called 100. */
static bool add_socket(struct guests *g, const char *path)
{
	const char     *base = strrchr(path, '/');
	auto_free char *name = strdup(base ? base + 1 : path);
	char           *dot = name ? strrchr(name, '.') : NULL;
	struct stat     st;

	if (stat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return true;
	if (dot && dot > name)
		*dot = '\0';
	return name && add(g, name, join("unix:", path, ""), path);
}

static bool add_pattern(struct guests *g, const char *pattern)
{
	glob_t found;
	size_t i;
	bool   ok = true;

	if (glob(pattern, 0, NULL, &found) != 0)
		return true;
	for (i = 0; i < found.gl_pathc && ok; i++)
		ok = add_socket(g, found.gl_pathv[i]);
	globfree(&found);
	return ok;
}

static bool add_sockets(struct guests *g)
{
	const char     *given = getenv("VACTL_SOCKETS");
	auto_free char *patterns = strdup(given ? given : well_known);
	char           *rest = patterns, *pattern;
	bool            ok = patterns != NULL;

	while (ok && (pattern = strsep(&rest, ":")))
		if (*pattern)
			ok = add_pattern(g, pattern);
	return ok;
}

/* The same as in the library, which has no list of domains. */
static const char *bridge_program(void)
{
	const char *program = secure_getenv("QGAC_LIBVIRT_BRIDGE");

	return program && *program ? program : QGAC_LIBVIRT_BRIDGE;
}

static bool add_domain(struct guests *g, const char *uri, const char *name)
{
	char *target;

	if (asprintf(&target, "libvirt:%s%s%s", uri ? uri : "", uri ? "#" : "", name) < 0)
		return false;
	return add(g, name, target, NULL);
}

static bool add_names(struct guests *g, const char *uri, char *lines)
{
	char *line;
	bool  ok = true;

	while (ok && (line = strsep(&lines, "\n")))
		if (*line)
			ok = add_domain(g, uri, line);
	return ok;
}

/* Where libvirt is not, there are no domains. That it hangs is another thing, and so is a URI that
 * was asked for. */
static void judge_libvirt(struct guests *g, const char *uri, int got, const char *said)
{
	if (got == CHILD_LATE) {
		(void)agent_complain("libvirt does not say which domains there are: timed out");
		g->status = EXIT_TIMEOUT;
	} else if (uri) {
		(void)agent_complain("libvirt at %s: %s", uri, said);
		g->status = EXIT_CONNECT;
	}
}

/* What `qgac-libvirt --list` prints. */
static bool add_domains(struct guests *g, const struct cli *cli)
{
	const char *uri = cli->uri;
	char *argv[] = {(char *)bridge_program(), (char *)"--list", (char *)(uri ? uri : ""), NULL};
	int64_t    ms = cli->has_timeout ? cli->timeout_ms / 2 : LIST_MS;
	struct buf out = BUF_INIT(LIST_BYTES_MAX);
	int        got = child_output(argv, qgac_deadline(ms), &out);
	char      *lines, *line;
	bool       ok = true;

	buf_add_char(&out, '\0');
	lines = out.failed ? NULL : out.data;
	line = strsep(&lines, "\n");
	if (got == 0 && line && strcmp(line, "ok") == 0)
		ok = add_names(g, uri, lines);
	else
		judge_libvirt(g, uri, got,
			      got == CHILD_MISSING
				      ? "cannot be reached: qgac-libvirt is not installed"
			      : line && *line ? line
					      : "no answer");
	buf_fini(&out);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct guest *)a)->name, ((const struct guest *)b)->name);
}

bool guests_find(const struct cli *cli, struct guests *ret)
{
	*ret = (struct guests){.all = NULL};
	if (!add_sockets(ret) || !add_domains(ret, cli)) {
		guests_free(ret);
		return false;
	}
	if (ret->n > 0)
		qsort(ret->all, ret->n, sizeof(ret->all[0]), by_name);
	return true;
}

void guests_free(struct guests *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		free(g->all[i].name);
		free(g->all[i].target);
		free(g->all[i].socket);
	}
	free(g->all);
	*g = (struct guests){.all = NULL};
}

static int out_of_memory(void)
{
	return agent_complain("not enough memory");
}

/* Sets the target to text, which belongs to cli from then on. */
static int set_target(struct cli *cli, char *text)
{
	cli->owned[0] = text;
	cli->target = text;
	return text ? EXIT_OK : out_of_memory();
}

static int use_path(struct cli *cli, const char *path)
{
	cli->socket = path;
	cli->guest = cli->guest ? cli->guest : path;
	return set_target(cli, join("unix:", path, ""));
}

static bool has_scheme(const char *word)
{
	static const char *const schemes[] = {"unix:", "vsock:", "vsock-mux:", "tcp:", "libvirt:"};
	size_t                   i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncmp(word, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

static int use_domain(struct cli *cli, const char *name)
{
	char *text;

	if (asprintf(&text, "libvirt:%s%s%s", cli->uri ? cli->uri : "", cli->uri ? "#" : "", name) <
	    0)
		text = NULL;
	return set_target(cli, text);
}

/* "libvirt:NAME" is not complete when the URI is given separately. */
static int use_scheme(struct cli *cli, const char *word)
{
	if (strncmp(word, "unix:", 5) == 0)
		cli->socket = word + 5;
	if (strncmp(word, "libvirt:", 8) == 0 && cli->uri && !strchr(word, '#'))
		return use_domain(cli, word + 8);
	cli->target = word;
	return EXIT_OK;
}

/* Without -c, a name may be the number of a guest of Proxmox. */
static int use_name(struct cli *cli, const char *name)
{
	char       *text;
	struct stat st;

	if (asprintf(&text, proxmox_format, name) < 0)
		return out_of_memory();
	if (!cli->uri && stat(text, &st) == 0) {
		cli->owned[1] = text;
		return use_path(cli, text);
	}
	free(text);
	return use_domain(cli, name);
}

int guests_resolve(struct cli *cli)
{
	if (cli->socket)
		return use_path(cli, cli->socket);
	if (!cli->guest)
		return options_error(cli,
				     "which guest? name it in front of the verb, with -s PATH, "
				     "or in VACTL_GUEST");
	if (has_scheme(cli->guest))
		return use_scheme(cli, cli->guest);
	if (strchr(cli->guest, '/'))
		return use_path(cli, cli->guest);
	return use_name(cli, cli->guest);
}
