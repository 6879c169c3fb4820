/* SPDX-License-Identifier: MIT */
/*
 * Every parser of what the guest's kernel and its files say. Input: the letter of a parser, a line
 * feed, the text. The text lies in memory of its own size, so that reading past it shows.
 */
#include <string.h>

#include "sys/cpustat.h"
#include "sys/diskstat.h"
#include "sys/load.h"
#include "sys/logins.h"
#include "sys/netif.h"
#include "sys/osrelease.h"
#include "sys/route.h"
#include "sys/tzif.h"
#include "target.h"

static void parse_load(struct slice text)
{
	struct load load;

	if (load_parse(text, &load))
		MUST(load.average[0] >= 0 && load.average[2] >= 0);
}

static void parse_cpustat(struct slice text)
{
	struct cpustat stat;
	struct slice   line;

	while (slice_line(&text, &line))
		if (cpustat_parse(line, &stat) > 0)
			MUST(stat.cpu >= 0 && stat.n >= 4 && stat.n <= CPUSTAT_COLUMNS);
}

static void parse_diskstat(struct slice text)
{
	struct diskstat stat;
	struct slice    line;

	while (slice_line(&text, &line))
		if (diskstat_parse(line, &stat))
			MUST(stat.name.n > 0 && stat.known >> DISKSTAT_COLUMNS == 0);
}

static bool visit(const struct nlmsghdr *message, void *arg)
{
	struct netif         link;
	struct netif_address address;

	(void)arg;
	if (netif_parse_link(message, &link))
		MUST(link.name[0] && strnlen(link.name, IFNAMSIZ) < IFNAMSIZ);
	if (netif_parse_address(message, &address))
		MUST(address.prefix <= 128 && strnlen(address.label, IFNAMSIZ) < IFNAMSIZ);
	return true;
}

static void parse_netlink(struct slice text)
{
	struct rtnetlink_walk walk = {0};

	rtnetlink_walk(text.p, text.n, visit, NULL, &walk);
}

static void parse_route(struct slice text)
{
	struct route route;
	struct slice line;

	while (slice_line(&text, &line)) {
		if (route_parse_ipv4(line, &route))
			MUST(route.iface[0] && strnlen(route.iface, IFNAMSIZ) < IFNAMSIZ);
		if (route_parse_ipv6(line, &route))
			MUST(route.destination_prefix <= 128);
	}
}

static void parse_osrelease(struct slice text)
{
	struct osrelease release;
	struct arena     arena;

	arena_init(&arena, 65536);
	(void)osrelease_parse(text, &arena, &release);
	arena_fini(&arena);
}

static void parse_session(struct slice text)
{
	struct slice user, uid;
	int64_t      time_us;

	if (logins_parse_session(text, &user, &uid, &time_us))
		MUST(user.n + uid.n > 0);
}

static void parse_utmp(struct slice data)
{
	struct login_list list = {0};
	struct arena      arena;

	arena_init(&arena, 65536);
	if (logins_parse_utmp(data, &arena, &list) == 0)
		logins_merge(&list);
	arena_fini(&arena);
}

static void parse_zone(struct slice data)
{
	static const int64_t moments[] = {INT64_MIN, -86400, 0, 1700000000, 4000000000, INT64_MAX};
	struct tz_local      local;
	size_t               i;

	for (i = 0; i < ARRAY_SIZE(moments); i++) {
		if (tzif_at(data, moments[i], &local))
			MUST(strnlen(local.name, TZ_NAME_MAX) < TZ_NAME_MAX);
		if (tzrule_at(data, moments[i], &local))
			MUST(local.offset >= -90000 && local.offset <= 93600);
	}
}

static const struct {
	char letter;
	void (*parse)(struct slice text);
} parsers[] = {
	{'c', parse_cpustat}, {'d', parse_diskstat}, {'l', parse_load},
	{'n', parse_netlink}, {'r', parse_route},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char  *copy;
	size_t i;

	if (size < 2 || data[1] != '\n')
		return 0;
	copy = malloc(size - 2 ? size - 2 : 1);
	MUST(copy);
	memcpy(copy, data + 2, size - 2);
	for (i = 0; i < ARRAY_SIZE(parsers); i++)
		if (parsers[i].letter == (char)data[0])
			parsers[i].parse(slice_of(copy, size - 2));
	free(copy);
	return 0;
}
