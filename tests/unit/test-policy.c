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
#include "policy/policies.h"

enum { FILE_OPEN, PING, THAW };

const struct command commands[] = {
	[FILE_OPEN] = {.name = "guest-file-open"},
	[PING] = {.name = "guest-ping", .flags = CMD_WHEN_FROZEN | CMD_PROFILE_INFO},
	[THAW] = {.name = "guest-thaw",
		  .flags = CMD_WHEN_FROZEN | CMD_ALWAYS_WHEN_FROZEN | CMD_PROFILE_BACKUP},
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
	assert_string_equal(policy_unnamed(&p, &commands[PING], false), "block-rpcs");
	assert_null(policy_unnamed(&p, &commands[THAW], false));
	assert_null(policy_unnamed(&p, &commands[FILE_OPEN], true)); /* frozen: no setting */
	make(&p, "guest-ping", "");
	assert_string_equal(policy_unnamed(&p, &commands[THAW], false), "allow-rpcs");
	p.profile = PROFILE_INFO; /* which the error names */
	assert_string_equal(policy_unnamed(&p, &commands[FILE_OPEN], false), "allow-rpcs");
	make(&p, "", "");
	p.profile = PROFILE_INFO;
	assert_null(policy_unnamed(&p, &commands[FILE_OPEN], false));
}

static void test_profiles(void **state)
{
	static const struct {
		const char *profile, *allow, *block, *thawed, *frozen;
	} rows[] = {
		{"info", "", "", "p", "pt"},
		{"backup", "", "", "pt", "pt"},
		{"manage", "", "", "pt", "pt"},
		{"full", "", "", "opt", "pt"},
		/* each of the three can only take away */
		{"info", "guest-file-open,guest-ping", "", "p", "pt"},
		{"backup", "guest-file-open,guest-thaw", "", "t", "t"},
		{"backup", "", "guest-ping", "t", "t"},
		/* profiles as members of lists */
		{"full", "@info", "", "p", "pt"},
		{"full", "@info,guest-file-open", "", "op", "pt"},
		{"full", "@full", "@info", "ot", "t"},
		{"backup", "@full", "", "pt", "pt"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy p;
		char          got[4];

		make(&p, rows[i].allow, rows[i].block);
		p.profile = (uint8_t)policy_profile_find(rows[i].profile);
		verdicts(&p, false, got);
		if (strcmp(got, rows[i].thawed) != 0)
			fail_msg("row %zu: '%s', expected '%s'", i, got, rows[i].thawed);
		verdicts(&p, true, got);
		if (strcmp(got, rows[i].frozen) != 0)
			fail_msg("row %zu, frozen: '%s', expected '%s'", i, got, rows[i].frozen);
		assert_string_equal(unknown_names, "");
	}
}

static void test_names_of_profiles(void **state)
{
	static const char words[] = OPTION_PROFILES;
	struct policy     p;
	int               i;

	(void)state;
	for (i = 0; i < PROFILES; i++)
		assert_int_equal(policy_profile_find(policy_profile_name((unsigned)i)), i);
	assert_int_equal(policy_profile_find("none"), -1);
	assert_string_equal(policy_profile_name(PROFILES), "");
	/* what the option says is what the policy means */
	for (i = 0; i < PROFILES; i++) {
		const char *at = strstr(words, policy_profile_name((unsigned)i));
		int         bars = 0;

		assert_non_null(at);
		for (; at > words; at--)
			bars += at[-1] == '|';
		assert_int_equal(bars, i);
	}
	assert_int_equal(OPTION_PROFILE_FULL, PROFILE_FULL);
	make(&p, "@nobody,@", "");
	assert_string_equal(unknown_names, "<@nobody><@>");
	assert_int_equal(p.has_allow_list, true); /* and nothing in it */
}

/* The policies of a configuration; channel number i's verdicts as above. */
static void check_channel(const struct policies *all, size_t i, const char *thawed,
			  const char *frozen)
{
	char got[4];

	verdicts(policies_of(all, i), false, got);
	assert_string_equal(got, thawed);
	verdicts(policies_of(all, i), true, got);
	assert_string_equal(got, frozen);
}

static void load(struct policies *all, struct options *o)
{
	struct err err;

	err_init(&err);
	assert_int_equal(policies_load(all, o, &err), 0);
}

static void one_item(struct option_list *list, unsigned *set_at, const char *text)
{
	list->items[0] = text;
	list->n = 1;
	*set_at = 1;
}

static void add_channel(struct options *o, const char *name, int profile)
{
	struct option_channel *c = &o->channels[o->n_channels++];

	c->name = name;
	c->profile = profile;
	c->set_at[OPTION_ID_profile] = profile >= 0;
}

static void test_channels(void **state)
{
	static struct options  o;
	static struct policies all;
	struct err             err;

	(void)state;
	o = (struct options){.profile = PROFILE_FULL};
	one_item(&o.allow_rpcs, &o.set_at[OPTION_ID_allow_rpcs], "guest-ping,guest-thaw");
	add_channel(&o, "same", -1);
	add_channel(&o, "less", PROFILE_INFO);
	add_channel(&o, "more", -1);
	one_item(&o.channels[2].allow_rpcs, &o.channels[2].set_at[OPTION_ID_allow_rpcs],
		 "guest-file-open");
	load(&all, &o);
	check_channel(&all, 0, "pt", "pt");
	check_channel(&all, 1, "pt", "pt");
	/* who cannot thaw cannot when another can */
	check_channel(&all, 2, "p", "p");
	check_channel(&all, 3, "o", "");
	check_channel(&all, 4, "", "t"); /* there is none */
	assert_true(policies_allow_any(&all, &commands[FILE_OPEN]));
	assert_false(policies_allow_any_name(&all, "guest-exec"));
	err_init(&err);
	assert_int_equal(policy_check(policies_of(&all, 2), &commands[THAW], false, &err), -1);
	assert_string_equal(err.text, "Command guest-thaw has been disabled: the command is not "
				      "allowed by profile=info in [channel less]");
	err_init(&err);
	assert_int_equal(policy_check(policies_of(&all, 3), &commands[PING], false, &err), -1);
	assert_string_equal(err.text, "Command guest-ping has been disabled: the command is not "
				      "allowed by allow-rpcs in [channel more]");
}

/* What [general] blocks is blocked everywhere. */
static void test_blocked_everywhere(void **state)
{
	static struct options  o;
	static struct policies all;

	(void)state;
	o = (struct options){.profile = PROFILE_INFO};
	one_item(&o.block_rpcs, &o.set_at[OPTION_ID_block_rpcs], "guest-file-open,guest-thaw");
	add_channel(&o, "a", PROFILE_FULL);
	one_item(&o.channels[0].block_rpcs, &o.channels[0].set_at[OPTION_ID_block_rpcs],
		 "guest-ping");
	load(&all, &o);
	check_channel(&all, 0, "p", "pt");
	check_channel(&all, 1, "", "t"); /* nobody may thaw: so everybody may */
	assert_false(policies_allow_any(&all, &commands[FILE_OPEN]));
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
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_names_of_profiles),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_blocked_everywhere),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
