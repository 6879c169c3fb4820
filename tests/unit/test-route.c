/* SPDX-License-Identifier: MIT */
/* /proc/net/route and /proc/net/ipv6_route. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "captured.h"
#include "sys/route.h"

static struct captured c;
static struct arena    arena;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	captured_close(&c);
	return 0;
}

static bool parse4(const char *line, struct route *ret)
{
	return route_parse_ipv4(slice_of(line, strlen(line)), ret);
}

static bool parse6(const char *line, struct route *ret)
{
	return route_parse_ipv6(slice_of(line, strlen(line)), ret);
}

static void check_address(int family, const uint8_t *bytes, const char *want)
{
	char text[INET6_ADDRSTRLEN];

	assert_non_null(inet_ntop(family, bytes, text, sizeof(text)));
	assert_string_equal(text, want);
}

/* The kernel prints the bytes of an address as a number of this machine. */
static const char *as_printed(const char *address)
{
	static char text[9];
	uint32_t    value;

	assert_int_equal(inet_pton(AF_INET, address, &value), 1);
	(void)snprintf(text, sizeof(text), "%08X", value);
	return text;
}

static void ipv4_lines(void **state)
{
	struct route r;
	char         line[200];

	(void)state;
	(void)snprintf(line, sizeof(line),
		       "eth0\t%s\t00000000\t0003\t1\t2\t100\t00000000\t1500\t3\t4   ",
		       as_printed("192.0.2.128"));
	assert_true(parse4(line, &r));
	assert_string_equal(r.iface, "eth0");
	check_address(AF_INET, r.destination, "192.0.2.128");
	assert_int_equal(r.flags, 3);
	assert_int_equal(r.refcnt, 1);
	assert_int_equal(r.use, 2);
	assert_int_equal(r.metric, 100);
	assert_int_equal(r.mtu, 1500);
	assert_int_equal(r.window, 3);
	assert_int_equal(r.irtt, 4);
	assert_true(parse4("*\t00000000\t00000000\tFFFFFFFF\t0\t0\t-1\t00000000\t0\t0\t0", &r));
	assert_string_equal(r.iface, "*");
	assert_true(r.flags == UINT32_MAX);
	assert_true(r.metric == UINT32_MAX);
}

static void ipv4_lines_that_are_none(void **state)
{
	struct route r;

	(void)state;
	assert_false(
		parse4("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
		       "Window\tIRTT",
		       &r));
	assert_false(parse4("", &r));
	assert_false(parse4("eth0 00000000 00000000 0003 0 0 0 00000000 0 0", &r));
	assert_false(parse4("eth0 0000000 00000000 0003 0 0 0 00000000 0 0 0", &r));
	assert_false(parse4("eth0 00000000 00000000 100000000 0 0 0 00000000 0 0 0", &r));
	assert_false(parse4("eth0 00000000 00000000 0003 0 0 4294967296 00000000 0 0 0", &r));
	assert_false(parse4("sixteen_letters_ 00000000 00000000 0003 0 0 0 00000000 0 0 0", &r));
}

static void ipv6_lines(void **state)
{
	struct route r;

	(void)state;
	assert_true(parse6("20010db8000000000000000000000000 20 "
			   "fd000000000000000000000000000000 08 "
			   "fe800000000000000000000000000001 ffffffff 0000000a 00000002 80200001 "
			   "    eth0",
			   &r));
	check_address(AF_INET6, r.destination, "2001:db8::");
	check_address(AF_INET6, r.source, "fd00::");
	check_address(AF_INET6, r.gateway, "fe80::1");
	assert_int_equal(r.destination_prefix, 32);
	assert_int_equal(r.source_prefix, 8);
	assert_true(r.metric == UINT32_MAX);
	assert_int_equal(r.refcnt, 10);
	assert_int_equal(r.use, 2);
	assert_true(r.flags == 0x80200001);
	assert_string_equal(r.iface, "eth0");
	assert_false(parse6("", &r));
	assert_false(parse6("20010db8 20 0 0 0 0 0 0 0 eth0", &r));
	assert_false(parse6("20010db8000000000000000000000000 81 "
			    "fd000000000000000000000000000000 08 "
			    "fe800000000000000000000000000001 0 0 0 0 eth0",
			    &r));
}

static void what_there_is(void **state)
{
	struct route_list list;
	struct err        err;

	(void)state;
	err_init(&err);
	assert_int_equal(route_read(&c.root, &arena, &list, &err), 0);
	assert_int_equal(list.n, 0);
	captured_file(&c, "/proc/net/ipv6_route",
		      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		      "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n");
	assert_int_equal(route_read(&c.root, &arena, &list, &err), 0);
	assert_int_equal(list.n, 1);
	captured_file(&c, "/proc/net/route",
		      "Iface\tDestination\n"
		      "eth0\t00000000\t00000000\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	assert_int_equal(route_read(&c.root, &arena, &list, &err), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.items[0].family, AF_INET);
	captured_remove(&c, "/proc/net/route");
	captured_link(&c, "/proc/net/route", "route");
	assert_int_equal(route_read(&c.root, &arena, &list, &err), -1);
	assert_string_equal(err.text,
			    "open(\"/proc/net/route\"): Too many levels of symbolic links");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_lines),
		cmocka_unit_test(ipv4_lines_that_are_none),
		cmocka_unit_test(ipv6_lines),
		cmocka_unit_test(what_there_is),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
