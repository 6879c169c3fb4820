/* SPDX-License-Identifier: MIT */
#include "sys/route.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/num.h"
#include "sys/lines.h"

enum {
	FIELDS_IPV4 = 11,
	FIELDS_IPV6 = 10,
};

static bool take_name(struct slice field, char to[IFNAMSIZ])
{
	if (field.n >= IFNAMSIZ || memchr(field.p, '\0', field.n))
		return false;
	memcpy(to, field.p, field.n);
	to[field.n] = '\0';
	return true;
}

static bool take_hex(struct slice field, uint64_t max, uint64_t *ret)
{
	return num_hex(field.p, field.n, ret) && *ret <= max;
}

static bool take_hex32(struct slice field, uint32_t *ret)
{
	uint64_t value;

	if (!take_hex(field, UINT32_MAX, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* The kernel prints some of its unsigned numbers as if they were signed. */
static bool take_decimal32(struct slice field, uint32_t *ret)
{
	int64_t value;

	if (!num_i64(field.p, field.n, &value) || value < INT32_MIN || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* The kernel prints an address in network byte order as if it were a number of its own. */
static bool take_address32(struct slice field, uint8_t *to)
{
	uint32_t value;

	if (field.n != 8 || !take_hex32(field, &value))
		return false;
	memcpy(to, &value, sizeof(value));
	return true;
}

static bool take_address128(struct slice field, uint8_t to[16])
{
	size_t i;

	if (field.n != 32)
		return false;
	for (i = 0; i < 16; i++) {
		uint64_t byte;

		if (!num_hex(field.p + 2 * i, 2, &byte))
			return false;
		to[i] = (uint8_t)byte;
	}
	return true;
}

static bool take_prefix(struct slice field, uint8_t *ret)
{
	uint64_t value;

	if (!take_hex(field, 128, &value))
		return false;
	*ret = (uint8_t)value;
	return true;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT */
bool route_parse_ipv4(struct slice line, struct route *ret)
{
	struct slice f[FIELDS_IPV4];

	*ret = (struct route){.family = AF_INET};
	return slice_fields(line, f, FIELDS_IPV4) >= FIELDS_IPV4 && take_name(f[0], ret->iface) &&
	       take_address32(f[1], ret->destination) && take_address32(f[2], ret->gateway) &&
	       take_hex32(f[3], &ret->flags) && take_decimal32(f[4], &ret->refcnt) &&
	       take_decimal32(f[5], &ret->use) && take_decimal32(f[6], &ret->metric) &&
	       take_address32(f[7], ret->mask) && take_decimal32(f[8], &ret->mtu) &&
	       take_decimal32(f[9], &ret->window) && take_decimal32(f[10], &ret->irtt);
}

/* destination, its prefix, source, its prefix, next hop, metric, refcnt, use, flags, iface */
bool route_parse_ipv6(struct slice line, struct route *ret)
{
	struct slice f[FIELDS_IPV6];

	*ret = (struct route){.family = AF_INET6};
	return slice_fields(line, f, FIELDS_IPV6) >= FIELDS_IPV6 &&
	       take_address128(f[0], ret->destination) &&
	       take_prefix(f[1], &ret->destination_prefix) && take_address128(f[2], ret->source) &&
	       take_prefix(f[3], &ret->source_prefix) && take_address128(f[4], ret->gateway) &&
	       take_hex32(f[5], &ret->metric) && take_hex32(f[6], &ret->refcnt) &&
	       take_hex32(f[7], &ret->use) && take_hex32(f[8], &ret->flags) &&
	       take_name(f[9], ret->iface);
}

struct reading {
	bool (*parse)(struct slice line, struct route *ret);
	struct arena      *arena;
	struct route_list *list;
};

static int take(struct slice line, void *data, struct err *err)
{
	struct reading *to = data;
	struct route    route, *item;

	if (!to->parse(line, &route))
		return 1;
	item = arena_push(to->arena, &to->list->items, &to->list->n, sizeof(*item));
	if (!item)
		return err_os(err, ENOMEM, "cannot list the routes");
	*item = route;
	return 1;
}

/* A kernel without the family has no such file. */
int route_read(const struct sys_root *r, struct arena *a, struct route_list *ret, struct err *err)
{
	struct reading ipv4 = {.parse = route_parse_ipv4, .arena = a, .list = ret};
	struct reading ipv6 = {.parse = route_parse_ipv6, .arena = a, .list = ret};

	*ret = (struct route_list){0};
	if (lines_each_opt(r, "/proc/net/route", take, &ipv4, err) < 0)
		return -1;
	return lines_each_opt(r, "/proc/net/ipv6_route", take, &ipv6, err);
}
