/* SPDX-License-Identifier: MIT */
#include "sys/netif.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "sys/netlink.h"

/* Copies a name that ends within the attribute. */
static bool copy_name(const struct netlink_attr *attr, char to[IFNAMSIZ])
{
	size_t n = strnlen(attr->data, attr->len);

	if (n == 0 || n >= IFNAMSIZ)
		return false;
	memcpy(to, attr->data, n);
	to[n] = '\0';
	return true;
}

/*
 * What SIOCGIFHWADDR fills in: a shorter address is followed by zeros, a longer one is cut, and
 * without any there are only zeros.
 */
static void copy_mac(const struct netlink_attr *attr, uint8_t to[NETIF_MAC_SIZE])
{
	size_t n = attr->len;

	memcpy(to, attr->data, n < NETIF_MAC_SIZE ? n : NETIF_MAC_SIZE);
}

/* Names as in /proc/net/dev, which counts missed packets as dropped. */
static void copy_stats(const struct netlink_attr *attr, struct netif_stats *to)
{
	struct rtnl_link_stats64 from = {0};
	size_t                   n = attr->len;

	memcpy(&from, attr->data, n < sizeof(from) ? n : sizeof(from));
	*to = (struct netif_stats){
		.rx_bytes = from.rx_bytes,
		.rx_packets = from.rx_packets,
		.rx_errs = from.rx_errors,
		.rx_dropped = from.rx_dropped + from.rx_missed_errors,
		.tx_bytes = from.tx_bytes,
		.tx_packets = from.tx_packets,
		.tx_errs = from.tx_errors,
		.tx_dropped = from.tx_dropped,
	};
}

bool netif_parse_link(const struct nlmsghdr *message, struct netif *ret)
{
	const struct ifinfomsg *info = netlink_payload(message);
	struct netlink_attrs    attrs;
	struct netlink_attr     attr;

	*ret = (struct netif){.has_mac = true};
	if (message->nlmsg_type != RTM_NEWLINK || netlink_payload_len(message) < sizeof(*info))
		return false;
	ret->index = info->ifi_index;
	attrs = netlink_attrs(message, sizeof(*info));
	while (netlink_next(&attrs, &attr)) {
		switch (attr.type) {
		case IFLA_IFNAME:
			(void)copy_name(&attr, ret->name);
			break;
		case IFLA_ADDRESS:
			copy_mac(&attr, ret->mac);
			break;
		case IFLA_STATS64:
			copy_stats(&attr, &ret->stats);
			ret->has_stats = true;
			break;
		}
	}
	return ret->name[0] != '\0';
}

static size_t address_size(int family)
{
	if (family == AF_INET)
		return 4;
	return family == AF_INET6 ? 16 : 0;
}

bool netif_parse_address(const struct nlmsghdr *message, struct netif_address *ret)
{
	const struct ifaddrmsg *info = netlink_payload(message);
	struct netlink_attrs    attrs;
	struct netlink_attr     attr, address = {0}, local = {0};
	size_t                  size;

	*ret = (struct netif_address){0};
	if (message->nlmsg_type != RTM_NEWADDR || netlink_payload_len(message) < sizeof(*info))
		return false;
	ret->index = (int32_t)info->ifa_index;
	ret->family = info->ifa_family;
	size = address_size(ret->family);
	attrs = netlink_attrs(message, sizeof(*info));
	while (netlink_next(&attrs, &attr)) {
		switch (attr.type) {
		case IFA_ADDRESS: /* the peer, if there is one: then the prefix is the peer's too */
			address = attr;
			break;
		case IFA_LOCAL:
			local = attr;
			break;
		case IFA_LABEL:
			(void)copy_name(&attr, ret->label);
			break;
		}
	}
	attr = local.data ? local : address;
	if (!size || attr.len != size)
		return false;
	memcpy(ret->bytes, attr.data, size);
	ret->prefix = info->ifa_prefixlen < size * 8 ? info->ifa_prefixlen : (uint8_t)(size * 8);
	return true;
}

/*
 * A hash table of places in a list: open addressing, at most half full. Names and indexes are the
 * guest administrator's, so a simple function will do.
 */
struct places {
	uint32_t *slots; /* place + 1, 0: free */
	size_t    mask;
};

static bool places_init(struct places *t, struct arena *a, size_t n)
{
	size_t size = 16;

	while (size < n * 2)
		size *= 2;
	t->slots = arena_array(a, size, sizeof(*t->slots));
	t->mask = size - 1;
	return t->slots != NULL;
}

static size_t hash_index(int32_t index)
{
	return (uint32_t)index * 2654435761u >> 4;
}

static size_t hash_name(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

/* The slot of the interface with that index, or the free one where it belongs. */
static uint32_t *slot_of_index(const struct places *t, const struct netif_list *list, int32_t index)
{
	size_t i = hash_index(index) & t->mask;

	while (t->slots[i] && list->items[t->slots[i] - 1].index != index)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static uint32_t *slot_of_name(const struct places *t, const struct netif_list *list,
			      const char *name)
{
	size_t i = hash_name(name) & t->mask;

	while (t->slots[i] && strcmp(list->items[t->slots[i] - 1].name, name) != 0)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

struct address_list {
	size_t                n;
	struct netif_address *items;
};

struct reading {
	struct arena       *arena;
	struct netif_list   links;
	struct address_list addresses;
	struct places       by_index;
	struct places       by_name; /* made when the first label comes */
};

static bool take_link(const struct nlmsghdr *message, void *arg)
{
	struct reading *in = arg;
	struct netif    link, *item;

	if (!netif_parse_link(message, &link))
		return true;
	item = arena_push(in->arena, &in->links.items, &in->links.n, sizeof(*item));
	if (item)
		*item = link;
	return item != NULL;
}

static bool take_address(const struct nlmsghdr *message, void *arg)
{
	struct reading      *in = arg;
	struct netif_address address, *item;

	if (!netif_parse_address(message, &address))
		return true;
	item = arena_push(in->arena, &in->addresses.items, &in->addresses.n, sizeof(*item));
	if (item)
		*item = address;
	return item != NULL;
}

static int read_links(const struct sys_root *r, struct reading *in, int *ret_os)
{
	int tries = 0, rc;

	do {
		in->links = (struct netif_list){0};
		rc = rtnetlink_dump(r, RTNETLINK_LINKS, take_link, in, ret_os);
	} while (rc > 0 && ++tries < NETIF_TRIES);
	return rc < 0 ? -1 : 0;
}

static int read_addresses(const struct sys_root *r, struct reading *in, int *ret_os)
{
	int tries = 0, rc;

	do {
		in->addresses = (struct address_list){0};
		rc = rtnetlink_dump(r, RTNETLINK_ADDRESSES, take_address, in, ret_os);
	} while (rc > 0 && ++tries < NETIF_TRIES);
	return rc < 0 ? -1 : 0;
}

/* An interface that a dump reported twice, because the table changed, counts once. */
static bool index_links(struct reading *in)
{
	struct netif_list *list = &in->links;
	size_t             i, kept = 0;

	if (!places_init(&in->by_index, in->arena, list->n))
		return false;
	for (i = 0; i < list->n; i++) {
		uint32_t *slot = slot_of_index(&in->by_index, list, list->items[i].index);

		if (*slot)
			continue;
		list->items[kept++] = list->items[i];
		*slot = (uint32_t)kept;
	}
	list->n = kept;
	return true;
}

static bool index_names(struct reading *in)
{
	size_t i;

	/* each address can bring a name of its own */
	if (!places_init(&in->by_name, in->arena, in->links.n + in->addresses.n))
		return false;
	for (i = 0; i < in->links.n; i++)
		*slot_of_name(&in->by_name, &in->links, in->links.items[i].name) = (uint32_t)i + 1;
	return true;
}

/* An address's interface goes by its label. The kernel looks devices up by what is in front of the
 * colon, so the label has that device's hardware address, or none. */
static struct netif *add_label(struct reading *in, const char *label)
{
	struct netif *item = arena_push(in->arena, &in->links.items, &in->links.n, sizeof(*item));
	char          device[IFNAMSIZ];
	uint32_t      place;

	if (!item)
		return NULL;
	(void)snprintf(item->name, sizeof(item->name), "%s", label);
	(void)snprintf(device, sizeof(device), "%.*s", (int)strcspn(label, ":"), label);
	place = *slot_of_name(&in->by_name, &in->links, device);
	if (place) {
		item->has_mac = true;
		memcpy(item->mac, in->links.items[place - 1].mac, sizeof(item->mac));
	}
	return item;
}

/* NULL: no memory */
static struct netif *find_label(struct reading *in, const char *label)
{
	struct netif *item;
	uint32_t     *slot;

	if (!in->by_name.slots && !index_names(in))
		return NULL;
	slot = slot_of_name(&in->by_name, &in->links, label);
	if (*slot)
		return &in->links.items[*slot - 1];
	item = add_label(in, label);
	if (item)
		*slot = (uint32_t)in->links.n;
	return item;
}

static void append(struct netif *to, struct netif_address *address)
{
	if (to->last)
		to->last->next = address;
	else
		to->first = address;
	to->last = address;
}

/*
 * 0; 1: an address is of an interface that the dump of links did not have yet; -1: no memory.
 */
static int join(struct reading *in)
{
	bool   strange = false;
	size_t i;

	if (!index_links(in))
		return -1;
	for (i = 0; i < in->addresses.n; i++) {
		struct netif_address *address = &in->addresses.items[i];
		uint32_t      place = *slot_of_index(&in->by_index, &in->links, address->index);
		struct netif *to;

		strange |= place == 0;
		if (!place)
			continue;
		to = &in->links.items[place - 1];
		if (address->label[0] && strcmp(address->label, to->name) != 0)
			to = find_label(in, address->label);
		if (!to)
			return -1;
		append(to, address);
	}
	return strange;
}

int netif_read(const struct sys_root *r, struct arena *a, struct netif_list *ret, int *ret_os)
{
	int tries = 0, rc;

	do {
		struct reading in = {.arena = a};

		if (read_links(r, &in, ret_os) < 0 || read_addresses(r, &in, ret_os) < 0)
			return -1;
		rc = join(&in);
		*ret = in.links;
	} while (rc > 0 && ++tries < NETIF_TRIES);
	*ret_os = rc < 0 ? ENOMEM : 0;
	return rc < 0 ? -1 : 0;
}
