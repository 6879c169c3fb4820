/* SPDX-License-Identifier: MIT */
/*
 * ip and net. The address by which a guest is reached is that of the interface with the default
 * route; agents before 9.1 do not tell routes, so there interfaces of containers and tunnels are
 * known by their names.
 */
#include "cli/network.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/ask.h"
#include "cli/columns.h"

static const char *const inner_names[] = {
	"lo",   "docker*", "br-*",  "veth*",   "virbr*",  "vnet*", "cali*", "cni*",   "flannel*",
	"lxc*", "lxd*",    "kube*", "podman*", "cilium*", "tun*",  "tap*",  "dummy*", "ifb*",
};

enum scope { SCOPE_NONE, SCOPE_LINK, SCOPE_GLOBAL };

struct choice {
	const char *address, *interface;
	int         rank; /* larger is better */
};

struct wanted {
	bool all, v4, v6;
};

static bool is_inner(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(inner_names); i++)
		if (fnmatch(inner_names[i], name, 0) == 0)
			return true;
	return false;
}

static enum scope scope_of(const char *address)
{
	struct in6_addr six;
	struct in_addr  four;

	if (inet_pton(AF_INET, address, &four) == 1) {
		uint32_t n = ntohl(four.s_addr);

		if (n >> 24 == 127 || n == 0)
			return SCOPE_NONE;
		return n >> 16 == 0xA9FE ? SCOPE_LINK : SCOPE_GLOBAL;
	}
	if (inet_pton(AF_INET6, address, &six) != 1 || IN6_IS_ADDR_LOOPBACK(&six) ||
	    IN6_IS_ADDR_UNSPECIFIED(&six))
		return SCOPE_NONE;
	return IN6_IS_ADDR_LINKLOCAL(&six) ? SCOPE_LINK : SCOPE_GLOBAL;
}

/* A string in IPv6 routes of qemu-ga. */
static int64_t prefix_of(struct ask *a, struct qgac_value route)
{
	const char *text = ask_text(a, route, "desprefixlen");
	int64_t     n;

	if (text && num_i64_range(text, 0, 128, &n))
		return n;
	return ask_int(route, "desprefixlen", 0);
}

static bool is_default(struct ask *a, struct qgac_value route)
{
	const char *to = ask_text(a, route, "destination"), *mask = ask_text(a, route, "mask");

	if (!to || (strcmp(to, "0.0.0.0") != 0 && strcmp(to, "::") != 0))
		return false;
	if (mask && strcmp(mask, "0.0.0.0") != 0)
		return false;
	return prefix_of(a, route) == 0;
}

/* The interface with the cheapest default route, or NULL. */
static const char *default_interface(struct ask *a, struct qgac_value routes)
{
	struct qgac_iter  it = qgac_iter_start(routes);
	struct qgac_value route;
	const char       *best = NULL;
	int64_t           metric, least = INT64_MAX;

	while (qgac_iter_next(&it, NULL, &route)) {
		const char *name = ask_text(a, route, "iface");

		metric = ask_int(route, "metric", 0);
		if (name && strcmp(name, "lo") != 0 && metric < least && is_default(a, route)) {
			best = name;
			least = metric;
		}
	}
	return best;
}

static int rank_of(const char *name, const char *address, const char *route_name, bool is_v4)
{
	enum scope scope = scope_of(address);

	if (scope == SCOPE_NONE)
		return 0;
	return 1 + (is_v4 ? 1 : 0) + (scope == SCOPE_GLOBAL ? 4 : 0) + (is_inner(name) ? 0 : 2) +
	       (route_name && strcmp(name, route_name) == 0 ? 8 : 0);
}

struct search {
	struct ask     *a;
	struct wanted   wanted;
	const char     *route_name;
	struct choice   best;
	struct buf      all; /* JSON list of objects */
	struct json_out w;
};

static void add_one(struct search *s, const char *name, struct qgac_value address)
{
	const char *text = ask_text(s->a, address, "ip-address");
	bool        is_v4 = qgac_value_is(qgac_value_member(address, "ip-address-type"), "ipv4");
	int         rank;

	if (!text || (is_v4 ? s->wanted.v6 : s->wanted.v4))
		return;
	rank = rank_of(name, text, s->route_name, is_v4);
	if (rank == 0)
		return;
	if (s->wanted.all && !s->a->cli->json && !s->a->cli->quiet) {
		print_escaped(stdout, text, strlen(text));
		(void)putchar('\n');
	}
	json_out_object_begin(&s->w);
	json_out_key(&s->w, "interface");
	json_out_str(&s->w, name);
	json_out_key(&s->w, "address");
	json_out_str(&s->w, text);
	json_out_key(&s->w, "prefix");
	json_out_int(&s->w, ask_int(address, "prefix", -1));
	json_out_object_end(&s->w);
	if (rank > s->best.rank)
		s->best = (struct choice){.address = text, .interface = name, .rank = rank};
}

static void search(struct search *s, struct qgac_value interfaces)
{
	struct qgac_iter  it = qgac_iter_start(interfaces), inner;
	struct qgac_value interface, address;

	json_out_init(&s->w, &s->all);
	json_out_array_begin(&s->w);
	while (qgac_iter_next(&it, NULL, &interface)) {
		const char *name = ask_text(s->a, interface, "name");

		inner = qgac_iter_start(qgac_value_member(interface, "ip-addresses"));
		while (name && qgac_iter_next(&inner, NULL, &address))
			add_one(s, name, address);
	}
	json_out_array_end(&s->w);
}

static int print_choice_json(const struct search *s)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "address");
	json_out_str(&w, s->best.address);
	json_out_key(&w, "interface");
	json_out_str(&w, s->best.interface);
	json_out_key(&w, "all");
	buf_add(&b, s->all.data, s->all.len);
	w.comma = true;
	json_out_object_end(&w);
	b.failed = b.failed || s->all.failed;
	return ask_print_document(&b);
}

static int ask_network(struct ask *a, struct qgac_value *interfaces, struct qgac_value *routes)
{
	int status = ask(a, "guest-network-get-interfaces", NULL, interfaces);

	return status == EXIT_OK ? ask_opt(a, "guest-network-get-route", NULL, routes) : status;
}

static int show_ip(struct ask *a, void *what)
{
	const struct wanted *wanted = what;
	struct search        s = {.a = a, .wanted = *wanted, .all = BUF_INIT(SIZE_MAX / 2)};
	struct qgac_value    interfaces, routes;
	int                  status = ask_network(a, &interfaces, &routes);

	if (status != EXIT_OK)
		return status;
	s.route_name = default_interface(a, routes);
	search(&s, interfaces);
	if (!s.best.address)
		status = agent_complain("the guest has no address yet");
	else if (a->cli->json && !a->cli->quiet)
		status = print_choice_json(&s);
	else if (!wanted->all && !a->cli->quiet)
		(void)printf("%s\n", s.best.address);
	buf_fini(&s.all);
	return status;
}

bool network_has_address(struct ask *a, struct qgac_value interfaces)
{
	struct search s = {.a = a, .all = BUF_INIT(SIZE_MAX / 2)};

	search(&s, interfaces);
	buf_fini(&s.all);
	return s.best.rank > 4; /* more than a link-local one */
}

int verb_ip(struct cli *cli, int argc, char **argv)
{
	struct wanted wanted = {.all = false};
	int           c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		wanted.all = wanted.all || c == 'a';
		wanted.v4 = wanted.v4 || c == '4';
		wanted.v6 = wanted.v6 || c == '6';
	}
	if (optind < argc)
		return options_error(cli, "ip takes no arguments");
	if (wanted.v4 && wanted.v6)
		wanted.v4 = wanted.v6 = false;
	return ask_run(cli, show_ip, &wanted);
}

/* net */

static void add_traffic(struct columns *c, struct qgac_value interface)
{
	static const char *const names[] = {"rx-bytes", "tx-bytes"};
	struct qgac_value        stats = qgac_value_member(interface, "statistics");
	char                     text[32];
	size_t                   i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		print_bytes(text, sizeof(text), (double)ask_int(stats, names[i], 0));
		columns_add(c, ask_has(stats, names[i]) ? text : NULL);
	}
}

/* One address a line; the rest of the row is empty from the second on. */
static void add_interface(struct ask *a, struct columns *c, struct qgac_value interface)
{
	struct qgac_iter  it = qgac_iter_start(qgac_value_member(interface, "ip-addresses"));
	struct qgac_value address;
	bool              first = true, more = qgac_iter_next(&it, NULL, &address);

	do {
		const char *text = more ? ask_text(a, address, "ip-address") : NULL;

		columns_add(c, first ? ask_text(a, interface, "name") : " ");
		columns_add(c, first ? ask_text(a, interface, "hardware-address") : " ");
		if (first) {
			add_traffic(c, interface);
		} else {
			columns_add(c, " ");
			columns_add(c, " ");
		}
		if (text)
			text = arena_printf(&a->arena, "%s/%lld", text,
					    (long long)ask_int(address, "prefix", 0));
		columns_add(c, text);
		first = false;
		more = more && qgac_iter_next(&it, NULL, &address);
	} while (more);
}

static bool print_interfaces(struct ask *a, struct qgac_value interfaces)
{
	struct qgac_iter  it = qgac_iter_start(interfaces);
	struct qgac_value interface;
	struct columns    c;

	columns_init(&c, "INTERFACE|MAC|>RECEIVED|>SENT|~ADDRESS");
	while (qgac_iter_next(&it, NULL, &interface))
		add_interface(a, &c, interface);
	return columns_print(&c);
}

static const char *destination(struct ask *a, struct qgac_value route)
{
	const char *to = ask_text(a, route, "destination"), *mask = ask_text(a, route, "mask");
	uint32_t    n;

	if (!to || is_default(a, route))
		return to ? "default" : NULL;
	if (mask && inet_pton(AF_INET, mask, &n) == 1)
		return arena_printf(&a->arena, "%s/%d", to, __builtin_popcount(n));
	return arena_printf(&a->arena, "%s/%lld", to, (long long)prefix_of(a, route));
}

static bool print_routes(struct ask *a, struct qgac_value routes)
{
	struct qgac_iter  it = qgac_iter_start(routes);
	struct qgac_value route;
	struct columns    c;

	(void)putchar('\n');
	columns_init(&c, "~ROUTE|GATEWAY|INTERFACE|>METRIC");
	while (qgac_iter_next(&it, NULL, &route)) {
		const char *gateway = ask_text(a, route, "gateway");

		/* the kernel's own: addresses of this machine, and what it refuses */
		if (qgac_value_is(qgac_value_member(route, "iface"), "lo"))
			continue;
		gateway = gateway ? gateway : ask_text(a, route, "nexthop");
		columns_add(&c, destination(a, route));
		columns_add(&c,
			    gateway && strcmp(gateway, "0.0.0.0") != 0 && strcmp(gateway, "::") != 0
				    ? gateway
				    : NULL);
		columns_add(&c, ask_text(a, route, "iface"));
		columns_printf(&c, "%lld", (long long)ask_int(route, "metric", 0));
	}
	return columns_print(&c);
}

static int show_net(struct ask *a, void *unused)
{
	struct qgac_value interfaces, routes;
	struct buf        b = BUF_INIT(SIZE_MAX / 2);
	struct json_out   w;
	int               status = ask_network(a, &interfaces, &routes);

	(void)unused;
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (!a->cli->json) {
		bool ok = print_interfaces(a, interfaces);

		if (ok && qgac_value_kind(routes) == QGAC_ARRAY)
			ok = print_routes(a, routes);
		return ok ? EXIT_OK : agent_complain("not enough memory");
	}
	json_out_init(&w, &b);
	json_out_object_begin(&w);
	ask_add_value(&w, "interfaces", interfaces);
	ask_add_value(&w, "routes", routes);
	json_out_object_end(&w);
	return ask_print_document(&b);
}

int verb_net(struct cli *cli, int argc, char **argv)
{
	return options_none(cli, argc, argv) ? ask_run(cli, show_net, NULL) : cli->status;
}
