/* SPDX-License-Identifier: MIT */
/* guest-network-get-interfaces, guest-network-get-route */
#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/netif.h"
#include "sys/route.h"

/* Longest pattern of --hide-interfaces that can match a name of IFNAMSIZ. */
#define PATTERN_MAX 128

/* As inet_ntop(3) has it, but without printf: a table of routes has three of these in each line. */
static char *ipv4_text(struct arena *a, const uint8_t *bytes)
{
	char   text[INET_ADDRSTRLEN];
	size_t n = 0, i;

	for (i = 0; i < 4; i++) {
		if (bytes[i] >= 100)
			text[n++] = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			text[n++] = (char)('0' + bytes[i] / 10 % 10);
		text[n++] = (char)('0' + bytes[i] % 10);
		text[n++] = i < 3 ? '.' : '\0';
	}
	return arena_strdup(a, text);
}

static char *address_text(struct arena *a, int family, const void *bytes)
{
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET)
		return ipv4_text(a, bytes);
	return inet_ntop(family, bytes, text, sizeof(text)) ? arena_strdup(a, text) : NULL;
}

static bool matches(const struct option_word *pattern, const char *name)
{
	char text[PATTERN_MAX], device[IFNAMSIZ];

	if (pattern->len >= sizeof(text))
		return false;
	memcpy(text, pattern->start, pattern->len);
	text[pattern->len] = '\0';
	/* a label goes with its interface */
	(void)snprintf(device, sizeof(device), "%.*s", (int)strcspn(name, ":"), name);
	return fnmatch(text, name, 0) == 0 || fnmatch(text, device, 0) == 0;
}

static bool is_hidden(const struct option_list *patterns, const char *name)
{
	struct option_word w = {0};

	while (option_list_next(patterns, &w))
		if (matches(&w, name))
			return true;
	return false;
}

/*
 * Moves what is shown to the front, in the same order. Under a limit, interfaces with an address
 * come before those without.
 */
static void choose_interfaces(const struct options *o, struct netif_list *list)
{
	size_t max = o->max_interfaces ? (size_t)o->max_interfaces : SIZE_MAX;
	size_t i, n = 0, addressed = 0, room;

	for (i = 0; i < list->n; i++) {
		if (is_hidden(&o->hide_interfaces, list->items[i].name))
			continue;
		list->items[n++] = list->items[i];
		addressed += list->items[i].first != NULL;
	}
	list->n = n;
	addressed = addressed < max ? addressed : max;
	room = max - addressed;
	for (i = 0, n = 0; i < list->n; i++) {
		size_t *left = list->items[i].first ? &addressed : &room;

		if (*left == 0)
			continue;
		(*left)--;
		list->items[n++] = list->items[i];
	}
	list->n = n;
}

static int fill_addresses(struct arena *a, const struct netif *from,
			  struct guest_network_interface *to)
{
	const struct netif_address *address;
	struct guest_ip_address    *item;

	for (address = from->first; address; address = address->next)
		to->ip_addresses.n++;
	to->has_ip_addresses = to->ip_addresses.n > 0;
	to->ip_addresses.items = arena_array(a, to->ip_addresses.n, sizeof(*item));
	item = to->ip_addresses.items;
	if (!item)
		return -1;
	for (address = from->first; address; address = address->next, item++) {
		item->ip_address = address_text(a, address->family, address->bytes);
		item->ip_address_type = address->family == AF_INET ? GUEST_IP_ADDRESS_TYPE_IPV4
								   : GUEST_IP_ADDRESS_TYPE_IPV6;
		item->prefix = address->prefix;
		if (!item->ip_address)
			return -1;
	}
	return 0;
}

static void fill_statistics(const struct netif_stats *from, struct guest_network_interface_stat *to)
{
	to->rx_bytes = from->rx_bytes;
	to->rx_packets = from->rx_packets;
	to->rx_errs = from->rx_errs;
	to->rx_dropped = from->rx_dropped;
	to->tx_bytes = from->tx_bytes;
	to->tx_packets = from->tx_packets;
	to->tx_errs = from->tx_errs;
	to->tx_dropped = from->tx_dropped;
}

static int fill_interface(struct arena *a, const struct netif *from,
			  struct guest_network_interface *to)
{
	const uint8_t *m = from->mac;

	to->name = (char *)from->name; /* lives in the arena */
	to->has_hardware_address = from->has_mac;
	if (from->has_mac) {
		to->hardware_address = arena_printf(a, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
						    m[2], m[3], m[4], m[5]);
		if (!to->hardware_address)
			return -1;
	}
	/* counters only with an address: clients tell interfaces that matter by them */
	to->has_statistics = from->has_stats && from->first;
	fill_statistics(&from->stats, &to->statistics);
	return from->first ? fill_addresses(a, from, to) : 0;
}

int cmd_guest_network_get_interfaces(struct request *rq, const void *in,
				     struct guest_network_get_interfaces_out *out, struct err *err)
{
	struct netif_list list;
	size_t            i;
	int               os;

	(void)in;
	if (netif_read(rq->root, rq->arena, &list, &os) < 0)
		return err_os(err, os, "getifaddrs failed");
	choose_interfaces(rq->options, &list);
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	out->n = out->items ? list.n : 0;
	for (i = 0; i < out->n; i++)
		if (fill_interface(rq->arena, &list.items[i], &out->items[i]) < 0)
			break;
	return out->items && i == list.n ? 0 : err_os(err, ENOMEM, "cannot list the interfaces");
}

/* Of the two families only the members that it has. False: no memory. */
static bool fill_ipv4(struct arena *a, const struct route *from, struct guest_network_route *to)
{
	to->destination = address_text(a, AF_INET, from->destination);
	to->gateway = address_text(a, AF_INET, from->gateway);
	to->mask = address_text(a, AF_INET, from->mask);
	to->has_gateway = to->has_mask = to->has_irtt = to->has_window = to->has_mtu = true;
	to->irtt = from->irtt;
	to->window = from->window;
	to->mtu = from->mtu;
	to->version = 4;
	return to->destination && to->gateway && to->mask;
}

static bool fill_ipv6(struct arena *a, const struct route *from, struct guest_network_route *to)
{
	to->destination = address_text(a, AF_INET6, from->destination);
	to->source = address_text(a, AF_INET6, from->source);
	to->nexthop = address_text(a, AF_INET6, from->gateway);
	to->desprefixlen = arena_printf(a, "%u", from->destination_prefix);
	to->srcprefixlen = arena_printf(a, "%u", from->source_prefix);
	to->has_source = to->has_nexthop = to->has_desprefixlen = to->has_srcprefixlen = true;
	to->version = 6;
	return to->destination && to->source && to->nexthop && to->desprefixlen && to->srcprefixlen;
}

static bool fill_route(struct arena *a, const struct route *from, struct guest_network_route *to)
{
	to->iface = (char *)from->iface; /* lives in the arena */
	to->metric = from->metric;
	to->has_flags = to->has_refcnt = to->has_use = true;
	to->flags = from->flags;
	to->refcnt = from->refcnt;
	to->use = from->use;
	return from->family == AF_INET ? fill_ipv4(a, from, to) : fill_ipv6(a, from, to);
}

int cmd_guest_network_get_route(struct request *rq, const void *in,
				struct guest_network_get_route_out *out, struct err *err)
{
	struct route_list list;
	size_t            i;

	(void)in;
	if (route_read(rq->root, rq->arena, &list, err) < 0)
		return -1;
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	out->n = out->items ? list.n : 0;
	for (i = 0; i < out->n; i++)
		if (!fill_route(rq->arena, &list.items[i], &out->items[i]))
			break;
	return out->items && i == list.n ? 0 : err_os(err, ENOMEM, "cannot list the routes");
}
