/* SPDX-License-Identifier: MIT */
/* os-release(5): quotes, escapes, odd lines, where it is looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured.h"
#include "sys/osrelease.h"

static struct captured c;
static struct arena    arena;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unsetenv("QGA_OS_RELEASE");
	arena_fini(&arena);
	captured_close(&c);
	return 0;
}

/* The value of NAME in a text. */
static const char *name_in(const char *text)
{
	struct osrelease r;

	assert_int_equal(osrelease_parse(slice_of(text, strlen(text)), &arena, &r), 0);
	return r.value[OSRELEASE_NAME];
}

static void bare_values(void **state)
{
	(void)state;
	assert_string_equal(name_in("NAME=Debian\n"), "Debian");
	assert_string_equal(name_in("NAME=Debian"), "Debian");
	assert_string_equal(name_in("  NAME = Debian  \n"), "Debian");
	assert_string_equal(name_in("NAME=\n"), "");
	assert_string_equal(name_in("NAME=one two\n"), "one");
	assert_string_equal(name_in("NAME=one;two\n"), "one");
	assert_string_equal(name_in("NAME=a\\ b\\\\c\n"), "a b\\c");
	assert_string_equal(name_in("NAME=a\\"), "a\\");
	assert_string_equal(name_in("NAME=x=y\r\n"), "x=y");
	assert_string_equal(name_in("NAME=\xc3\xa9\n"), "\xc3\xa9");
}

static void quoted_values(void **state)
{
	(void)state;
	assert_string_equal(name_in("NAME=\"Debian GNU/Linux\"\n"), "Debian GNU/Linux");
	assert_string_equal(name_in("NAME=\"a;b # c\" # d\n"), "a;b # c");
	assert_string_equal(name_in("NAME=\"\\$\\'\\\"\\\\\\`\\n\"\n"), "$'\"\\`\\n");
	assert_string_equal(name_in("NAME='Single Q'\n"), "Single Q");
	assert_string_equal(name_in("NAME='a\\b\"$c'\n"), "a\\b\"$c");
	assert_string_equal(name_in("NAME=\"unterminated\n"), "unterminated");
	assert_string_equal(name_in("NAME='unterminated\n"), "unterminated");
	assert_string_equal(name_in("NAME=\"\n"), "");
	assert_string_equal(name_in("NAME=\"\"\n"), "");
}

static void lines_that_do_not_count(void **state)
{
	(void)state;
	assert_null(name_in(""));
	assert_null(name_in("# NAME=x\n"));
	assert_null(name_in("  # NAME=x\n"));
	assert_null(name_in("export NAME=x\n"));
	assert_null(name_in("PRETTY_NAME=x\n"));
	assert_null(name_in("NAME\n=\nname=x\n"));
	assert_string_equal(name_in("export ID=x\n???\nNAME=y\n"), "y");
	assert_string_equal(name_in("NAME=first\nNAME=last\n"), "last");
}

static void all_keys(void **state)
{
	static const char text[] = "ID=a\nNAME=b\nPRETTY_NAME=c\nVERSION=d\nVERSION_ID=e\n"
				   "VARIANT=f\nVARIANT_ID=g\n";
	struct osrelease  r;
	int               i;

	(void)state;
	assert_int_equal(osrelease_parse(slice_of(text, sizeof(text) - 1), &arena, &r), 0);
	for (i = 0; i < OSRELEASE_KEYS; i++)
		assert_int_equal(r.value[i][0], 'a' + i);
}

static const char *id_read(void)
{
	struct osrelease r;

	assert_int_equal(osrelease_read(&c.root, &arena, &r), 0);
	return r.value[OSRELEASE_ID];
}

static void where_it_is(void **state)
{
	(void)state;
	assert_null(id_read());
	captured_file(&c, "/usr/lib/os-release", "ID=usr\n");
	assert_string_equal(id_read(), "usr");
	captured_file(&c, "/etc/os-release", "ID=etc\n");
	assert_string_equal(id_read(), "etc");
	captured_file(&c, "/other", "ID=other\n");
	assert_int_equal(setenv("QGA_OS_RELEASE", "/other", 1), 0);
	assert_string_equal(id_read(), "other");
	assert_int_equal(setenv("QGA_OS_RELEASE", "/none", 1), 0);
	assert_null(id_read()); /* and no other file instead */
}

static void no_memory(void **state)
{
	struct osrelease r;
	struct arena     little;

	(void)state;
	arena_init(&little, 8);
	assert_int_equal(osrelease_parse(slice_of("NAME=a long value", 17), &little, &r), -1);
	arena_fini(&little);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bare_values),
		cmocka_unit_test(quoted_values),
		cmocka_unit_test(lines_that_do_not_count),
		cmocka_unit_test(all_keys),
		cmocka_unit_test(where_it_is),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
