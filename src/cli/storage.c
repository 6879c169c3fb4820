/* SPDX-License-Identifier: MIT */
/*
 * df, disks and trim.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/columns.h"

/* Agents list the newest mount first: from the end it is the order of df(1). */
struct reversed {
	struct qgac_value *all;
	size_t             n;
};

static bool reverse(struct ask *a, struct qgac_value list, struct reversed *ret)
{
	struct qgac_iter  it = qgac_iter_start(list);
	struct qgac_value item;
	size_t            n = 0;

	while (qgac_iter_next(&it, NULL, &item))
		n++;
	ret->n = n;
	ret->all = arena_array(&a->arena, n + 1, sizeof(*ret->all));
	if (!ret->all)
		return false;
	it = qgac_iter_start(list);
	while (qgac_iter_next(&it, NULL, &item))
		ret->all[--n] = item;
	return true;
}

static void add_bytes(struct columns *c, double bytes)
{
	char text[32];

	print_bytes(text, sizeof(text), bytes);
	columns_add(c, text);
}

static void add_space(struct columns *c, struct qgac_value fs)
{
	double total = (double)ask_int(fs, "total-bytes", -1);
	double used = (double)ask_int(fs, "used-bytes", -1);
	int    percent;

	if (total <= 0 || used < 0) { /* agents before 3.0, or a mount that does not answer */
		columns_add(c, NULL);
		columns_add(c, NULL);
		columns_add(c, NULL);
		columns_add(c, NULL);
		return;
	}
	percent = (int)(used / total * 100 + 0.999);
	add_bytes(c, total);
	add_bytes(c, used);
	add_bytes(c, total - used);
	columns_printf(c, "%d%%", percent);
	columns_style(c, percent >= 95 ? STYLE_BAD : percent >= 85 ? STYLE_WARN : STYLE_NONE);
}

static int show_df(struct ask *a, struct qgac_value list)
{
	struct reversed r;
	struct columns  c;
	size_t          i;

	columns_init(&c, "DEVICE|TYPE|>SIZE|>USED|>FREE|>USE|~MOUNTED ON");
	if (!reverse(a, list, &r))
		return agent_complain("not enough memory");
	for (i = 0; i < r.n; i++) {
		columns_add(&c, ask_text(a, r.all[i], "name"));
		columns_add(&c, ask_text(a, r.all[i], "type"));
		add_space(&c, r.all[i]);
		columns_add(&c, ask_text(a, r.all[i], "mountpoint"));
	}
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

int verb_df(struct cli *cli, int argc, char **argv)
{
	if (!options_none(cli, argc, argv))
		return cli->status;
	return ask_and_show(cli, "guest-get-fsinfo", show_df);
}

/* disks */

static const char *pci_text(struct ask *a, struct qgac_value address)
{
	struct qgac_value pci = qgac_value_member(address, "pci-controller");
	int64_t           domain = ask_int(pci, "domain", -1);

	if (domain < 0)
		return NULL;
	return arena_printf(&a->arena, "%04llx:%02llx:%02llx.%llx", (long long)domain,
			    (long long)ask_int(pci, "bus", 0), (long long)ask_int(pci, "slot", 0),
			    (long long)ask_int(pci, "function", 0));
}

/* The names of what a disk is made of, behind one another. */
static const char *parts_text(struct ask *a, struct qgac_value disk)
{
	struct qgac_iter  it = qgac_iter_start(qgac_value_member(disk, "dependencies"));
	struct qgac_value part;
	const char       *text = NULL;

	while (qgac_iter_next(&it, NULL, &part)) {
		auto_free char *name = NULL;

		if (qgac_value_string(part, &name, NULL) == 0)
			text = arena_printf(&a->arena, "%s%s%s", text ? text : "", text ? " " : "",
					    name);
	}
	return text;
}

static void add_address(struct ask *a, struct columns *c, struct qgac_value address)
{
	columns_add(c, ask_text(a, address, "bus-type"));
	columns_add(c, pci_text(a, address));
	columns_add(c, ask_text(a, address, "serial"));
}

static int print_disks(struct ask *a, struct qgac_value disks)
{
	struct reversed r;
	struct columns  c;
	size_t          i;

	columns_init(&c, "DISK|KIND|BUS|PCI|~SERIAL|ON");
	if (!reverse(a, disks, &r))
		return agent_complain("not enough memory");
	for (i = 0; i < r.n; i++) {
		const char *alias = ask_text(a, r.all[i], "alias");

		columns_add(&c, ask_text(a, r.all[i], "name"));
		columns_add(&c, ask_bool(r.all[i], "partition") ? "partition"
				: alias                         ? alias
								: "disk");
		add_address(a, &c, qgac_value_member(r.all[i], "address"));
		columns_add(&c, parts_text(a, r.all[i]));
	}
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

/* Before 5.2 disks are only known as what filesystems lie on. */
static int print_old_disks(struct ask *a, struct qgac_value list)
{
	struct qgac_iter  it = qgac_iter_start(list), inner;
	struct qgac_value fs, disk;
	struct columns    c;

	columns_init(&c, "DISK|BUS|PCI|~SERIAL|HOLDS");
	while (qgac_iter_next(&it, NULL, &fs)) {
		inner = qgac_iter_start(qgac_value_member(fs, "disk"));
		while (qgac_iter_next(&inner, NULL, &disk)) {
			columns_add(&c, ask_text(a, disk, "dev"));
			add_address(a, &c, disk);
			columns_add(&c, ask_text(a, fs, "mountpoint"));
		}
	}
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

static int show_disks(struct ask *a, void *unused)
{
	struct qgac_value disks, list = {.reply_ = NULL};
	bool              known;
	int               status = ask_opt(a, "guest-get-disks", NULL, &disks);

	(void)unused;
	known = qgac_value_kind(disks) == QGAC_ARRAY;
	if (status == EXIT_OK && !known)
		status = ask(a, "guest-get-fsinfo", NULL, &list);
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (a->cli->json)
		ask_print_json(known ? disks : list);
	else
		status = known ? print_disks(a, disks) : print_old_disks(a, list);
	return status;
}

int verb_disks(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show_disks, NULL) : cli->status;
}

/* trim */

#define TRIM_TIMEOUT_MS 600000

static int print_trim(struct ask *a, struct qgac_value result)
{
	struct qgac_iter  it = qgac_iter_start(qgac_value_member(result, "paths"));
	struct qgac_value path;
	struct columns    c;

	columns_init(&c, ">TRIMMED|RESULT|~MOUNTED ON");
	while (qgac_iter_next(&it, NULL, &path)) {
		const char *error = ask_text(a, path, "error");

		if (ask_has(path, "trimmed"))
			add_bytes(&c, (double)ask_int(path, "trimmed", 0));
		else
			columns_add(&c, NULL);
		columns_add(&c, error ? error : "ok");
		columns_style(&c, error ? STYLE_WARN : STYLE_GOOD);
		columns_add(&c, ask_text(a, path, "path"));
	}
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

static int trim(struct ask *a, void *what)
{
	uint64_t          minimum = *(const uint64_t *)what;
	struct qgac_value result;
	char              arguments[64];
	int               status;

	(void)snprintf(arguments, sizeof(arguments), "{\"minimum\": %llu}",
		       (unsigned long long)minimum);
	status = ask(a, "guest-fstrim", minimum ? arguments : NULL, &result);
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (!a->cli->json)
		return print_trim(a, result);
	ask_print_json(result);
	return EXIT_OK;
}

int verb_trim(struct cli *cli, int argc, char **argv)
{
	uint64_t minimum = 0;
	int      c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (!options_size(optarg, INT64_MAX, &minimum))
			return options_error(cli, "'%s' is not a size", optarg);
	}
	if (optind < argc)
		return options_error(cli, "trim takes no arguments");
	if (!cli->has_timeout)
		cli->timeout_ms = TRIM_TIMEOUT_MS;
	return ask_run(cli, trim, &minimum);
}
