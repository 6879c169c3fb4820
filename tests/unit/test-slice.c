/* SPDX-License-Identifier: MIT */
/* Lines and fields of a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/slice.h"

static struct slice text_of(const char *text)
{
	return slice_of(text, strlen(text));
}

static void cuts_lines(void **state)
{
	struct slice text = text_of("one\n\nthree"), line;

	(void)state;
	assert_true(slice_line(&text, &line));
	assert_true(slice_is(line, "one"));
	assert_true(slice_line(&text, &line));
	assert_true(slice_is(line, ""));
	assert_true(slice_line(&text, &line));
	assert_true(slice_is(line, "three"));
	assert_false(slice_line(&text, &line));
	text = text_of("end\n");
	assert_true(slice_line(&text, &line));
	assert_false(slice_line(&text, &line));
}

static void cuts_fields(void **state)
{
	struct slice text = text_of("  a\tbc  d "), field;

	(void)state;
	assert_true(slice_field(&text, &field));
	assert_true(slice_is(field, "a"));
	assert_true(slice_field(&text, &field));
	assert_true(slice_is(field, "bc"));
	assert_true(slice_field(&text, &field));
	assert_true(slice_is(field, "d"));
	assert_false(slice_field(&text, &field));
	assert_int_equal(field.n, 0);
}

static void counts_fields(void **state)
{
	struct slice f[3];

	(void)state;
	assert_int_equal(slice_fields(text_of(""), f, ARRAY_SIZE(f)), 0);
	assert_int_equal(slice_fields(text_of("a b c"), f, ARRAY_SIZE(f)), 3);
	assert_true(slice_is(f[2], "c"));
	assert_int_equal(slice_fields(text_of("a b c d e"), f, ARRAY_SIZE(f)), 4);
}

static void trims(void **state)
{
	(void)state;
	assert_true(slice_is(slice_trim(text_of(" \ta b\t ")), "a b"));
	assert_true(slice_is(slice_trim(text_of(" \t ")), ""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_lines),
		cmocka_unit_test(cuts_fields),
		cmocka_unit_test(counts_fields),
		cmocka_unit_test(trims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
