/* SPDX-License-Identifier: MIT */
/* The kernel's lists of processors. The rest is tested on captured machines (tests/roots). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sys/cpu.h"

/* The ranges of a text as "first-last " each, and what is left of it. */
static const char *ranges(const char *text)
{
	static char said[256];
	uint64_t    first, last;
	size_t      n = 0;

	said[0] = '\0';
	while (cpu_next_range(&text, &first, &last))
		n += (size_t)snprintf(said + n, sizeof(said) - n, "%llu-%llu ",
				      (unsigned long long)first, (unsigned long long)last);
	(void)snprintf(said + n, sizeof(said) - n, "%s", strcmp(text, "\n") != 0 ? text : "");
	return said;
}

static void test_ranges(void **state)
{
	(void)state;
	assert_string_equal(ranges("0\n"), "0-0 ");
	assert_string_equal(ranges("0-3\n"), "0-3 ");
	assert_string_equal(ranges("0-3,5,8-1023\n"), "0-3 5-5 8-1023 ");
	assert_string_equal(ranges("\n"), "");
	assert_string_equal(ranges(""), "");
	assert_string_equal(ranges("18446744073709551615"),
			    "18446744073709551615-18446744073709551615 ");
}

static void test_what_is_no_list(void **state)
{
	(void)state;
	assert_string_equal(ranges("x"), "x");
	assert_string_equal(ranges("1,,2"), "1-1 ,,2");
	assert_string_equal(ranges("1-"), "1-");
	assert_string_equal(ranges("3-1"), "3-1");
	assert_string_equal(ranges("1-2-3"), "1-2 -3");
	assert_string_equal(ranges("18446744073709551616"), "18446744073709551616");
	assert_string_equal(ranges("ff,00000001"), "ff,00000001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_what_is_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
