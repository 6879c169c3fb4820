/* SPDX-License-Identifier: MIT */
/* Rules and zone files against the C library, zone files that are broken, where the zone is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "captured.h"
#include "sys/timezone.h"
#include "sys/tzif.h"

#define YEAR (365 * 86400 + 86400 / 4)

static struct captured c;

static int setup(void **state)
{
	(void)state;
	(void)unsetenv("TZ");
	(void)unsetenv("TZDIR");
	captured_open(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unsetenv("TZ");
	captured_close(&c);
	return 0;
}

static bool rule_at(const char *rule, int64_t when, struct tz_local *ret)
{
	return tzrule_at(slice_of(rule, strlen(rule)), when, ret);
}

/* What the C library says for $TZ. */
static void check_libc(const char *what, time_t when, const struct tz_local *got)
{
	struct tm tm;

	assert_non_null(localtime_r(&when, &tm));
	if (tm.tm_gmtoff != got->offset || strcmp(tm.tm_zone, got->name) != 0)
		print_error("%s at %lld\n", what, (long long)when);
	assert_int_equal(got->offset, tm.tm_gmtoff);
	assert_string_equal(got->name, tm.tm_zone);
}

static void rules_as_the_c_library_has_them(void **state)
{
	static const char *const rules[] = {
		"UTC0",
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"EST5EDT,M3.2.0,M11.1.0",
		"AEST-10AEDT,M10.1.0,M4.1.0/3",
		"<+0330>-3:30",
		"NZST-12NZDT,M9.5.0,M4.1.0/3",
		"IST-1GMT0,M10.5.0,M3.5.0/1",
		"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
		"AAA-3:30:15BBB-4:45:30,J60/1:30:05,J300/22:00",
		"AAA3BBB,59,299/0",
		"LLL-2MMM-3,M2.5.6/24,M12.5.3/23:59",
	};
	struct tz_local got;
	size_t          i;
	time_t          when;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		assert_int_equal(setenv("TZ", rules[i], 1), 0);
		tzset();
		for (when = 1000; when < 135 * (time_t)YEAR; when += 7 * 3600 + 11) {
			if (when > 60 * (time_t)YEAR && when < 125 * (time_t)YEAR)
				when += 977 * 3600; /* not every day of every year */
			assert_true(rule_at(rules[i], when, &got));
			check_libc(rules[i], when, &got);
		}
	}
}

static void the_moment_of_a_change(void **state)
{
	static const char rule[] = "CET-1CEST,M3.5.0,M10.5.0/3";
	struct tz_local   l;

	(void)state;
	assert_true(rule_at(rule, 1711846799, &l)); /* 2024-03-31 00:59:59 UTC */
	assert_string_equal(l.name, "CET");
	assert_true(rule_at(rule, 1711846800, &l));
	assert_string_equal(l.name, "CEST");
	assert_int_equal(l.offset, 7200);
	assert_true(rule_at(rule, 1729990799, &l)); /* 2024-10-27 00:59:59 UTC */
	assert_string_equal(l.name, "CEST");
	assert_true(rule_at(rule, 1729990800, &l));
	assert_string_equal(l.name, "CET");
	assert_true(rule_at("EST5EDT,0/0,J365/25", 1700000000, &l)); /* summer for ever */
	assert_string_equal(l.name, "EDT");
	assert_true(rule_at("EST5EDT", 1720000000, &l)); /* dates of the United States */
	assert_string_equal(l.name, "EDT");
	assert_true(rule_at(rule, -3600 * 24, &l)); /* a clock that was never set */
	assert_string_equal(l.name, "CET");
}

static void rules_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"U0",
		"UTC",
		"UTC+",
		"UTC25",
		"<UTC0",
		"<U>0",
		"UTC0,M3.5.0",
		"UTC0X",
		"CET-1CEST,",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0x",
		"CET-1CEST,J0,J5",
		"CET-1CEST,366,5",
		"CET-1CEST,M3.5.0/168,M10.5.0",
		"CET-1:60",
		"Europe/Berlin",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH0",
		"UTC99999999999",
	};
	struct tz_local l;
	size_t          i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (rule_at(bad[i], 1700000000, &l))
			fail_msg("'%s' was taken for a rule", bad[i]);
	assert_false(rule_at("UTC0", INT64_MAX, &l));
	assert_false(rule_at("UTC0", INT64_MIN, &l));
}

static void zone_files_as_the_c_library_has_them(void **state)
{
	static const char *const zones[] = {
		"Europe/Berlin", "America/New_York",  "Asia/Kolkata", "Australia/Sydney",
		"Asia/Tehran",   "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca",
		"Europe/Dublin", "Etc/UTC",           "America/Nuuk"};
	struct sys_root real;
	struct err      err;
	size_t          i;

	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) < 0)
		skip(); /* there are none */
	err_init(&err);
	assert_int_equal(root_init(&real, NULL, c.dir, &err), 0);
	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		struct buf      data = BUF_INIT(TIMEZONE_BYTES_MAX);
		char            path[128];
		struct tz_local got;
		time_t          when;
		int             os;

		(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zones[i]);
		assert_true(root_read(&real, path, &data, &os) > 0);
		assert_int_equal(setenv("TZ", zones[i], 1), 0);
		tzset();
		for (when = 1000; when < 80 * (time_t)YEAR; when += 13 * 3600 + 17) {
			assert_true(tzif_at(slice_of(data.data, data.len), when, &got));
			check_libc(zones[i], when, &got);
		}
		buf_fini(&data);
	}
	root_fini(&real);
}

/* Version 1: two types, one change. */
static const char version1[] = "TZif\0"
			       "000000000000000" /* reserved */
			       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\x8"
			       "\x60\0\0\0" /* in 2021 */
			       "\1"
			       "\0\0\x0e\x10\0\0"     /* +1 h AAA */
			       "\xff\xff\xf1\xf0\0\4" /* -1 h BBB */
			       "AAA\0BBB";

static void zone_files_of_version_1(void **state)
{
	struct slice    data = slice_of(version1, sizeof(version1));
	struct tz_local l;

	(void)state;
	assert_true(tzif_at(data, 0, &l));
	assert_string_equal(l.name, "AAA");
	assert_int_equal(l.offset, 3600);
	assert_true(tzif_at(data, 0x60000000, &l));
	assert_string_equal(l.name, "BBB");
	assert_int_equal(l.offset, -3600);
}

static void zone_files_that_are_broken(void **state)
{
	char            copy[sizeof(version1)];
	struct tz_local l;
	size_t          i;

	(void)state;
	for (i = 0; i < sizeof(version1); i++)
		assert_false(tzif_at(slice_of(version1, i), 0, &l));
	memcpy(copy, version1, sizeof(copy));
	copy[4] = '2'; /* and no second block */
	assert_false(tzif_at(slice_of(copy, sizeof(copy)), 0, &l));
	memcpy(copy, version1, sizeof(copy));
	copy[48] = 2; /* a type that is not there */
	assert_false(tzif_at(slice_of(copy, sizeof(copy)), 0x70000000, &l));
	memcpy(copy, version1, sizeof(copy));
	copy[54] = 8; /* a name behind the names */
	assert_false(tzif_at(slice_of(copy, sizeof(copy)), 0, &l));
	memcpy(copy, version1, sizeof(copy));
	copy[32] = '\x7f'; /* very many changes */
	assert_false(tzif_at(slice_of(copy, sizeof(copy)), 0, &l));
}

static void check_zone(const char *name, int offset)
{
	struct tz_local l;

	timezone_at(&c.root, 1700000000, &l);
	assert_string_equal(l.name, name);
	assert_int_equal(l.offset, offset);
}

static void where_the_zone_is_found(void **state)
{
	(void)state;
	check_zone("UTC", 0);
	captured_bytes(&c, "/usr/share/zoneinfo/Here/There", version1, sizeof(version1));
	captured_file(&c, "/etc/timezone", "Here/There\n");
	check_zone("BBB", -3600);
	captured_file(&c, "/etc/localtime", "nonsense");
	check_zone("BBB", -3600);
	captured_remove(&c, "/etc/localtime");
	captured_file(&c, "/etc/timezone", "No/Where\n");
	check_zone("UTC", 0);
	captured_link(&c, "/etc/localtime", "/usr/share/zoneinfo/Here/There");
	check_zone("BBB", -3600);
}

static void a_changed_zone_is_noticed(void **state)
{
	(void)state;
	captured_bytes(&c, "/etc/localtime", version1, sizeof(version1));
	check_zone("BBB", -3600);
	captured_remove(&c, "/etc/localtime");
	check_zone("UTC", 0);
}

static void the_variable_wins(void **state)
{
	(void)state;
	captured_bytes(&c, "/etc/localtime", version1, sizeof(version1));
	captured_bytes(&c, "/usr/share/zoneinfo/Here/There", version1, sizeof(version1));
	(void)setenv("TZ", "XYZ-5", 1);
	check_zone("XYZ", 18000);
	(void)setenv("TZ", "Here/There", 1);
	check_zone("BBB", -3600);
	(void)setenv("TZ", ":Here/There", 1);
	check_zone("BBB", -3600);
	(void)setenv("TZ", "/etc/localtime", 1);
	check_zone("BBB", -3600);
	(void)setenv("TZ", "No/Where", 1);
	check_zone("UTC", 0);
	(void)setenv("TZ", "", 1);
	check_zone("UTC", 0);
	(void)setenv("TZDIR", "/usr/share/zoneinfo/Here", 1);
	(void)setenv("TZ", "There", 1);
	check_zone("BBB", -3600);
	(void)unsetenv("TZDIR");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(rules_as_the_c_library_has_them),
		T(the_moment_of_a_change),
		T(rules_that_are_none),
		T(zone_files_as_the_c_library_has_them),
		T(zone_files_of_version_1),
		T(zone_files_that_are_broken),
		T(where_the_zone_is_found),
		T(a_changed_zone_is_noticed),
		T(the_variable_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
