/* SPDX-License-Identifier: MIT */
/*
 * Dumps of the kernel's network tables (rtnetlink(7)), message by message in constant memory.
 */
#ifndef SYS_RTNETLINK_H
#define SYS_RTNETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/root.h"

enum rtnetlink_table {
	RTNETLINK_LINKS,     /* RTM_GETLINK: RTM_NEWLINK messages with struct ifinfomsg */
	RTNETLINK_ADDRESSES, /* RTM_GETADDR: RTM_NEWADDR messages with struct ifaddrmsg */
};

/* Called with each message that is complete; false ends the dump with ENOMEM. */
typedef bool rtnetlink_visit(const struct nlmsghdr *message, void *arg);

struct rtnetlink_walk {
	bool done;        /* the end of the dump was seen */
	bool interrupted; /* the table changed meanwhile: something may be missing or double */
	int  os;          /* errno that the kernel, or the visitor, ended it with; 0 */
};

/* Walks over what one receive gave. What is not a whole message ends it with EBADMSG. */
void rtnetlink_walk(const void *data, size_t len, rtnetlink_visit *visit, void *arg,
		    struct rtnetlink_walk *walk);

/* 0; 1: to the end, but interrupted (see above), so do it again; -1. */
int rtnetlink_dump(const struct sys_root *r, enum rtnetlink_table table, rtnetlink_visit *visit,
		   void *arg, int *ret_os);

#endif
