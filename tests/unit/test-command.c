/* SPDX-License-Identifier: MIT */
/*
 * The generated table is what it must be for command_find(), and every row of it is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "proto/command.h"
#include "schema_types.h"

/* The table names every handler; none is called here, so none needs to exist. */
#define int __attribute__((weak)) int
#include "schema_handlers.h"
#undef int
#include "schema_commands.c"

static void test_sorted(void **state)
{
	size_t i;

	(void)state;
	assert_in_range(n_commands, 5, 1000);
	for (i = 1; i < n_commands; i++)
		if (strcmp(commands[i - 1].name, commands[i].name) >= 0)
			fail_msg("%s stands before %s", commands[i - 1].name, commands[i].name);
}

static void test_rows_are_complete(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_commands; i++) {
		assert_non_null(commands[i].decode);
		assert_non_null(commands[i].encode);
	}
}

/* Registration order: a permutation of 0 to n - 1. */
static void test_order(void **state)
{
	bool   seen[1000] = {false};
	size_t i;

	(void)state;
	for (i = 0; i < n_commands; i++) {
		assert_in_range(commands[i].order, 0, n_commands - 1);
		assert_int_equal(seen[commands[i].order], false);
		seen[commands[i].order] = true;
	}
}

static void test_find(void **state)
{
	static const char *const strangers[] = {
		"",    "a",    "guest-",      "guest-pin", "guest-pingx", "GUEST-PING",
		"zzz", "\xFF", "guest-ping ", "guest-syn", "guest-sync-"};
	size_t i;

	(void)state;
	for (i = 0; i < n_commands; i++)
		assert_ptr_equal(command_find(commands[i].name), &commands[i]);
	for (i = 0; i < ARRAY_SIZE(strangers); i++)
		assert_null(command_find(strangers[i]));
}

static void test_flags(void **state)
{
	static const struct {
		const char *name;
		uint32_t    flags;
	} rows[] = {
		{"guest-sync", CMD_SYNC | CMD_IN_FRONT | CMD_WHEN_FROZEN | CMD_ALWAYS_WHEN_FROZEN |
				       CMD_PROFILE_INFO},
		{"guest-sync-delimited", CMD_SYNC | CMD_DELIMITED | CMD_IN_FRONT | CMD_WHEN_FROZEN |
						 CMD_ALWAYS_WHEN_FROZEN | CMD_PROFILE_INFO},
		{"guest-ping", CMD_IN_FRONT | CMD_WHEN_FROZEN | CMD_PROFILE_INFO},
		{"guest-info", CMD_IN_FRONT | CMD_WHEN_FROZEN | CMD_PROFILE_INFO},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct command *c = command_find(rows[i].name);

		assert_non_null(c);
		assert_int_equal(c->flags, rows[i].flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted), cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_order),  cmocka_unit_test(test_find),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
