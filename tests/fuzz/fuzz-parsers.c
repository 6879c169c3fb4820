/* SPDX-License-Identifier: MIT */
/*
 * Every parser of what the guest's kernel and its files say. Input: the letter of a parser, a line
 * feed, the text. The text lies in memory of its own size, so that reading past it shows.
 */
#include <stdio.h>
#include <string.h>

#include "sys/block_node.h"
#include "sys/block_path.h"
#include "sys/cpu.h"
#include "sys/cpustat.h"
#include "sys/diskstat.h"
#include "sys/load.h"
#include "sys/logins.h"
#include "sys/netif.h"
#include "sys/osrelease.h"
#include "sys/route.h"
#include "sys/scsi_id.h"
#include "sys/tzif.h"
#include "sys/udev.h"
#include "sys/utmp.h"
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

static void parse_cpu_list(struct slice text)
{
	char        list[256];
	const char *at = list;
	uint64_t    first, last;

	(void)snprintf(list, sizeof(list), "%.*s", (int)text.n, text.p);
	while (cpu_next_range(&at, &first, &last))
		MUST(first <= last && at > list && at <= list + strlen(list));
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
	struct slice      foreign = data;
	struct utmp_login login;
	struct arena      arena;

	while (utmp_next(&foreign, UTMP_NATIVE == UTMP_TIME32 ? UTMP_TIME64 : UTMP_TIME32, &login))
		MUST(login.user.n <= 32);

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

/* Paths are strings; the fuzzer's text has no end of its own. */
static void parse_block_path(struct slice text)
{
	struct block_pci  pci;
	struct block_ccw  ccw;
	struct block_scsi scsi;
	char             *path = strndup(text.p, text.n);
	const char       *p;
	int64_t           number;

	MUST(path);
	p = block_path_first_function(path);
	if (p && block_path_function(p, &pci))
		MUST(pci.domain >= 0 && pci.bus >= 0 && pci.slot >= 0 && pci.function >= 0);
	if (block_path_scsi(path, &scsi))
		MUST(scsi.channel >= 0 && scsi.target >= 0 && scsi.lun >= 0);
	if (block_path_ccw(path, &ccw))
		MUST(ccw.cssid >= 0 && ccw.devno >= 0);
	if (block_path_numbered(path, "host", &number))
		MUST(number >= 0);
	free(path);
}

static void parse_uevent(struct slice text)
{
	struct block_node node;
	struct slice      value;
	char              name[64];

	block_node_parse(text.p, text.n, &node);
	MUST(strnlen(node.dev, sizeof(node.dev)) < sizeof(node.dev));
	if (!udev_find(text.p, text.n, "ID_SERIAL", &value))
		return;
	(void)snprintf(name, sizeof(name), "%.*s", (int)value.n, value.p);
	udev_replace_chars(name);
	udev_join_words(name);
	MUST(strlen(name) < sizeof(name));
}

static void parse_vpd(struct slice data)
{
	static const struct scsi_inquiry inq = {"VENDOR", "MODEL"};
	char                             id[SCSI_ID_MAX];
	const uint8_t                   *page = (const uint8_t *)data.p;

	if (scsi_id_of_page83(page, data.n, &inq, id))
		MUST(strlen(id) < SCSI_ID_MAX && !strpbrk(id, " /\n"));
	if (scsi_id_of_page80(page, data.n, &inq, id))
		MUST(strlen(id) < SCSI_ID_MAX && !strpbrk(id, " /\n"));
	if (scsi_id_of_ata(page, data.n, id))
		MUST(strlen(id) < SCSI_ID_MAX && !strpbrk(id, " /\n"));
}

static const struct {
	char letter;
	void (*parse)(struct slice text);
} parsers[] = {
	{'c', parse_cpustat}, {'p', parse_cpu_list},  {'d', parse_diskstat},   {'l', parse_load},
	{'n', parse_netlink}, {'o', parse_osrelease}, {'r', parse_route},      {'s', parse_session},
	{'u', parse_utmp},    {'z', parse_zone},      {'b', parse_block_path}, {'e', parse_uevent},
	{'v', parse_vpd},
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
