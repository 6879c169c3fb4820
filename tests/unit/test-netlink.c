/* SPDX-License-Identifier: MIT */
/* Netlink messages beside libmnl, and what is not whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "sys/netlink.h"

#define HEADER sizeof(struct ifinfomsg)

static _Alignas(struct nlmsghdr) char buffer[4096];

static struct nlmsghdr *new_message(void)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buffer);

	m->nlmsg_type = RTM_NEWLINK;
	(void)mnl_nlmsg_put_extra_header(m, HEADER);
	return m;
}

static void check_beside_libmnl(const struct nlmsghdr *m)
{
	struct netlink_attrs attrs = netlink_attrs(m, HEADER);
	struct netlink_attr  ours;
	const struct nlattr *theirs;

	assert_ptr_equal(netlink_payload(m), mnl_nlmsg_get_payload(m));
	assert_int_equal(netlink_payload_len(m), mnl_nlmsg_get_payload_len(m));
	mnl_attr_for_each(theirs, m, HEADER)
	{
		assert_true(netlink_next(&attrs, &ours));
		assert_int_equal(ours.type, mnl_attr_get_type(theirs));
		assert_ptr_equal(ours.data, mnl_attr_get_payload(theirs));
		assert_int_equal(ours.len, mnl_attr_get_payload_len(theirs));
	}
	assert_false(netlink_next(&attrs, &ours));
}

static void test_beside_libmnl(void **state)
{
	static const char data[64];
	size_t            n, len;

	(void)state;
	for (n = 0; n < 20; n++) {
		struct nlmsghdr *m = new_message();

		for (len = 0; len < n; len++)
			mnl_attr_put(m, (uint16_t)((n * 7 + len) | (len % 3 ? 0 : NLA_F_NESTED)),
				     len * 3, data);
		check_beside_libmnl(m);
	}
}

static void test_every_length(void **state)
{
	struct nlmsghdr *m;
	uint32_t         len, whole;

	(void)state;
	m = new_message();
	mnl_attr_put_strz(m, IFLA_IFNAME, "veth");
	mnl_attr_put_u32(m, IFLA_MTU, 1500);
	whole = m->nlmsg_len;
	for (len = sizeof(*m); len <= whole; len++) {
		struct netlink_attrs attrs;
		struct netlink_attr  attr;
		size_t               n = 0;

		m->nlmsg_len = len;
		attrs = netlink_attrs(m, HEADER);
		while (netlink_next(&attrs, &attr)) {
			assert_true(attr.data + attr.len <= buffer + len);
			n++;
		}
		/* the first one ends at 9 bytes, without what fills it up */
		assert_int_equal(n, len == whole ? 2 : len >= sizeof(*m) + HEADER + 9 ? 1 : 0);
	}
}

static void test_lengths_that_lie(void **state)
{
	static const uint16_t lengths[] = {0, 1, 3, 9, 0x7FFF, 0xFFFF};
	struct nlmsghdr      *m = new_message();
	struct nlattr        *a = mnl_nlmsg_get_payload_tail(m);
	size_t                i;

	(void)state;
	mnl_attr_put_u32(m, IFLA_MTU, 1500);
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct netlink_attrs attrs = netlink_attrs(m, HEADER);
		struct netlink_attr  attr;

		a->nla_len = lengths[i];
		assert_false(netlink_next(&attrs, &attr));
	}
	/* a header of a family that is longer than the message */
	assert_int_equal(netlink_attrs(m, 1000).left, 0);
}

static void test_whole(void **state)
{
	struct nlmsghdr m = {.nlmsg_len = sizeof(m)};

	(void)state;
	assert_true(netlink_is_whole(&m, sizeof(m)));
	assert_false(netlink_is_whole(&m, sizeof(m) - 1));
	assert_false(netlink_is_whole(&m, 0));
	m.nlmsg_len = sizeof(m) - 1;
	assert_false(netlink_is_whole(&m, 100));
	m.nlmsg_len = 101;
	assert_false(netlink_is_whole(&m, 100));
	m.nlmsg_len = 0x80000000;
	assert_false(netlink_is_whole(&m, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_libmnl),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_lengths_that_lie),
		cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
