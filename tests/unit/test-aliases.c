/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/aliases.h"
#include "sample.h"

/* The arguments afterwards; they are still JSON. */
static void expect(const char *command, const char *args, const char *want, bool old_handle)
{
	struct sample s;
	struct json   root = sample_str(&s, args);
	struct err    err;
	bool          old = !old_handle;

	err_init(&err);
	assert_int_equal(aliases_rewrite(command, &root, &old, &err), 0);
	assert_int_equal(err.set, false);
	assert_int_equal(old, old_handle);
	assert_string_equal(s.bytes, want);
	assert_int_equal(json_check(&s.text, &err), 0);
	sample_close(&s);
}

static void expect_same(const char *command, const char *args)
{
	expect(command, args, args, false);
}

static void expect_twice(const char *command, const char *args, const char *text)
{
	struct sample s;
	struct json   root = sample_str(&s, args);
	struct err    err;
	bool          old;

	err_init(&err);
	assert_int_equal(aliases_rewrite(command, &root, &old, &err), -1);
	assert_string_equal(err.text, text);
	sample_close(&s);
}

static void test_apply(void **state)
{
	static const char *const others[] = {"",           "guest-ping",  "guest-file",
					     "guest-fil-", "GUEST-FILE-", " guest-file-open"};
	size_t                   i;

	(void)state;
	assert_int_equal(aliases_apply("guest-file-open"), true);
	assert_int_equal(aliases_apply("guest-file-close"), true);
	assert_int_equal(aliases_apply("guest-file-read"), true);
	assert_int_equal(aliases_apply("guest-file-write"), true);
	assert_int_equal(aliases_apply("guest-file-seek"), true);
	assert_int_equal(aliases_apply("guest-file-flush"), true);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(aliases_apply(others[i]), false);
}

static void test_handle(void **state)
{
	static const char *const commands[] = {"guest-file-close", "guest-file-read",
					       "guest-file-write", "guest-file-seek",
					       "guest-file-flush"};
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		expect(commands[i], "{\"filehandle\":1000}", "{\"handle\"    :1000}", true);
		expect_same(commands[i], "{\"handle\":1000}");
	}
	expect_same("guest-file-open", "{\"filehandle\":1000}");
}

static void test_path(void **state)
{
	(void)state;
	expect("guest-file-open", "{\"filepath\": \"/a\", \"mode\": \"r\"}",
	       "{\"path\"    : \"/a\", \"mode\": \"r\"}", false);
	expect_same("guest-file-open", "{\"path\": \"filepath\"}");
	expect_same("guest-file-read", "{\"filepath\": \"/a\"}");
}

static void test_data(void **state)
{
	(void)state;
	expect("guest-file-write", "{\"data_b64\":\"\",\"count\":0,\"filehandle\":7}",
	       "{\"buf-b64\" :\"\",\"count\":0,\"handle\"    :7}", true);
	expect("guest-file-write", "{\"handle\":7,\"data_b64\":\"QQ==\"}",
	       "{\"handle\":7,\"buf-b64\" :\"QQ==\"}", false);
	expect_same("guest-file-read", "{\"data_b64\":\"\"}");
}

/* A verb is a whole word of the list. */
static void test_other_verbs(void **state)
{
	static const char *const commands[] = {"guest-file-rea",         "guest-file-ead",
					       "guest-file-reads",       "guest-file-close-",
					       "guest-file-write seek-", "guest-file-x"};
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		expect_same(commands[i], "{\"filehandle\":1,\"filepath\":2,\"data_b64\":3}");
}

/* Other quotes, and escapes: the name gets shorter all the same. */
static void test_spellings(void **state)
{
	(void)state;
	expect("guest-file-read", "{'filehandle':1}", "{'handle'    :1}", true);
	expect("guest-file-read", "{\"file\\u0068andle\":1}", "{\"handle\"         :1}", true);
	expect("guest-file-open", "{\"\\u0066ilepat\\u0068\":''}", "{\"path\"              :''}",
	       false);
	expect_same("guest-file-read", "{\"Filehandle\":1,\"filehandles\":2,\"filehandl\":3}");
	expect_same("guest-file-read", "{\"filehandle\\u0000\":1}");
}

/* Only names of the object itself. */
static void test_depth(void **state)
{
	(void)state;
	expect_same("guest-file-read", "{\"x\":{\"filehandle\":1},\"y\":[{\"filehandle\":2}]}");
	expect_same("guest-file-read", "{\"x\":\"filehandle\"}");
	expect("guest-file-read", "{\"filehandle\":{\"handle\":1}}",
	       "{\"handle\"    :{\"handle\":1}}", true);
}

static void test_no_object(void **state)
{
	struct json   absent = {.p = NULL};
	struct sample s;
	struct err    err;
	bool          old = true;

	(void)state;
	expect_same("guest-file-read", "{}");
	expect_same("guest-file-read", "[\"filehandle\"]");
	expect_same("guest-file-read", "\"filehandle\"");
	expect_same("guest-file-read", "null");
	(void)sample_str(&s, "");
	absent.text = &s.text;
	err_init(&err);
	assert_int_equal(aliases_rewrite("guest-file-read", &absent, &old, &err), 0);
	assert_int_equal(old, false);
	sample_close(&s);
}

static void test_twice(void **state)
{
	static const char handle[] =
		"Parameter 'handle' is given twice, also under its old name 'filehandle'";

	(void)state;
	expect_twice("guest-file-read", "{\"filehandle\":1,\"handle\":1}", handle);
	expect_twice("guest-file-read", "{\"handle\":1,\"filehandle\":1}", handle);
	expect_twice("guest-file-seek", "{'handl\\u0065':1,'x':2,\"filehandle\":1}", handle);
	expect_twice("guest-file-open", "{\"filepath\":\"\",\"path\":\"\"}",
		     "Parameter 'path' is given twice, also under its old name 'filepath'");
	expect_twice("guest-file-write", "{\"filehandle\":1,\"buf-b64\":\"\",\"data_b64\":\"\"}",
		     "Parameter 'buf-b64' is given twice, also under its old name 'data_b64'");
}

static void expect_handle(const char *key, bool want)
{
	struct sample s;
	struct json   j = sample_str(&s, key);

	assert_int_equal(aliases_is_handle(&j), want);
	sample_close(&s);
}

static void test_is_handle(void **state)
{
	(void)state;
	expect_handle("\"handle\"", true);
	expect_handle("'filehandle'", true);
	expect_handle("\"h\\u0061ndle\"", true);
	expect_handle("\"\"", false);
	expect_handle("\"handl\"", false);
	expect_handle("\"handles\"", false);
	expect_handle("\"Handle\"", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply),       cmocka_unit_test(test_handle),
		cmocka_unit_test(test_path),        cmocka_unit_test(test_data),
		cmocka_unit_test(test_other_verbs), cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_depth),       cmocka_unit_test(test_no_object),
		cmocka_unit_test(test_twice),       cmocka_unit_test(test_is_handle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
