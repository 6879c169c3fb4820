/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "build_config.h"
#include "config/options.h"

#define WORDS_MAX (OPTION_LISTS_MAX + 2)

struct parsed {
	enum options_result result;
	struct options      options;
	char                out[4096]; /* what went to standard output and standard error */
};

/* Parses with both output streams in a file. */
static void parse(struct parsed *p, const char *const *words)
{
	char  *argv[WORDS_MAX + 2] = {(char[]){"virtagent"}}; /* getopt changes the order only */
	FILE  *capture = tmpfile();
	int    argc = 1, saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	size_t n;

	for (; argc <= WORDS_MAX && words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	(void)fflush(stdout);
	(void)fflush(stderr);
	(void)dup2(fileno(capture), STDOUT_FILENO);
	(void)dup2(fileno(capture), STDERR_FILENO);
	optind = 0; /* getopt's way to begin anew */
	p->result = options_parse(argc, argv, &p->options);
	(void)fflush(stdout);
	(void)fflush(stderr);
	(void)dup2(saved[0], STDOUT_FILENO);
	(void)dup2(saved[1], STDERR_FILENO);
	(void)close(saved[0]);
	(void)close(saved[1]);
	rewind(capture);
	n = fread(p->out, 1, sizeof(p->out) - 1, capture);
	p->out[n] = '\0';
	(void)fclose(capture);
}

static void test_defaults(void **state)
{
	static const char *const none[] = {NULL};
	struct parsed            p;

	(void)state;
	parse(&p, none);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_string_equal(p.out, "");
	assert_string_equal(p.options.method, "virtio-serial");
	assert_null(p.options.path);
	assert_string_equal(p.options.statedir, "/var/run");
	assert_int_equal(p.options.verbose, false);
	assert_int_equal(p.options.block_rpcs.n, 0);
	assert_int_equal(p.options.allow_rpcs.n, 0);
	assert_int_equal(p.options.sync_grace, 500);
	assert_int_equal(p.options.worker_idle, 10000);
	assert_int_equal(p.options.orphan_grace, 10000);
}

/* In the order of the declarations, letters and long names. */
static void test_every_option(void **state)
{
	static const char *const forms[][WORDS_MAX + 1] = {
		{"-m", "stdio", "-p", "/x", "-t", "/y", "-v"},
		{"-mstdio", "-p/x", "-t/y", "-v"},
		{"--method", "stdio", "--path", "/x", "--statedir", "/y", "--verbose"},
		{"--method=stdio", "--path=/x", "--statedir=/y", "--verbose"},
		{"-vm", "unix-listen", "-m", "stdio", "-t/y", "-p", "/x"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_RUN);
		assert_string_equal(p.out, "");
		assert_string_equal(p.options.method, "stdio");
		assert_string_equal(p.options.path, "/x");
		assert_string_equal(p.options.statedir, "/y");
		assert_int_equal(p.options.verbose, true);
		assert_int_equal(p.options.sync_grace, 500);
	}
}

static void test_milliseconds(void **state)
{
	static const struct {
		const char *word;
		int64_t     value; /* -1: refused */
	} rows[] = {{"0", 0},
		    {"1", 1},
		    {"3600000", 3600000},
		    {"3600001", -1},
		    {"-1", -1},
		    {"", -1},
		    {"5s", -1},
		    {" 5", -1},
		    {"0x10", -1},
		    {"1.5", -1},
		    {"99999999999999999999", -1}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const words[] = {"--sync-grace", rows[i].word, NULL};
		char              want[200];
		struct parsed     p;

		parse(&p, words);
		if (rows[i].value >= 0) {
			assert_int_equal(p.result, OPTIONS_RUN);
			assert_int_equal(p.options.sync_grace, rows[i].value);
			continue;
		}
		assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
		(void)snprintf(
			want, sizeof(want),
			"--sync-grace: '%s' is not a number of milliseconds from 0 to 3600000\n",
			rows[i].word);
		assert_string_equal(p.out, want);
	}
}

static void test_lists(void **state)
{
	static const char *const words[] = {"-b", "a,b", "--block-rpcs=c", "-a", "", "-bd;e", NULL};
	struct parsed            p;

	(void)state;
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.block_rpcs.n, 3);
	assert_string_equal(p.options.block_rpcs.items[0], "a,b");
	assert_string_equal(p.options.block_rpcs.items[1], "c");
	assert_string_equal(p.options.block_rpcs.items[2], "d;e");
	assert_int_equal(p.options.allow_rpcs.n, 1);
	assert_string_equal(p.options.allow_rpcs.items[0], "");
}

static void test_lists_of_names(void **state)
{
	static const char *const forms[][WORDS_MAX + 1] = {
		{"-b", "help"}, {"-b?"}, {"--allow-rpcs=help"}, {"-v", "-a", "?"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_LIST);
		assert_string_equal(p.out, "");
	}
}

static void test_too_many_lists(void **state)
{
	const char   *words[2 * (OPTION_LISTS_MAX + 1) + 1] = {NULL};
	struct parsed p;
	size_t        i;

	(void)state;
	for (i = 0; i < OPTION_LISTS_MAX; i++)
		words[i] = "-bx";
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.block_rpcs.n, OPTION_LISTS_MAX);
	words[i] = "-bx";
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
	assert_string_equal(p.out, "--block-rpcs: given more than 16 times\n");
}

static void test_unknown(void **state)
{
	static const char *const forms[][2] = {
		{"-x", NULL}, {"--no-such", NULL}, {"--verbose=1", NULL}, {"-m", NULL}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
		if (!strstr(p.out,
			    "Unknown option, try 'virtagent --help' for more information.\n"))
			fail_msg("%s: %s", forms[i][0], p.out);
	}
}

static void test_version(void **state)
{
	static const char *const forms[][2] = {{"-V", NULL}, {"--version", NULL}};
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_EXIT_OK);
		assert_string_equal(p.out, "QEMU Guest Agent " PROTOCOL_VERSION
					   "\nvirtagent " VIRTAGENT_VERSION "\n");
	}
}

/* One line for every row, not wider than a terminal's line. */
static void test_help(void **state)
{
	static const char *const forms[][2] = {{"-h", NULL}, {"--help", NULL}};
	static const char *const names[] = {
#define X(kind, member, letter, name, value, arg, help) "--" name,
		OPTIONS_TABLE(X)
#undef X
			"--help",
		"--version",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;
		char         *line, *rest;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_EXIT_OK);
		for (k = 0; k < ARRAY_SIZE(names); k++)
			if (!strstr(p.out, names[k]))
				fail_msg("%s is not in the help text:\n%s", names[k], p.out);
		for (line = strtok_r(p.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			if (strlen(line) > 120)
				fail_msg("a long line: %s", line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),       cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_milliseconds),   cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lists_of_names), cmocka_unit_test(test_too_many_lists),
		cmocka_unit_test(test_unknown),        cmocka_unit_test(test_version),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
