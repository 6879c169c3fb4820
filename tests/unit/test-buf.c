/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void expect(const struct buf *b, const char *want)
{
	assert_int_equal(b->len, strlen(want));
	assert_memory_equal(b->data, want, b->len);
}

static void test_append(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	assert_null(b.data);
	buf_add(&b, "abc", 3);
	buf_add(&b, NULL, 0);
	buf_add_str(&b, "de");
	buf_add_str(&b, "");
	buf_add_char(&b, 'f');
	buf_printf(&b, "%d-%s", 42, "x");
	expect(&b, "abcdef42-x");
	assert_int_equal(b.failed, false);
	buf_fini(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.limit, 1000);
	buf_add_str(&b, "again");
	expect(&b, "again");
	buf_fini(&b);
}

static void test_first_byte_by_char(void **state)
{
	struct buf b = BUF_INIT(1000);
	int        i;

	(void)state;
	for (i = 0; i < 700; i++)
		buf_add_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 700);
	for (i = 0; i < 700; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_fini(&b);
}

/* At every limit, small ones too: exactly `limit` bytes go in, none more. */
static void test_limit(void **state)
{
	static const size_t limits[] = {0,   1,   2,   100, 255,  256,  257,
					500, 511, 512, 513, 1000, 4096, 5000};
	size_t              i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		struct buf b = BUF_INIT(limits[i]);

		for (k = 0; k < limits[i] + 2; k++)
			buf_add(&b, "x", 1);
		assert_int_equal(b.len, limits[i]);
		assert_in_range(b.cap, 0, limits[i]);
		assert_int_equal(b.failed, true);
		buf_reset(&b, SIZE_MAX);
		for (k = 0; k < limits[i] + 2; k++)
			buf_add_char(&b, 'y');
		assert_int_equal(b.len, limits[i]);
		assert_int_equal(b.failed, true);
		buf_fini(&b);
	}
}

static void test_failed_stays_failed(void **state)
{
	struct buf b = BUF_INIT(300);

	(void)state;
	buf_add_str(&b, "start");
	assert_int_equal(buf_reserve(&b, 296), -1);
	assert_int_equal(b.failed, true);
	buf_add_char(&b, 'x');
	buf_add_str(&b, "x");
	buf_printf(&b, "x");
	expect(&b, "start");
	assert_int_equal(buf_reserve(&b, 0), -1);
	buf_reset(&b, SIZE_MAX);
	assert_int_equal(b.failed, false);
	assert_int_equal(b.len, 0);
	buf_add_str(&b, "usable");
	expect(&b, "usable");
	buf_fini(&b);
}

static void test_huge_sizes_do_not_wrap(void **state)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	(void)state;
	buf_add_str(&b, "abc");
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -1);
	b.failed = false;
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 2), -1);
	b.failed = false;
	expect(&b, "abc");
	buf_fini(&b);
}

static void test_reserve(void **state)
{
	struct buf b = BUF_INIT(10000);

	(void)state;
	assert_int_equal(buf_reserve(&b, 3000), 0);
	assert_in_range(b.cap, 3000, 10000);
	memset(b.data, 'z', 3000);
	b.len = 3000;
	assert_int_equal(buf_reserve(&b, 7000), 0);
	assert_int_equal(b.cap, 10000);
	assert_int_equal(b.data[2999], 'z');
	assert_int_equal(buf_reserve(&b, 7001), -1);
	buf_fini(&b);
}

static void test_consume(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	buf_add_str(&b, "abcdef");
	buf_consume(&b, 0);
	expect(&b, "abcdef");
	buf_consume(&b, 2);
	expect(&b, "cdef");
	buf_consume(&b, 4);
	assert_int_equal(b.len, 0);
	buf_add_str(&b, "gh");
	buf_consume(&b, 100);
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

static void test_reset_keeps_and_gives_back(void **state)
{
	struct buf b = BUF_INIT(100000);

	(void)state;
	buf_add_str(&b, "small");
	buf_reset(&b, 4096);
	assert_non_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_reserve(&b, 50000), 0);
	buf_reset(&b, 4096);
	assert_null(b.data);
	assert_int_equal(b.cap, 0);
	assert_int_equal(b.limit, 100000);
	buf_fini(&b);
	buf_fini(&b);
}

static void test_long_printf(void **state)
{
	struct buf b = BUF_INIT(100000);

	(void)state;
	buf_printf(&b, "%*d", 5000, 7);
	assert_int_equal(b.len, 5000);
	assert_int_equal(b.data[0], ' ');
	assert_int_equal(b.data[4999], '7');
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_first_byte_by_char),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_failed_stays_failed),
		cmocka_unit_test(test_huge_sizes_do_not_wrap),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_consume),
		cmocka_unit_test(test_reset_keeps_and_gives_back),
		cmocka_unit_test(test_long_printf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
