/* SPDX-License-Identifier: MIT */
/*
 * The verdict over all combinations of lists, flags and the frozen state; decisions.md rows 9
 * and 10.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "policy/policy.h"

enum { FILE_OPEN, PING, THAW };

const struct command commands[] = {
	[FILE_OPEN] = {.name = "guest-file-open"},
	[PING] = {.name = "guest-ping", .flags = CMD_WHEN_FROZEN},
	[THAW] = {.name = "guest-thaw", .flags = CMD_WHEN_FROZEN | CMD_ALWAYS_WHEN_FROZEN},
};
const size_t n_commands = ARRAY_SIZE(commands);

static char unknown_names[256];

static void note_unknown(const char *name, void *ctx)
{
	size_t n = strlen(unknown_names);

	assert_ptr_equal(ctx, unknown_names);
	(void)snprintf(unknown_names + n, sizeof(unknown_names) - n, "<%s>", name);
}

static void make(struct policy *p, const char *allow, const char *block)
{
	unknown_names[0] = '\0';
	policy_init(p);
	policy_allow(p, allow, note_unknown, unknown_names);
	policy_block(p, block, note_unknown, unknown_names);
}

/* allow, block; then verdicts as letters: o p t for the commands that are allowed, thawed and
 * frozen */
static const struct {
	const char *allow, *block;
	const char *thawed, *frozen;
} truth[] = {
	{"", "", "opt", "pt"},
	{"", "guest-ping", "ot", "t"},
	{"", "guest-file-open", "pt", "pt"},
	{"", "guest-thaw", "op", "pt"},
	{"", "guest-ping,guest-file-open,guest-thaw", "", "t"},
	{"guest-ping", "", "p", "pt"},
	{"guest-file-open", "", "o", "t"},
	{"guest-thaw", "", "t", "t"},
	{"guest-ping,guest-thaw", "guest-ping", "t", "t"},
	{"guest-ping", "guest-ping", "", "t"},
	{"no-such", "", "", "t"},
	{" ,; ", "", "opt", "pt"},
	{"", " ,; ", "opt", "pt"},
	{"", "no-such", "opt", "pt"},
};

static void verdicts(const struct policy *p, bool frozen, char *ret)
{
	size_t i;

	for (i = 0; i < n_commands; i++)
		if (policy_allows(p, &commands[i], frozen))
			*ret++ = "opt"[i];
	*ret = '\0';
}

static void test_truth_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(truth); i++) {
		struct policy p;
		char          got[4];

		make(&p, truth[i].allow, truth[i].block);
		verdicts(&p, false, got);
		if (strcmp(got, truth[i].thawed) != 0)
			fail_msg("row %zu: '%s', expected '%s'", i, got, truth[i].thawed);
		verdicts(&p, true, got);
		if (strcmp(got, truth[i].frozen) != 0)
			fail_msg("row %zu, frozen: '%s', expected '%s'", i, got, truth[i].frozen);
	}
}

static void test_separators(void **state)
{
	static const char *const lists[] = {
		"guest-ping,guest-thaw", "guest-ping;guest-thaw", "guest-ping guest-thaw",
		",,guest-ping ;\tguest-thaw;\r\n", "guest-thaw,guest-ping,guest-ping"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		struct policy p;
		char          got[4];

		make(&p, "", lists[i]);
		verdicts(&p, false, got);
		assert_string_equal(got, "o");
		assert_string_equal(unknown_names, "");
	}
}

static void test_unknown_names_are_reported(void **state)
{
	struct policy p;
	char          longest[300];

	(void)state;
	make(&p, "guest-pin,Guest-ping", "guest-ping2 x");
	assert_string_equal(unknown_names, "<guest-pin><Guest-ping><guest-ping2><x>");
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	make(&p, "", longest);
	assert_int_equal(unknown_names[1], 'n');
	policy_block(&p, "nobody-listens", NULL, NULL);
}

static void test_lists_accumulate(void **state)
{
	struct policy p;
	char          got[4];

	(void)state;
	make(&p, "guest-ping", "");
	policy_allow(&p, "guest-thaw", note_unknown, unknown_names);
	verdicts(&p, false, got);
	assert_string_equal(got, "pt");
	policy_block(&p, "guest-ping", note_unknown, unknown_names);
	policy_block(&p, "guest-file-open", note_unknown, unknown_names);
	verdicts(&p, false, got);
	assert_string_equal(got, "t");
}

static void test_error(void **state)
{
	struct policy p;
	struct err    err;

	(void)state;
	make(&p, "", "guest-ping");
	err_init(&err);
	assert_int_equal(policy_check(&p, &commands[FILE_OPEN], false, &err), 0);
	assert_int_equal(err.set, false);
	assert_int_equal(policy_check(&p, &commands[PING], false, &err), -1);
	assert_int_equal(err.class, ERR_COMMAND_NOT_FOUND);
	assert_string_equal(err.text,
			    "Command guest-ping has been disabled: the command is not allowed");
	err_init(&err);
	assert_int_equal(policy_check(&p, &commands[FILE_OPEN], true, &err), -1);
	assert_string_equal(
		err.text, "Command guest-file-open has been disabled: the command is not allowed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truth_table),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_unknown_names_are_reported),
		cmocka_unit_test(test_lists_accumulate),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
