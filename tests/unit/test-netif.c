/* SPDX-License-Identifier: MIT */
/* Dumps of links and addresses as the kernel sends them, broken ones, and how they are joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "captured.h"
#include "sys/netif.h"

static struct captured c;
static struct arena    arena;

/* A dump that is being made. */
static _Alignas(struct nlmsghdr) char dump[16384];
static size_t dump_len;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&arena, 1 << 20);
	dump_len = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	captured_close(&c);
	return 0;
}

static struct nlmsghdr *begin(uint16_t type)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(dump + dump_len);

	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_MULTI;
	return m;
}

static struct nlmsghdr *finish(struct nlmsghdr *m)
{
	dump_len += MNL_ALIGN(m->nlmsg_len);
	assert_true(dump_len < sizeof(dump));
	return m;
}

static struct nlmsghdr *begin_link(int index, const char *name)
{
	struct nlmsghdr  *m = begin(RTM_NEWLINK);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(m, sizeof(*info));

	info->ifi_index = index;
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	return m;
}

static void put_link(int index, const char *name, const char *mac)
{
	struct nlmsghdr *m = begin_link(index, name);

	if (mac)
		mnl_attr_put(m, IFLA_ADDRESS, strlen(mac), mac);
	finish(m);
}

static void put_address_bytes(struct nlmsghdr *m, uint16_t type, int family, const char *text)
{
	char bytes[16];

	assert_int_equal(inet_pton(family, text, bytes), 1);
	mnl_attr_put(m, type, family == AF_INET ? 4 : 16, bytes);
}

static struct nlmsghdr *put_address(int index, const char *local, const char *address, int prefix,
				    const char *label)
{
	const char       *any = local ? local : address;
	int               family = strchr(any, ':') ? AF_INET6 : AF_INET;
	struct nlmsghdr  *m = begin(RTM_NEWADDR);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(m, sizeof(*info));

	info->ifa_family = (uint8_t)family;
	info->ifa_prefixlen = (uint8_t)prefix;
	info->ifa_index = (uint32_t)index;
	if (address)
		put_address_bytes(m, IFA_ADDRESS, family, address);
	if (local)
		put_address_bytes(m, IFA_LOCAL, family, local);
	if (label)
		mnl_attr_put_strz(m, IFA_LABEL, label);
	return finish(m);
}

static void save(const char *name, bool interrupted)
{
	struct nlmsghdr *m = begin(NLMSG_DONE);
	int              zero = 0;

	memcpy(mnl_nlmsg_put_extra_header(m, sizeof(zero)), &zero, sizeof(zero));
	m->nlmsg_flags |= interrupted ? NLM_F_DUMP_INTR : 0;
	finish(m);
	captured_bytes(&c, name, dump, dump_len);
	dump_len = 0;
}

static void save_links(void)
{
	save("/.virtagent/rtnetlink/links", false);
}

static void save_addresses(void)
{
	save("/.virtagent/rtnetlink/addresses", false);
}

static void check_mac(const char *mac, size_t n, const char *want)
{
	struct nlmsghdr *m = begin_link(1, "eth0");
	struct netif     link;
	char             text[18];

	if (n)
		mnl_attr_put(m, IFLA_ADDRESS, n, mac);
	assert_true(netif_parse_link(finish(m), &link));
	assert_true(link.has_mac);
	(void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", link.mac[0],
		       link.mac[1], link.mac[2], link.mac[3], link.mac[4], link.mac[5]);
	assert_string_equal(text, want);
}

static void hardware_addresses_of_every_length(void **state)
{
	(void)state;
	check_mac("", 0, "00:00:00:00:00:00");
	check_mac("\x0a\x01\x02\x03", 4, "0a:01:02:03:00:00");
	check_mac("\x52\x54\x00\xff\x01\x02", 6, "52:54:00:ff:01:02");
	check_mac(
		"\x80\x00\x00\x48\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07",
		20, "80:00:00:48:fe:80");
}

static void counters(void **state)
{
	struct rtnl_link_stats64 from = {.rx_packets = 1,
					 .tx_packets = 2,
					 .rx_bytes = UINT64_MAX,
					 .tx_bytes = 4,
					 .rx_errors = 5,
					 .tx_errors = 6,
					 .rx_dropped = 7,
					 .tx_dropped = 8,
					 .rx_missed_errors = 100};
	struct nlmsghdr         *m = begin_link(7, "eth0");
	struct netif             link;

	(void)state;
	mnl_attr_put(m, IFLA_STATS64, sizeof(from), &from);
	assert_true(netif_parse_link(finish(m), &link));
	assert_int_equal(link.index, 7);
	assert_string_equal(link.name, "eth0");
	assert_true(link.has_stats);
	assert_true(link.stats.rx_bytes == UINT64_MAX && link.stats.tx_bytes == 4);
	assert_true(link.stats.rx_packets == 1 && link.stats.tx_packets == 2);
	assert_true(link.stats.rx_errs == 5 && link.stats.tx_errs == 6);
	assert_true(link.stats.rx_dropped == 107 && link.stats.tx_dropped == 8);
	m = begin_link(7, "eth0");
	mnl_attr_put(m, IFLA_STATS64, 16, &from); /* an older kernel knows fewer */
	assert_true(netif_parse_link(finish(m), &link));
	assert_true(link.stats.rx_packets == 1 && link.stats.rx_bytes == 0);
}

static void links_without_a_name(void **state)
{
	struct netif     link;
	struct nlmsghdr *m;

	(void)state;
	assert_false(netif_parse_link(finish(begin_link(1, "")), &link));
	assert_false(netif_parse_link(finish(begin_link(1, "sixteen_letters_")), &link));
	m = begin(RTM_NEWLINK);
	assert_false(netif_parse_link(finish(m), &link));
	m = begin_link(1, "eth0");
	m->nlmsg_type = RTM_DELLINK;
	assert_false(netif_parse_link(finish(m), &link));
	/* a name that does not end inside its attribute */
	m = begin(RTM_NEWLINK);
	(void)mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg));
	mnl_attr_put(m, IFLA_IFNAME, 4, "veth");
	assert_true(netif_parse_link(finish(m), &link));
	assert_string_equal(link.name, "veth");
}

static void check_address(const struct nlmsghdr *m, const char *want, int prefix)
{
	struct netif_address address;
	char                 text[INET6_ADDRSTRLEN];

	assert_true(netif_parse_address(m, &address));
	assert_non_null(inet_ntop(address.family, address.bytes, text, sizeof(text)));
	assert_string_equal(text, want);
	assert_int_equal(address.prefix, prefix);
}

static void addresses(void **state)
{
	struct netif_address address;
	struct nlmsghdr     *m;

	(void)state;
	check_address(put_address(1, "10.0.0.5", "10.0.0.5", 24, "eth0"), "10.0.0.5", 24);
	/* point to point: the local address, the peer's prefix */
	check_address(put_address(1, "10.0.0.5", "10.9.9.9", 32, NULL), "10.0.0.5", 32);
	check_address(put_address(1, NULL, "fe80::1", 64, NULL), "fe80::1", 64);
	check_address(put_address(1, "fd00::1", "fd00::2", 128, NULL), "fd00::1", 128);
	check_address(put_address(1, "10.0.0.5", NULL, 200, NULL), "10.0.0.5", 32);
	m = begin(RTM_NEWADDR);
	assert_false(netif_parse_address(finish(m), &address));
	m = put_address(1, "10.0.0.5", NULL, 24, NULL);
	((struct ifaddrmsg *)mnl_nlmsg_get_payload(m))->ifa_family = AF_INET6;
	assert_false(netif_parse_address(m, &address)); /* four bytes are no IPv6 address */
	((struct ifaddrmsg *)mnl_nlmsg_get_payload(m))->ifa_family = AF_MPLS;
	assert_false(netif_parse_address(m, &address));
	m = begin(RTM_NEWADDR);
	((struct ifaddrmsg *)mnl_nlmsg_put_extra_header(m, sizeof(struct ifaddrmsg)))->ifa_family =
		AF_INET;
	assert_false(netif_parse_address(finish(m), &address));
}

static struct netif_list joined(void)
{
	struct netif_list list;
	int               os;

	assert_int_equal(netif_read(&c.root, &arena, &list, &os), 0);
	return list;
}

static size_t count(const struct netif *link)
{
	const struct netif_address *a;
	size_t                      n = 0;

	for (a = link->first; a; a = a->next)
		n++;
	return n;
}

static void joined_by_index(void **state)
{
	struct netif_list list;

	(void)state;
	put_link(1, "lo", NULL);
	put_link(900000, "eth0", "\x52\x54\x01\x02\x03\x04");
	put_link(17, "down0", NULL);
	save_links();
	put_address(900000, "10.0.0.5", NULL, 24, "eth0");
	put_address(1, "127.0.0.1", NULL, 8, "lo");
	put_address(900000, NULL, "fe80::1", 64, NULL);
	save_addresses();
	list = joined();
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[0].name, "lo");
	assert_string_equal(list.items[1].name, "eth0");
	assert_string_equal(list.items[2].name, "down0");
	assert_int_equal(count(&list.items[0]), 1);
	assert_int_equal(count(&list.items[1]), 2);
	assert_int_equal(list.items[1].first->family, AF_INET);
	assert_int_equal(count(&list.items[2]), 0);
}

static void labels_are_interfaces(void **state)
{
	struct netif_list list;

	(void)state;
	put_link(1, "lo", NULL);
	put_link(2, "eth0", "\x52\x54\x01\x02\x03\x04");
	put_link(3, "eth1", "\x52\x54\x01\x02\x03\x05");
	save_links();
	put_address(2, "10.0.0.1", NULL, 24, "eth0");
	put_address(2, "10.0.0.2", NULL, 24, "eth0:1");
	put_address(2, "10.0.0.3", NULL, 24, "strange"); /* of no device */
	put_address(2, "10.0.0.4", NULL, 24, "eth1");    /* of another one */
	put_address(2, "10.0.0.5", NULL, 24, "eth0:1");
	save_addresses();
	list = joined();
	assert_int_equal(list.n, 5);
	assert_int_equal(count(&list.items[1]), 1);
	assert_string_equal(list.items[2].name, "eth1");
	assert_int_equal(count(&list.items[2]), 1);
	assert_string_equal(list.items[3].name, "eth0:1");
	assert_int_equal(count(&list.items[3]), 2);
	assert_true(list.items[3].has_mac);
	assert_false(list.items[3].has_stats);
	assert_memory_equal(list.items[3].mac, list.items[1].mac, NETIF_MAC_SIZE);
	assert_string_equal(list.items[4].name, "strange");
	assert_false(list.items[4].has_mac);
}

static void many_with_labels(void **state)
{
	struct netif_list list;
	char              name[IFNAMSIZ];
	int               i;

	(void)state;
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "veth%d", i);
		put_link(i * 256 + 1, name, NULL); /* all in one bucket of a simple hash */
	}
	save_links();
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "veth%d:9", i);
		put_address((99 - i) * 256 + 1, "10.0.0.1", NULL, 8, name);
	}
	save_addresses();
	list = joined();
	assert_int_equal(list.n, 200);
	assert_string_equal(list.items[99].name, "veth99");
	assert_null(list.items[99].first);
	assert_string_equal(list.items[100].name, "veth0:9");
	assert_string_equal(list.items[199].name, "veth99:9");
}

static void what_changes_meanwhile(void **state)
{
	struct netif_list list;

	(void)state;
	put_link(1, "lo", NULL);
	put_link(1, "lo", NULL); /* an interrupted dump can say things twice */
	put_link(2, "eth0", NULL);
	save("/.virtagent/rtnetlink/links", true);
	put_address(3, "10.0.0.5", NULL, 24, "eth1"); /* came after the dump of links */
	put_address(2, "10.0.0.6", NULL, 24, "eth0");
	save("/.virtagent/rtnetlink/addresses", true);
	list = joined();
	assert_int_equal(list.n, 2);
	assert_int_equal(count(&list.items[1]), 1);
}

static void dumps_that_fail(void **state)
{
	struct netif_list list;
	struct nlmsghdr  *m;
	struct nlmsgerr  *e;
	int               os;

	(void)state;
	assert_int_equal(netif_read(&c.root, &arena, &list, &os), -1);
	assert_int_equal(os, ENOSYS);
	m = begin(NLMSG_ERROR);
	e = mnl_nlmsg_put_extra_header(m, sizeof(*e));
	e->error = -EPERM;
	finish(m);
	save_links();
	assert_int_equal(netif_read(&c.root, &arena, &list, &os), -1);
	assert_int_equal(os, EPERM);
	put_link(1, "lo", NULL);
	captured_bytes(&c, "/.virtagent/rtnetlink/links", dump, dump_len - 3);
	assert_int_equal(netif_read(&c.root, &arena, &list, &os), -1);
	assert_int_equal(os, EBADMSG);
	((struct nlmsghdr *)dump)->nlmsg_len = 0x80000000; /* not negative: longer than there is */
	captured_bytes(&c, "/.virtagent/rtnetlink/links", dump, dump_len);
	assert_int_equal(netif_read(&c.root, &arena, &list, &os), -1);
	assert_int_equal(os, EBADMSG);
}

static void real_interfaces(void **state)
{
	struct sys_root   real;
	struct netif_list list;
	struct err        err;
	size_t            i;
	bool              loopback = false;
	int               os;

	(void)state;
	err_init(&err);
	assert_int_equal(root_init(&real, NULL, c.dir, &err), 0);
	assert_int_equal(netif_read(&real, &arena, &list, &os), 0);
	for (i = 0; i < list.n; i++) {
		loopback |= !strcmp(list.items[i].name, "lo");
		if (!strchr(list.items[i].name, ':'))
			assert_int_equal(list.items[i].index, if_nametoindex(list.items[i].name));
	}
	assert_true(loopback);
	root_fini(&real);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(hardware_addresses_of_every_length),
		T(counters),
		T(links_without_a_name),
		T(addresses),
		T(joined_by_index),
		T(labels_are_interfaces),
		T(many_with_labels),
		T(what_changes_meanwhile),
		T(dumps_that_fail),
		T(real_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
