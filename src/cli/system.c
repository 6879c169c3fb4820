/* SPDX-License-Identifier: MIT */
/*
 * What the guest is and how it is doing: os, users, cpus, memory, load, time.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/ask.h"
#include "cli/columns.h"

/* os */

static const char *zone_text(struct ask *a, struct qgac_value zone)
{
	const char *name = ask_text(a, zone, "zone");
	int64_t     offset = ask_int(zone, "offset", INT64_MIN), minutes;

	if (offset == INT64_MIN)
		return name;
	minutes = (offset < 0 ? -offset : offset) / 60;
	return arena_printf(&a->arena, "%s%sUTC%c%02d:%02d%s", name ? name : "", name ? " (" : "",
			    offset < 0 ? '-' : '+', (int)(minutes / 60 % 100), (int)(minutes % 60),
			    name ? ")" : "");
}

static void print_os(struct ask *a, struct qgac_value os, struct qgac_value host,
		     struct qgac_value zone)
{
	const char *pretty = ask_text(a, os, "pretty-name"), *name = ask_text(a, os, "name");
	const char *kernel = ask_text(a, os, "kernel-release");
	const char *machine = ask_text(a, os, "machine");

	ask_print("hostname", ask_text(a, host, "host-name"));
	ask_print("os", pretty ? pretty : name);
	ask_print("variant", ask_text(a, os, "variant"));
	if (kernel && machine)
		kernel = arena_printf(&a->arena, "%s (%s)", kernel, machine);
	ask_print("kernel", kernel);
	ask_print("timezone", zone_text(a, zone));
}

static int print_os_json(struct qgac_value os, struct qgac_value host, struct qgac_value zone)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	ask_add_value(&w, "host-name", qgac_value_member(host, "host-name"));
	ask_add_value(&w, "os", os);
	ask_add_value(&w, "timezone", zone);
	json_out_object_end(&w);
	return ask_print_document(&b);
}

static int show_os(struct ask *a, void *unused)
{
	struct qgac_value os, host, zone;
	int               status = ask(a, "guest-get-osinfo", NULL, &os);

	(void)unused;
	if (status == EXIT_OK)
		status = ask_opt(a, "guest-get-host-name", NULL, &host);
	if (status == EXIT_OK)
		status = ask_opt(a, "guest-get-timezone", NULL, &zone);
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (a->cli->json)
		return print_os_json(os, host, zone);
	print_os(a, os, host, zone);
	return EXIT_OK;
}

int verb_os(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show_os, NULL) : cli->status;
}

/* users */

static int show_users(struct ask *a, struct qgac_value users)
{
	struct qgac_iter  it = qgac_iter_start(users);
	struct qgac_value user;
	struct columns    c;

	columns_init(&c, "~USER|DOMAIN|SINCE");
	while (qgac_iter_next(&it, NULL, &user)) {
		double    since = 0;
		time_t    t;
		struct tm tm;
		char      text[32] = "";

		columns_add(&c, ask_text(a, user, "user"));
		columns_add(&c, ask_text(a, user, "domain"));
		if (qgac_value_double(qgac_value_member(user, "login-time"), &since) == 0 &&
		    since > 0 && since < 1e11) {
			t = (time_t)since;
			if (localtime_r(&t, &tm))
				(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
		}
		columns_add(&c, text);
	}
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

int verb_users(struct cli *cli, int argc, char **argv)
{
	if (!options_none(cli, argc, argv))
		return cli->status;
	return ask_and_show(cli, "guest-get-users", show_users);
}

/* cpus */

static double share(struct qgac_value stats, const char *name, double total)
{
	return total > 0 ? 100.0 * (double)ask_int(stats, name, 0) / total : 0;
}

/* Since the guest has booted; the kernel's guest time is part of its user time. */
static void add_shares(struct columns *c, struct qgac_value stats)
{
	static const char *const parts[] = {"user",   "nice", "system",  "idle",
					    "iowait", "irq",  "softirq", "steal"};
	static const char *const shown[] = {"user", "system", "iowait", "steal", "idle"};
	double                   total = 0;
	size_t                   i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		total += (double)ask_int(stats, parts[i], 0);
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		if (total > 0)
			columns_printf(c, "%.1f%%", share(stats, shown[i], total));
		else
			columns_add(c, NULL);
}

static struct qgac_value stats_of(struct qgac_value all, int64_t cpu)
{
	struct qgac_iter  it = qgac_iter_start(all);
	struct qgac_value stats;

	while (qgac_iter_next(&it, NULL, &stats))
		if (ask_int(stats, "cpu", -1) == cpu)
			return stats;
	return (struct qgac_value){.reply_ = NULL};
}

static int print_cpus(struct qgac_value cpus, struct qgac_value all)
{
	struct qgac_iter  it = qgac_iter_start(cpus);
	struct qgac_value cpu;
	struct columns    c;

	columns_init(&c, ">CPU|STATE|>USER|>SYSTEM|>IOWAIT|>STEAL|>IDLE|CAN BE OFFLINE");
	while (qgac_iter_next(&it, NULL, &cpu)) {
		bool    online = ask_bool(cpu, "online");
		int64_t id = ask_int(cpu, "logical-id", -1);

		columns_printf(&c, "%lld", (long long)id);
		columns_add(&c, online ? "online" : "offline");
		columns_style(&c, online ? STYLE_GOOD : STYLE_WARN);
		add_shares(&c, stats_of(all, id));
		columns_add(&c, ask_bool(cpu, "can-offline") ? "yes" : "no");
	}
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

static int show_cpus(struct ask *a, void *unused)
{
	struct qgac_value cpus, stats;
	struct buf        b = BUF_INIT(SIZE_MAX / 2);
	struct json_out   w;
	int               status = ask(a, "guest-get-vcpus", NULL, &cpus);

	(void)unused;
	if (status == EXIT_OK)
		status = ask_opt(a, "guest-get-cpustats", NULL, &stats);
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (!a->cli->json)
		return print_cpus(cpus, stats);
	json_out_init(&w, &b);
	json_out_object_begin(&w);
	ask_add_value(&w, "cpus", cpus);
	ask_add_value(&w, "stats", stats);
	json_out_object_end(&w);
	return ask_print_document(&b);
}

int verb_cpus(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show_cpus, NULL) : cli->status;
}

/* memory */

/* "MemTotal:    251234 kB" in bytes; -1 if it is not there. */
static int64_t meminfo(const char *text, const char *name)
{
	const char *p = text ? strstr(text, name) : NULL;
	uint64_t    kib;

	if (!p || (p > text && p[-1] != '\n'))
		return -1;
	p += strlen(name);
	p += strspn(p, ": ");
	if (!num_u64(p, strspn(p, "0123456789"), &kib) || kib > INT64_MAX / 1024)
		return -1;
	return (int64_t)kib * 1024;
}

struct memory {
	int64_t total, available, free, cached, swap, swap_free;
	int64_t block_size, blocks, online;
};

static void print_row(struct columns *c, const char *what, int64_t total, int64_t used,
		      int64_t available)
{
	const int64_t numbers[] = {total, used, available};
	char          text[32];
	size_t        i;

	columns_add(c, what);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		print_bytes(text, sizeof(text), (double)numbers[i]);
		columns_add(c, numbers[i] < 0 ? NULL : text);
	}
}

static int print_memory(const struct memory *m)
{
	struct columns c;

	columns_init(&c, "|>TOTAL|>USED|>AVAILABLE");
	if (m->total >= 0)
		print_row(&c, "memory", m->total, m->total - m->available, m->available);
	if (m->swap > 0)
		print_row(&c, "swap", m->swap, m->swap - m->swap_free, m->swap_free);
	if (m->blocks > 0)
		print_row(&c, "blocks", m->blocks * m->block_size, m->online * m->block_size,
			  (m->blocks - m->online) * m->block_size);
	return columns_print(&c) ? EXIT_OK : agent_complain("not enough memory");
}

static void add_number(struct json_out *w, const char *key, int64_t value)
{
	if (value < 0)
		return;
	json_out_key(w, key);
	json_out_int(w, value);
}

static int print_memory_json(const struct memory *m)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	add_number(&w, "total-bytes", m->total);
	add_number(&w, "available-bytes", m->available);
	add_number(&w, "free-bytes", m->free);
	add_number(&w, "cached-bytes", m->cached);
	add_number(&w, "swap-total-bytes", m->swap);
	add_number(&w, "swap-free-bytes", m->swap_free);
	if (m->blocks > 0) {
		add_number(&w, "block-bytes", m->block_size);
		add_number(&w, "blocks", m->blocks);
		add_number(&w, "blocks-online", m->online);
	}
	json_out_object_end(&w);
	return ask_print_document(&b);
}

static void read_meminfo(struct ask *a, struct memory *m)
{
	const char *text = ask_file(a, "/proc/meminfo");

	m->total = meminfo(text, "MemTotal");
	m->free = meminfo(text, "MemFree");
	m->available = meminfo(text, "MemAvailable");
	m->cached = meminfo(text, "Cached");
	m->swap = meminfo(text, "SwapTotal");
	m->swap_free = meminfo(text, "SwapFree");
	if (m->available < 0) /* kernels before 3.14 */
		m->available = m->free;
}

static int read_blocks(struct ask *a, struct memory *m)
{
	struct qgac_value blocks, info, block;
	struct qgac_iter  it;
	int               status = ask_opt(a, "guest-get-memory-block-info", NULL, &info);

	m->block_size = ask_int(info, "size", 0);
	if (status != EXIT_OK || m->block_size <= 0)
		return status;
	status = ask_opt(a, "guest-get-memory-blocks", NULL, &blocks);
	it = qgac_iter_start(blocks);
	while (qgac_iter_next(&it, NULL, &block)) {
		m->blocks++;
		m->online += ask_bool(block, "online");
	}
	return status;
}

/* The protocol tells memory only in hot-pluggable blocks: the kernel's own file says more. */
static int show_memory(struct ask *a, void *unused)
{
	struct memory m = {.total = -1};

	(void)unused;
	read_meminfo(a, &m);
	if (m.total < 0) {
		int status = read_blocks(a, &m);

		if (status != EXIT_OK)
			return status;
		if (m.blocks == 0)
			return agent_complain(
				"the agent gives neither /proc/meminfo nor memory blocks");
	}
	if (a->cli->quiet)
		return EXIT_OK;
	return a->cli->json ? print_memory_json(&m) : print_memory(&m);
}

int verb_memory(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show_memory, NULL) : cli->status;
}

/* load */

/* "0.15 0.10 0.05 …": what guest-get-load says since 10.0. */
static bool parse_loadavg(const char *text, double *load)
{
	size_t i;

	for (i = 0; text && i < 3; i++) {
		uint64_t whole, part;
		size_t   n = strspn(text, "0123456789"), m;

		if (!num_u64(text, n, &whole) || text[n] != '.')
			return false;
		text += n + 1;
		m = strspn(text, "0123456789");
		if (m != 2 || !num_u64(text, m, &part))
			return false;
		load[i] = (double)whole + (double)part / 100;
		text += m + (text[m] == ' ');
	}
	return text != NULL;
}

static bool take_load(struct qgac_value v, double *load)
{
	return qgac_value_double(qgac_value_member(v, "load1m"), &load[0]) == 0 &&
	       qgac_value_double(qgac_value_member(v, "load5m"), &load[1]) == 0 &&
	       qgac_value_double(qgac_value_member(v, "load15m"), &load[2]) == 0;
}

static int print_load(const struct cli *cli, const double *load)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;

	if (!cli->json) {
		(void)printf("%.2f %.2f %.2f\n", load[0], load[1], load[2]);
		return EXIT_OK;
	}
	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "load1m");
	json_out_double(&w, load[0]);
	json_out_key(&w, "load5m");
	json_out_double(&w, load[1]);
	json_out_key(&w, "load15m");
	json_out_double(&w, load[2]);
	json_out_object_end(&w);
	return ask_print_document(&b);
}

static int show_load(struct ask *a, void *unused)
{
	struct qgac_value v;
	double            load[3];
	int               status = ask_opt(a, "guest-get-load", NULL, &v);

	(void)unused;
	if (status != EXIT_OK)
		return status;
	if (!take_load(v, load) && !parse_loadavg(ask_file(a, "/proc/loadavg"), load))
		return agent_complain("the agent gives neither guest-get-load nor /proc/loadavg");
	return a->cli->quiet ? EXIT_OK : print_load(a->cli, load);
}

int verb_load(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show_load, NULL) : cli->status;
}
