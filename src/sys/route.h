/* SPDX-License-Identifier: MIT */
/*
 * Routes: /proc/net/route (IPv4, the main table) and /proc/net/ipv6_route (all tables). Line by
 * line, since a router has hundreds of thousands.
 */
#ifndef SYS_ROUTE_H
#define SYS_ROUTE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "sys/root.h"

struct route {
	int      family;             /* AF_INET, AF_INET6 */
	char     iface[IFNAMSIZ];    /* "*": a route that refuses */
	uint8_t  destination[16];    /* network byte order; IPv4: the first four */
	uint8_t  source[16];         /* IPv6 */
	uint8_t  gateway[16];        /* next hop */
	uint8_t  mask[4];            /* IPv4 */
	uint8_t  destination_prefix; /* IPv6 */
	uint8_t  source_prefix;
	uint32_t flags, metric, refcnt, use;
	uint32_t mtu, window, irtt; /* IPv4 */
};

struct route_list {
	size_t        n;
	struct route *items; /* IPv4 first; in each the kernel's order */
};

/* False for a line that is none: the heading, or what the kernel never writes. */
bool route_parse_ipv4(struct slice line, struct route *ret);
bool route_parse_ipv6(struct slice line, struct route *ret);

/* A family that the kernel does not have has no routes. 0, -1. */
int route_read(const struct sys_root *r, struct arena *a, struct route_list *ret, struct err *err);

#endif
