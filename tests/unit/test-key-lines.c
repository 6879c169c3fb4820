/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "sys/key_lines.h"

typedef int change_fn(const char *old, size_t n, const struct key_list *keys, struct buf *to);

static void expect(change_fn *change, const char *old, char *const *keys, size_t n,
		   const char *wanted)
{
	struct key_list list = {.n = n, .items = keys};
	struct buf      to = BUF_INIT(1 << 20);

	assert_int_equal(change(old, strlen(old), &list, &to), 0);
	buf_add_char(&to, '\0');
	assert_string_equal(to.data, wanted);
	buf_fini(&to);
}

static void test_add(void **state)
{
	static char a[] = "a", b[] = "b", none[] = "", c[] = "ssh-rsa AAAA x@y";
	char *const ab[] = {a, b}, *const aba[] = {a, b, a}, *const empty[] = {none},
		    *const rest[] = {c, none};

	(void)state;
	expect(key_lines_add, "", ab, 2, "a\nb");
	expect(key_lines_add, "", NULL, 0, "");
	expect(key_lines_add, "x", ab, 2, "x\na\nb");
	/* the empty line of a final line feed stays between old and new */
	expect(key_lines_add, "x\n", ab, 2, "x\n\na\nb");
	expect(key_lines_add, "b\nx", aba, 3, "b\nx\na");
	expect(key_lines_add, "", aba, 3, "a\nb");
	expect(key_lines_add, "a \n a\n#a", ab, 1, "a \n a\n#a\na");
	/* what virsh sends for the line feed at the end of its file */
	expect(key_lines_add, "x\n", rest, 2, "x\n\nssh-rsa AAAA x@y");
	expect(key_lines_add, "x", empty, 1, "x\n");
	/* repeated old lines are the user's */
	expect(key_lines_add, "q\nq\nq", ab, 1, "q\nq\nq\na");
}

static void test_remove(void **state)
{
	static char a[] = "a", b[] = "b", none[] = "";
	char *const ab[] = {a, b}, *const empty[] = {none};

	(void)state;
	expect(key_lines_remove, "", ab, 2, "");
	expect(key_lines_remove, "a", ab, 2, "");
	expect(key_lines_remove, "a\n", ab, 2, "");
	expect(key_lines_remove, "x\na\n#c\nb\na\nopt a\n", ab, 2, "x\n#c\nopt a\n");
	expect(key_lines_remove, "x\n\ny\n", empty, 1, "x\ny");
	expect(key_lines_remove, "x\ny", NULL, 0, "x\ny");
}

static void expect_list(const char *text, size_t n, const char *const *wanted, size_t n_wanted)
{
	char   copy[256], *items[64];
	size_t i, found;

	memcpy(copy, text, n);
	assert_true(key_lines_count(copy, n) <= 64);
	found = key_lines_list(copy, n, items);
	assert_int_equal(found, n_wanted);
	for (i = 0; i < found; i++)
		assert_string_equal(items[i], wanted[i]);
}

static void test_list(void **state)
{
	static const char *const two[] = {"b b", "a"}, *const one[] = {"a"};

	(void)state;
	expect_list("", 0, NULL, 0);
	expect_list("\n\n \n", 4, NULL, 0);
	expect_list("a\nb b\n", 6, two, 2);
	expect_list(" \ta \r\n\n  # no\n\v b b\f", 20, two, 2);
	expect_list("#x\na", 4, one, 1);
	expect_list("\na", 2, one, 1);
}

/* As many lines as a file may have: a quadratic algorithm would not come back. */
static void test_many(void **state)
{
	static char    *keys[100000];
	struct key_list list = {.n = 100000, .items = keys};
	struct buf      old = BUF_INIT(4 << 20), to = BUF_INIT(4 << 20);
	size_t          i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		keys[i] = malloc(16);
		assert_non_null(keys[i]);
		(void)snprintf(keys[i], 16, "key %zu", i);
		if (i % 2)
			buf_printf(&old, "key %zu\n", i);
	}
	assert_int_equal(key_lines_add(old.data, old.len, &list, &to), 0);
	assert_int_equal(key_lines_count(to.data, to.len), 100001);
	buf_reset(&old, 0);
	assert_int_equal(key_lines_remove(to.data, to.len, &list, &old), 0);
	assert_int_equal(old.len, 0);
	for (i = 0; i < 100000; i++)
		free(keys[i]);
	buf_fini(&old);
	buf_fini(&to);
}

static void test_limit(void **state)
{
	static char     key[] = "a long enough key";
	char *const     keys[] = {key};
	struct key_list list = {.n = 1, .items = keys};
	struct buf      to = BUF_INIT(10);

	(void)state;
	assert_int_equal(key_lines_add("", 0, &list, &to), -1);
	buf_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),   cmocka_unit_test(test_remove),
		cmocka_unit_test(test_list),  cmocka_unit_test(test_many),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
