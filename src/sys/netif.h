/* SPDX-License-Identifier: MIT */
/*
 * Network interfaces with their addresses and counters, as getifaddrs(3), SIOCGIFHWADDR and
 * /proc/net/dev show them together, but from one dump of links and one of addresses.
 *
 * An IPv4 address with a label that is not its interface's name ("eth0:1") makes, or joins, an
 * interface of that name: that is what getifaddrs() reports, and clients know it (decisions.md row
 * 50).
 */
#ifndef SYS_NETIF_H
#define SYS_NETIF_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "sys/root.h"
#include "sys/rtnetlink.h"

/* How often a dump is repeated when the table changes meanwhile; then the last one has to do. */
#define NETIF_TRIES 4

#define NETIF_MAC_SIZE 6

struct netif_stats {
	uint64_t rx_bytes, rx_packets, rx_errs, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_errs, tx_dropped;
};

struct netif_address {
	int32_t                     index;  /* of the interface */
	int                         family; /* AF_INET, AF_INET6 */
	uint8_t                     bytes[16];
	uint8_t                     prefix;
	char                        label[IFNAMSIZ]; /* "": none */
	const struct netif_address *next;            /* of the same interface */
};

struct netif {
	int32_t            index;
	char               name[IFNAMSIZ];
	bool               has_mac;
	uint8_t            mac[NETIF_MAC_SIZE]; /* zeros where the link has none */
	bool               has_stats;
	struct netif_stats stats;

	const struct netif_address *first;
	struct netif_address       *last;
};

struct netif_list {
	size_t        n;
	struct netif *items; /* links in the kernel's order, then labels as they appear */
};

/* One message of the dumps; false when it is none of an interface with a name, or of an address of
 * IP. */
bool netif_parse_link(const struct nlmsghdr *message, struct netif *ret);
bool netif_parse_address(const struct nlmsghdr *message, struct netif_address *ret);

/* Both dumps, joined, in memory of the arena. 0, -1 (ENOMEM, or what the kernel said). */
int netif_read(const struct sys_root *r, struct arena *a, struct netif_list *ret, int *ret_os);

#endif
