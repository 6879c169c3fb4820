/* SPDX-License-Identifier: MIT */
/* Serial numbers that are kept: for whom, until when, and while others write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/serials.h"

static void test_kept(void **state)
{
	struct serials *s = serials_new();
	char            text[SERIALS_TEXT_MAX];

	(void)state;
	assert_non_null(s);
	assert_false(serials_find(s, 1, text));
	serials_keep(s, 1, "one");
	serials_keep(s, 2, "");
	assert_true(serials_find(s, 1, text));
	assert_string_equal(text, "one");
	assert_true(serials_find(s, 2, text));
	assert_string_equal(text, "");
	/* a disk without a number of its own is never known */
	serials_keep(s, 0, "none");
	assert_false(serials_find(s, 0, text));
	/* the same place */
	assert_false(serials_find(s, 1 + SERIALS_MAX, text));
	serials_keep(s, 1 + SERIALS_MAX, "later");
	assert_false(serials_find(s, 1, text));
	assert_true(serials_find(s, 1 + SERIALS_MAX, text));
	assert_string_equal(text, "later");
	serials_free(s);
}

static void test_long(void **state)
{
	struct serials *s = serials_new();
	char            text[SERIALS_TEXT_MAX], got[SERIALS_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	serials_keep(s, 5, text);
	assert_true(serials_find(s, 5, got));
	assert_string_equal(got, text);
	serials_free(s);
}

#define ROUNDS 200000

/* Two disks that fall into one place, as two workers see them. */
static int write_both(struct serials *s)
{
	char a[SERIALS_TEXT_MAX], b[SERIALS_TEXT_MAX];
	int  i;

	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
	for (i = 0; i < ROUNDS; i++) {
		serials_keep(s, 7, a);
		serials_keep(s, 7 + SERIALS_MAX, b);
	}
	return 0;
}

/* What is found is whole and the right disk's, whatever is being written. */
static void test_two_processes(void **state)
{
	struct serials *s = serials_new();
	char            text[SERIALS_TEXT_MAX];
	int             status, i;
	pid_t           pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(write_both(s));
	for (i = 0; i < ROUNDS; i++) {
		uint64_t disk = i % 2 ? 7 : 7 + SERIALS_MAX;

		if (serials_find(s, disk, text))
			assert_int_equal(strspn(text, i % 2 ? "a" : "b"), sizeof(text) - 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(serials_find(s, 7 + SERIALS_MAX, text));
	serials_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_two_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
