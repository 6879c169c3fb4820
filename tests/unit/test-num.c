/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"

#define UNTOUCHED 77

static void expect_u64(const char *s, bool ok, uint64_t want)
{
	uint64_t v = UNTOUCHED;

	if (num_u64(s, strlen(s), &v) != ok)
		fail_msg("num_u64(\"%s\") is not %d", s, ok);
	assert_int_equal(v, ok ? want : UNTOUCHED);
}

static void expect_i64(const char *s, bool ok, int64_t want)
{
	int64_t v = UNTOUCHED;

	if (num_i64(s, strlen(s), &v) != ok)
		fail_msg("num_i64(\"%s\") is not %d", s, ok);
	assert_int_equal(v, ok ? want : UNTOUCHED);
}

static void test_u64(void **state)
{
	(void)state;
	expect_u64("0", true, 0);
	expect_u64("007", true, 7);
	expect_u64("18446744073709551615", true, UINT64_MAX);
	expect_u64("18446744073709551616", false, 0);
	expect_u64("18446744073709551620", false, 0);
	expect_u64("99999999999999999999", false, 0);
	expect_u64("184467440737095516150", false, 0);
	expect_u64("000000000000000000000000000001", true, 1);
	expect_u64("", false, 0);
	expect_u64("-0", false, 0);
	expect_u64("+1", false, 0);
	expect_u64(" 1", false, 0);
	expect_u64("1 ", false, 0);
	expect_u64("1\n", false, 0);
	expect_u64("0x10", false, 0);
	expect_u64("1.0", false, 0);
	expect_u64("1e3", false, 0);
	expect_u64("/", false, 0);
	expect_u64(":", false, 0);
}

static void test_i64(void **state)
{
	(void)state;
	expect_i64("0", true, 0);
	expect_i64("-0", true, 0);
	expect_i64("-1", true, -1);
	expect_i64("9223372036854775807", true, INT64_MAX);
	expect_i64("9223372036854775808", false, 0);
	expect_i64("-9223372036854775808", true, INT64_MIN);
	expect_i64("-9223372036854775809", false, 0);
	expect_i64("18446744073709551615", false, 0);
	expect_i64("-18446744073709551615", false, 0);
	expect_i64("-18446744073709551616", false, 0);
	expect_i64("", false, 0);
	expect_i64("-", false, 0);
	expect_i64("--1", false, 0);
	expect_i64("+1", false, 0);
	expect_i64("1-", false, 0);
	expect_i64("- 1", false, 0);
}

/* Only the first n bytes count, NUL or not. */
static void test_length_is_obeyed(void **state)
{
	uint64_t u = 0;
	int64_t  i = 0;

	(void)state;
	assert_int_equal(num_u64("1234", 2, &u), true);
	assert_int_equal(u, 12);
	assert_int_equal(num_i64("-1234", 3, &i), true);
	assert_int_equal(i, -12);
	assert_int_equal(num_u64("12\0", 3, &u), false);
	assert_int_equal(num_i64("-5", 1, &i), false);
}

static void test_range(void **state)
{
	int64_t v = UNTOUCHED;

	(void)state;
	assert_int_equal(num_i64_range("10", 0, 10, &v), true);
	assert_int_equal(v, 10);
	assert_int_equal(num_i64_range("-3", -3, 10, &v), true);
	assert_int_equal(v, -3);
	assert_int_equal(num_i64_range("11", 0, 10, &v), false);
	assert_int_equal(num_i64_range("-1", 0, 10, &v), false);
	assert_int_equal(num_i64_range("x", 0, 10, &v), false);
	assert_int_equal(num_i64_range("", 0, 10, &v), false);
	assert_int_equal(num_i64_range("5x", 0, 10, &v), false);
	assert_int_equal(v, -3);
}

static void test_decimal(void **state)
{
	double v = -1;

	(void)state;
	assert_true(num_decimal("0.52", 4, &v) && v == 0.52);
	assert_true(num_decimal("7", 1, &v) && v == 7);
	assert_true(num_decimal(".5", 2, &v) && v == 0.5);
	assert_true(num_decimal("123456789.012345", 16, &v) && v == 123456789.012345);
	v = -1;
	assert_false(num_decimal("", 0, &v));
	assert_false(num_decimal(".", 1, &v));
	assert_false(num_decimal("1.2.3", 5, &v));
	assert_false(num_decimal("-1", 2, &v));
	assert_false(num_decimal("1e3", 3, &v));
	assert_false(num_decimal("1234567890.123456", 17, &v));
}

static void test_hex(void **state)
{
	uint64_t v = 1;

	(void)state;
	assert_true(num_hex("0", 1, &v) && v == 0);
	assert_true(num_hex("fFa9", 4, &v) && v == 0xFFA9);
	assert_true(num_hex("FFFFFFFFFFFFFFFF", 16, &v) && v == UINT64_MAX);
	assert_false(num_hex("", 0, &v));
	assert_false(num_hex("00000000000000000", 17, &v));
	assert_false(num_hex("0x1", 3, &v));
	assert_false(num_hex("g", 1, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_i64),
		cmocka_unit_test(test_length_is_obeyed),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
