/* SPDX-License-Identifier: MIT */
/*
 * The configuration reader on any bytes: it may refuse them; what it accepts is printed, read, and
 * printed again. Each reading turns lists round, so the second print must be the first again. And
 * the policies that follow from it: read again without a change they are the same, and nothing
 * needs a restart.
 */
#include <string.h>

#include "config/file.h"
#include "config/rows.h"
#include "policy/narrow.h"
#include "policy/rules.h"
#include "policy/store.h"
#include "target.h"

#define DUMP_BYTES ((size_t)8 << 20)

static void dump(const struct options *o, char *text, size_t *ret_n)
{
	FILE *to = fmemopen(text, DUMP_BYTES, "w");

	MUST(to);
	options_dump(o, to);
	*ret_n = (size_t)ftell(to);
	MUST(*ret_n < DUMP_BYTES);
	(void)fclose(to);
	text[*ret_n] = '\0';
}

/* Reads text in place; the options point into it. */
static int load(struct options *o, bool strict, char *text, size_t n)
{
	struct err err;
	int        rc;

	options_set_defaults(o);
	o->strict = strict;
	err_init(&err);
	rc = config_file_parse(o, "fuzz", text, n, &err);
	MUST((rc < 0) == err.set);
	return rc;
}

static void forget(struct options *o)
{
	size_t i;

	for (i = 0; i < o->n_warnings; i++)
		free((void *)(uintptr_t)o->warnings[i]);
}

static void go_round(const struct options *first)
{
	static char    texts[2][DUMP_BYTES];
	char          *read[2] = {NULL, NULL};
	struct options o;
	size_t         n[2];
	int            i;

	dump(first, texts[0], &n[0]);
	memcpy(texts[1], texts[0], n[0] + 1);
	n[1] = n[0];
	for (i = 0; i < 2; i++) {
		read[i] = malloc(n[1] + 1);
		MUST(read[i]);
		memcpy(read[i], texts[1], n[1] + 1);
		MUST(load(&o, true, read[i], n[1]) == 0);
		dump(&o, texts[1], &n[1]);
	}
	MUST(n[0] == n[1] && !memcmp(texts[0], texts[1], n[0]));
	free(read[0]);
	free(read[1]);
}

const struct command commands[] = {
	{.name = "guest-exec"},
	{.name = "guest-fsfreeze-thaw",
	 .flags = CMD_WHEN_FROZEN | CMD_ALWAYS_WHEN_FROZEN | CMD_PROFILE_BACKUP},
	{.name = "guest-ping", .flags = CMD_WHEN_FROZEN | CMD_PROFILE_INFO},
};
const size_t n_commands = ARRAY_SIZE(commands);

static bool rule_allows(const struct policy *p, enum policy_setting rule, const char *what)
{
	if (rule == POLICY_PASSWORD_USERS || rule == POLICY_SSH_USERS)
		return rules_allow_user(p, rule, what);
	return rules_allow_path(p, rule, what);
}

static void same_rules(const struct policy *a, const struct policy *b)
{
	enum policy_setting rule;

	for (rule = POLICY_RULES_FIRST; rule < POLICY_SETTINGS; rule++) {
		const char *item = NULL;

		MUST(rules_is_set(a, rule) == rules_is_set(b, rule));
		while ((item = rules_next(a, rule, item)))
			MUST(rule_allows(a, rule, item) == rule_allows(b, rule, item));
	}
}

static void same_policy(const struct policy *a, const struct policy *b)
{
	size_t i;

	for (i = 0; i < 2 * n_commands; i++)
		MUST(policy_verdict(a, &commands[i / 2], i % 2) ==
		     policy_verdict(b, &commands[i / 2], i % 2));
	same_rules(a, b);
	same_rules(b, a);
}

static void check_policies(struct options *o)
{
	static struct policies first, again;
	static char            words[POLICY_WORDS_MAX];
	struct err             err;
	size_t                 i;

	err_init(&err);
	if (policies_load(&first, o, &err) < 0)
		return;
	*words = '\0';
	policies_narrow(&again, &first, &first, words);
	MUST(!*words && again.n == first.n);
	for (i = 0; i < first.n; i++)
		same_policy(&first.of[i], &again.of[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char          *text = malloc(size + 1);
	struct options o;
	int            strict;

	MUST(text);
	for (strict = 0; strict < 2; strict++) {
		memcpy(text, data, size);
		text[size] = '\0';
		if (load(&o, strict, text, size) == 0) {
			go_round(&o);
			check_policies(&o);
		}
		forget(&o);
	}
	free(text);
	return 0;
}
