/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/keyfile.h"

/* What a text gives, as one line: "[g] k=v; ", an error as "! text". */
static void read_all(const char *text, size_t n, struct buf *out)
{
	char          *copy = malloc(n + 1);
	struct keyfile k;
	struct err     err;
	int            rc;

	assert_non_null(copy);
	memcpy(copy, text, n);
	copy[n] = '\0';
	keyfile_start(&k, copy, n);
	err_init(&err);
	buf_reset(out, 0);
	while ((rc = keyfile_next(&k, &err)) > 0)
		if (k.key)
			buf_printf(out, "%u:%s=%s;", k.line, k.key, k.value);
		else
			buf_printf(out, "[%s];", k.group);
	if (rc < 0)
		buf_printf(out, "! %s", err.text);
	buf_add_char(out, '\0');
	free(copy);
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", ""},
		{"\n\n# nothing\n  # here\n", ""},
		{"[g]\nk=v", "[g];2:k=v;"},
		{"[g]\r\nk=v\r\n", "[g];2:k=v;"},
		{"  [g]  \n  k  =  v w  \n", "[g];2:k=v w;"},
		{"[two words]\nk=\n=v", "[two words];2:k=;! line 3: no key before '='"},
		{"[g]\nk=a=b#c;d", "[g];2:k=a=b#c;d;"},
		{"[g]\nk=\\s\\n\\t\\r\\\\x\\s", "[g];2:k= \n\t\r\\x ;"},
		{"[g]\nk=\\x", "[g];! line 2: a backslash that is followed by none of s n t r \\"},
		{"[g]\nk=x\\", "[g];! line 2: a backslash that is followed by none of s n t r \\"},
		{"[g]\nk=\303\244", "[g];2:k=\303\244;"},
		{"[g]\nk=\303", "[g];! line 2: not UTF-8"},
		{"k=v", "! line 1: a key before the first [group]"},
		{"[g]\nword", "[g];! line 2: not a [group], a key=value, or a comment"},
		{"[g", "! line 1: not a [group]"},
		{"[]", "! line 1: not a [group]"},
		{"[a[b]", "! line 1: not a [group]"},
		{"[a] b", "! line 1: not a [group]"},
		{"\n\n[g]\n\nk=v\n[h]\nl=w\n", "[g];5:k=v;[h];7:l=w;"},
	};
	struct buf out = BUF_INIT(4096);
	size_t     i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		read_all(rows[i].text, strlen(rows[i].text), &out);
		assert_string_equal(out.data, rows[i].want);
	}
	read_all("[g]\nk=\0v", 8, &out);
	assert_string_equal(out.data, "! a NUL character");
	buf_fini(&out);
}

static void test_escape(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{"", ""},
		{"a b\tc", "a b\tc"},
		{"  a ", "\\s\\sa\\s"},
		{"\ta\t", "\\ta\\t"},
		{"a\nb\rc\\d", "a\\nb\\rc\\\\d"},
		{" ", "\\s"},
		{"\303\244", "\303\244"},
	};
	struct buf out = BUF_INIT(4096);
	char       text[64], file[80];
	size_t     i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(keyfile_escape(rows[i].value, text, sizeof(text)),
				 strlen(rows[i].want));
		assert_string_equal(text, rows[i].want);
		(void)snprintf(file, sizeof(file), "[g]\nk=%s\n", text);
		read_all(file, strlen(file), &out);
		(void)snprintf(file, sizeof(file), "[g];2:k=%s;", rows[i].value);
		assert_string_equal(out.data, file);
	}
	assert_int_equal(keyfile_escape("abc", text, 3), 3);
	assert_string_equal(text, "ab");
	assert_int_equal(keyfile_escape("a b", NULL, 0), 3);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
