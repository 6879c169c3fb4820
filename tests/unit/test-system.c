/* SPDX-License-Identifier: MIT */
/* How busy the guest is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured-each.h"
#include "sys/load.h"

static bool parse_load(const char *text, struct load *ret)
{
	return load_parse(slice_of(text, strlen(text)), ret);
}

static void load_takes_three_numbers(void **state)
{
	struct load load;

	(void)state;
	assert_true(parse_load("0.52 12.00 100.07 1/389 12345", &load));
	assert_true(load.average[0] == 0.52 && load.average[1] == 12 && load.average[2] == 100.07);
	assert_true(parse_load("1 2 3", &load));
	assert_false(parse_load("0.52 0.58", &load));
	assert_false(parse_load("", &load));
	assert_false(parse_load("0.52 x 0.1", &load));
	assert_false(parse_load("-0.52 0.1 0.1", &load));
}

static void load_is_read(void **state)
{
	struct load load;
	int         os;

	(void)state;
	assert_int_equal(load_read(&c.root, &load, &os), -1);
	assert_int_equal(os, ENOENT);
	captured_file(&c, "/proc/loadavg", "0.01 0.02 0.03 2/80 99\n");
	assert_int_equal(load_read(&c.root, &load, &os), 0);
	assert_true(load.average[2] == 0.03);
	captured_file(&c, "/proc/loadavg", "none\n");
	assert_int_equal(load_read(&c.root, &load, &os), -1);
	assert_int_equal(os, EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(load_takes_three_numbers),
		cmocka_unit_test(load_is_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
