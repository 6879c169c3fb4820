/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/reply.h"
#include "sample.h"

static const struct command plain = {.name = "guest-ping"};
static const struct command delimited = {.name = "guest-sync-delimited", .flags = CMD_DELIMITED};

static void expect_line(struct buf *b, const char *want)
{
	buf_add_char(b, '\0');
	assert_int_equal(b->failed, false);
	assert_string_equal(b->data, want);
	buf_fini(b);
}

static void test_return(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	reply_open(&b, &plain);
	buf_add_str(&b, "{}");
	reply_close(&b, NULL, 0);
	expect_line(&b, "{\"return\": {}}\n");

	reply_open(&b, &plain);
	buf_add_str(&b, "{}");
	reply_close(&b, "[1, {}]", 7);
	expect_line(&b, "{\"return\": {}, \"id\": [1, {}]}\n");
}

/* The 0xFF stands before the success reply of guest-sync-delimited only. */
static void test_delimited(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	reply_open(&b, &delimited);
	buf_add_str(&b, "5");
	reply_close(&b, NULL, 0);
	expect_line(&b, "\xFF{\"return\": 5}\n");
}

static void test_error(void **state)
{
	struct buf b = BUF_INIT(1000);
	struct err err;

	(void)state;
	err_init(&err);
	(void)err_set(&err, "Parameter '%s' is missing", "id");
	reply_error(&b, NULL, 0, &err);
	expect_line(&b, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Parameter 'id' is "
			"missing\"}}\n");

	err_init(&err);
	(void)err_set_class(&err, ERR_COMMAND_NOT_FOUND,
			    "The command x\xC3\xA9\"\n\xFF has not been found");
	reply_error(&b, "\"i\"", 3, &err);
	expect_line(&b, "{\"id\": \"i\", \"error\": {\"class\": \"CommandNotFound\", "
			"\"desc\": \"The command x\\u00E9\\\"\\n\\uFFFD has not been found\"}}\n");
}

/* The longest text of the worst bytes: one line of JSON all the same. */
static void test_longest_error(void **state)
{
	struct buf    b = BUF_INIT(100000);
	struct sample s;
	struct err    err, unused;
	char         *bytes = sample_memory(ERR_TEXT_MAX + 1);

	(void)state;
	memset(bytes, 0x01, ERR_TEXT_MAX);
	bytes[ERR_TEXT_MAX] = '\0';
	err_init(&err);
	(void)err_set(&err, "%s", bytes);
	reply_error(&b, NULL, 0, &err);
	assert_int_equal(b.failed, false);
	assert_in_range(b.len, 6 * ERR_TEXT_MAX, 6 * ERR_TEXT_MAX + 100);
	assert_ptr_equal(memchr(b.data, '\n', b.len), b.data + b.len - 1);
	sample_open(&s, b.data, b.len);
	err_init(&unused);
	assert_int_equal(json_check(&s.text, &unused), 0);
	sample_close(&s);
	buf_fini(&b);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_delimited),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_longest_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
