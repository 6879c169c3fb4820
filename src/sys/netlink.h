/* SPDX-License-Identifier: MIT */
/*
 * Netlink messages (netlink(7)): what is behind their headers, within their bounds. The tests hold
 * this to libmnl, which is not linked in: most distributions have no static library of it, and it
 * takes lengths from 2 GiB on for good.
 */
#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether `left` bytes hold all of the message that begins there. The functions below want such. */
bool netlink_is_whole(const struct nlmsghdr *m, size_t left);

/* What is behind the header of netlink: aligned for any header of a family. */
const void *netlink_payload(const struct nlmsghdr *m);
size_t      netlink_payload_len(const struct nlmsghdr *m);

struct netlink_attr {
	unsigned    type;
	const char *data; /* in the message, aligned to 4 bytes */
	size_t      len;
};

struct netlink_attrs {
	const char *at;
	size_t      left;
};

/* The attributes behind the header of a family, which has `header` bytes. */
struct netlink_attrs netlink_attrs(const struct nlmsghdr *m, size_t header);

/* The next one; false at the end, and at the first that is not whole. */
bool netlink_next(struct netlink_attrs *attrs, struct netlink_attr *ret);

#endif
