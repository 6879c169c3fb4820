/* SPDX-License-Identifier: MIT */
/*
 * Holds the manual pages to the table of options: every option has a paragraph in virtagent(8),
 * every key one in virtagent.conf(5), and what is described exists. And the example of a
 * configuration file: every key is in it, with the value that it has without it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/rows.h"

static char *read_page(const char *name)
{
	char  *text = calloc(1, (size_t)1 << 20), path[4096];
	FILE  *from;
	size_t n;

	assert_non_null(text);
	(void)snprintf(path, sizeof(path), MANUALS "/%s", name);
	from = fopen(path, "r");
	assert_non_null(from);
	n = fread(text, 1, ((size_t)1 << 20) - 1, from);
	text[n] = '\0';
	(void)fclose(from);
	return text;
}

/* Whether a line of headings has the word: it begins with '*' and holds "*word*" or "*word", then
 * '[' or a blank. */
static bool has_heading(const char *text, const char *word)
{
	char mark[128];

	(void)snprintf(mark, sizeof(mark), "*%s*", word);
	while ((text = strstr(text, mark))) {
		const char *line = text;

		while (line[-1] != '\n')
			line--;
		if (*line == '*')
			return true;
		text++;
	}
	return false;
}

static void test_options(void **state)
{
	char  *page = read_page("virtagent.8.scd"), word[64];
	size_t i;

	(void)state;
	for (i = 0; i < n_option_rows; i++) {
		const struct option_row *r = &option_rows[i];

		if (!r->name)
			continue;
		(void)snprintf(word, sizeof(word), "--%s", r->name);
		if (!has_heading(page, word))
			fail_msg("virtagent(8) does not describe %s", word);
		(void)snprintf(word, sizeof(word), "-%c", r->letter);
		if (r->letter && !has_heading(page, word))
			fail_msg("virtagent(8) does not describe %s", word);
	}
	free(page);
}

static void test_keys(void **state)
{
	char  *page = read_page("virtagent.conf.5.scd");
	size_t i;

	(void)state;
	for (i = 0; i < n_option_rows; i++)
		if (option_rows[i].key && !has_heading(page, option_rows[i].key))
			fail_msg("virtagent.conf(5) does not describe %s", option_rows[i].key);
	free(page);
}

static bool has_option(const char *name, size_t n)
{
	size_t i;

	if ((n == 4 && !memcmp(name, "help", n)) || (n == 7 && !memcmp(name, "version", n)))
		return true;
	for (i = 0; i < n_option_rows; i++)
		if (option_rows[i].name && strlen(option_rows[i].name) == n &&
		    !memcmp(option_rows[i].name, name, n))
			return true;
	return false;
}

/* The other way round: no heading for an option that is not there. */
static void test_nothing_else(void **state)
{
	char *page = read_page("virtagent.8.scd"), *at = page;

	(void)state;
	while ((at = strstr(at, "*--"))) {
		const char *line = at;
		size_t      n = strcspn(at + 3, "*[= ");

		while (line[-1] != '\n')
			line--;
		if (*line == '*' && !has_option(at + 3, n))
			fail_msg("virtagent(8) describes --%.*s", (int)n, at + 3);
		at += 3;
	}
	free(page);
}

/* "#key=value" of the example, without the '#', cut in two; NULL: there are no more. */
static char *next_key(char **at, char **ret_value)
{
	char *line;

	while ((line = strsep(at, "\n"))) {
		size_t n = strspn(line + (*line == '#'), "abcdefghijklmnopqrstuvwxyz-");

		if (*line != '#' || n == 0 || line[1 + n] != '=')
			continue;
		line[1 + n] = '\0';
		*ret_value = line + n + 2;
		return line + 1;
	}
	return NULL;
}

/* Whether the member has a value when nobody says anything. */
static bool has_default(const struct option_row *r, const struct options *o)
{
	const void *member = (const char *)o + r->offset;

	if (r->kind == OPTION_LIST || r->kind == OPTION_WORDS)
		return false;
	return (r->kind != OPTION_STRING && r->kind != OPTION_HOOK) ||
	       *(const char *const *)member != NULL;
}

static void test_example(void **state)
{
	static struct options o;
	char      *text = read_page("../examples/virtagent.conf"), *at = text, *key, *value;
	bool       seen[128] = {false};
	struct err err;
	size_t     i;

	(void)state;
	assert_true(n_option_rows <= sizeof(seen));
	while ((key = next_key(&at, &value))) {
		const struct option_row *r = option_row_of_key(key);
		bool                     shows_default;

		if (!r)
			fail_msg("the example has a key %s, which there is not", key);
		if (seen[r - option_rows])
			continue; /* that of a [channel] */
		seen[r - option_rows] = true;
		options_set_defaults(&o);
		shows_default = has_default(r, &o);
		err_init(&err);
		if (option_set(r, &o, value, 1, &err) < 0)
			fail_msg("the example says %s=%s: %s", key, value, err.text);
		if (shows_default && !option_is_default(r, &o))
			fail_msg("the example says %s=%s, which is not the default", key, value);
	}
	for (i = 0; i < n_option_rows; i++)
		if (option_rows[i].key && !seen[i])
			fail_msg("the example does not have %s", option_rows[i].key);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_nothing_else),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
