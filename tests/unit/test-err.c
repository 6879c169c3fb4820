/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

/* ERR_TEXT_MAX and some: filled by repeat() */
static char longer[2 * ERR_TEXT_MAX];

static const char *repeat(const char *piece, size_t total)
{
	size_t n = strlen(piece), i;

	for (i = 0; i < total; i++)
		longer[i] = piece[i % n];
	longer[total] = '\0';
	return longer;
}

static void test_fresh(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	assert_int_equal(err.set, false);
	assert_int_equal(err.os, 0);
	assert_string_equal(err.text, "");
	assert_string_equal(err_class_name(ERR_GENERIC), "GenericError");
	assert_string_equal(err_class_name(ERR_COMMAND_NOT_FOUND), "CommandNotFound");
	assert_string_equal(err_class_name(ERR_REFUSED), "GenericError");
}

static void test_set(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	assert_int_equal(err_set(&err, "Parameter '%s' is missing", "id"), -1);
	assert_int_equal(err.set, true);
	assert_int_equal(err.class, ERR_GENERIC);
	assert_string_equal(err.text, "Parameter 'id' is missing");

	err_init(&err);
	assert_int_equal(err_set_class(&err, ERR_COMMAND_NOT_FOUND,
				       "The command %s has not been found", "x"),
			 -1);
	assert_int_equal(err.class, ERR_COMMAND_NOT_FOUND);
	assert_string_equal(err.text, "The command x has not been found");
}

static void test_os(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	assert_int_equal(err_os(&err, ENOENT, "open %s", "/x"), -1);
	assert_int_equal(err.os, ENOENT);
	assert_string_equal(err.text, "open /x: No such file or directory");
}

/* behaviour.md section 3: colon and text drop out when errno happens to be 0 */
static void test_os_zero_adds_nothing(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	assert_int_equal(err_os(&err, 0, "failed to write to file"), -1);
	assert_int_equal(err.set, true);
	assert_int_equal(err.os, 0);
	assert_string_equal(err.text, "failed to write to file");
}

static void test_first_one_stays(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	(void)err_os(&err, EACCES, "first");
	assert_int_equal(err_set(&err, "second"), -1);
	assert_int_equal(err_os(&err, ENOENT, "third"), -1);
	assert_int_equal(err_set_class(&err, ERR_COMMAND_NOT_FOUND, "fourth"), -1);
	assert_int_equal(err.os, EACCES);
	assert_int_equal(err.class, ERR_GENERIC);
	assert_string_equal(err.text, "first: Permission denied");
}

static void test_prefix(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	err_prefix(&err, "nothing: ");
	assert_int_equal(err.set, false);
	assert_string_equal(err.text, "");

	(void)err_set(&err, "inner");
	err_prefix(&err, "%s: ", "middle");
	err_prefix(&err, "outer: ");
	assert_string_equal(err.text, "outer: middle: inner");
}

static void test_exactly_full(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	(void)err_set(&err, "%s", repeat("x", ERR_TEXT_MAX));
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX);
}

/* Whatever the position of the cut, no character is halved. */
static void test_cut_at_a_character(void **state)
{
	static const char *const pieces[] = {"x", "é", "€", "\xF0\x9F\x98\x80"};
	struct err               err;
	size_t                   i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		size_t n = strlen(pieces[i]);

		for (k = 0; k < 4; k++) {
			size_t len;

			err_init(&err);
			(void)err_set(&err, "%.*s%s", (int)k, "abcd",
				      repeat(pieces[i], 2 * ERR_TEXT_MAX - 8));
			len = strlen(err.text);
			assert_in_range(len, ERR_TEXT_MAX - 4, ERR_TEXT_MAX);
			assert_int_equal((len - k) % n, 0);
		}
	}
}

static void test_prefix_cuts_the_end_at_a_character(void **state)
{
	struct err err;
	size_t     k;

	(void)state;
	for (k = 1; k <= 4; k++) {
		size_t len;

		err_init(&err);
		(void)err_set(&err, "%s", repeat("€", ERR_TEXT_MAX));
		err_prefix(&err, "%.*s", (int)k, "abcd");
		len = strlen(err.text);
		assert_in_range(len, ERR_TEXT_MAX - 3, ERR_TEXT_MAX);
		assert_memory_equal(err.text, "abcd", k);
		assert_int_equal((len - k) % strlen("€"), 0);
	}
}

static void test_os_on_a_full_text(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	(void)err_os(&err, ENOENT, "%s", repeat("x", ERR_TEXT_MAX - 5));
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX);
	assert_string_equal(err.text + ERR_TEXT_MAX - 5, ": No ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_os),
		cmocka_unit_test(test_os_zero_adds_nothing),
		cmocka_unit_test(test_first_one_stays),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_exactly_full),
		cmocka_unit_test(test_cut_at_a_character),
		cmocka_unit_test(test_prefix_cuts_the_end_at_a_character),
		cmocka_unit_test(test_os_on_a_full_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
