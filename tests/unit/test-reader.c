/* SPDX-License-Identifier: MIT */
/*
 * Walking, numbers and strings of checked text, and that unchecked bytes cannot lead out of it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "random.h"
#include "sample.h"

static uint64_t seed;

static void expect_kind(const char *text, enum json_kind want)
{
	struct sample s;
	struct json   j = sample_str(&s, text);

	if (json_kind(&j) != want)
		fail_msg("%s: kind %d, not %d", text, json_kind(&j), want);
	sample_close(&s);
}

static void test_kinds(void **state)
{
	struct json absent = {.p = NULL};

	(void)state;
	expect_kind("null", JSON_NULL);
	expect_kind("true", JSON_BOOL);
	expect_kind("false", JSON_BOOL);
	expect_kind(" \n 0", JSON_NUMBER);
	expect_kind("-1", JSON_NUMBER);
	expect_kind("9", JSON_NUMBER);
	expect_kind("\"\"", JSON_STRING);
	expect_kind("''", JSON_STRING);
	expect_kind("[]", JSON_ARRAY);
	expect_kind("{}", JSON_OBJECT);
	expect_kind("", JSON_INVALID);
	expect_kind("  ", JSON_INVALID);
	expect_kind("}", JSON_INVALID);
	expect_kind("+1", JSON_INVALID);
	assert_int_equal(json_kind(&absent), JSON_INVALID);
}

/* The value ends after `n` bytes of the text. */
static void expect_end(const char *text, size_t n)
{
	struct sample s;
	struct json   j = sample_str(&s, text);

	if (json_value_end(&j) != s.bytes + n)
		fail_msg("%s: ends at %td, not at %zu", text, json_value_end(&j) - s.bytes, n);
	sample_close(&s);
}

static void test_value_end(void **state)
{
	(void)state;
	expect_end("null", 4);
	expect_end("null ", 4);
	expect_end("12,3", 2);
	expect_end("1.5e3]", 5);
	expect_end("true}", 4);
	expect_end("\"a\",1", 3);
	expect_end("\"a\\\"b\" ", 6);
	expect_end("'\"' ", 3);
	expect_end("\"\\\\\"x", 4);
	expect_end("[] ", 2);
	expect_end("[[],{}] ]", 7);
	expect_end("{\"a\":\"]}\",'b':'\\'}'}, ", 20);
	expect_end("\"abc", 4);
	expect_end("\"abc\\", 5);
	expect_end("[1,2", 4);
}

static void test_bool(void **state)
{
	struct sample s;
	struct json   j = sample_str(&s, "true");

	(void)state;
	assert_int_equal(json_is_true(&j), true);
	sample_close(&s);
	j = sample_str(&s, "false");
	assert_int_equal(json_is_true(&j), false);
	sample_close(&s);
}

/* --- numbers --- */

static struct json_num num_of(const char *text)
{
	struct sample   s;
	struct json     j = sample_str(&s, text);
	struct json_num num = json_num(&j);

	sample_close(&s);
	return num;
}

static void expect_int(const char *text, int64_t want)
{
	struct json_num num = num_of(text);

	if (num.kind != JSON_NUM_INT || num.i != want)
		fail_msg("%s: kind %d, %lld; expected %lld", text, num.kind, (long long)num.i,
			 (long long)want);
}

static void expect_uint(const char *text, uint64_t want)
{
	struct json_num num = num_of(text);

	if (num.kind != JSON_NUM_UINT || num.u != want)
		fail_msg("%s: kind %d, %llu; expected %llu", text, num.kind,
			 (unsigned long long)num.u, (unsigned long long)want);
}

static void expect_double(const char *text, double want)
{
	struct json_num num = num_of(text);

	if (num.kind != JSON_NUM_DOUBLE || num.d != want)
		fail_msg("%s: kind %d, %.17g; expected %.17g", text, num.kind, num.d, want);
}

static void test_numbers(void **state)
{
	(void)state;
	expect_int("0", 0);
	expect_int("-0", 0);
	expect_int("42 ", 42);
	expect_int("-42,", -42);
	expect_int("9223372036854775807", INT64_MAX);
	expect_int("-9223372036854775808", INT64_MIN);
	expect_uint("9223372036854775808", (uint64_t)INT64_MAX + 1);
	expect_uint("18446744073709551615", UINT64_MAX);
	expect_double("18446744073709551616", 18446744073709551616.0);
	expect_double("-9223372036854775809", -9223372036854775808.0);
	expect_double("1.0", 1);
	expect_double("1e3", 1000);
	expect_double("0e1", 0);
	expect_double("-0.0", 0);
	expect_double("0.1", 0.1);
	expect_double("5e-324", 5e-324);
	expect_double("1e-400", 0);
	expect_double("1e999", INFINITY);
	expect_double("-1e999", -INFINITY);
}

/* --- strings --- */

struct string_row {
	const char *text;
	const char *decoded; /* U+0000 as C0 80 */
	bool        has_nul;
};

static const struct string_row strings[] = {
	{"\"\"", "", false},
	{"'abc'", "abc", false},
	{"\"a\\\"b\\'c\\\\d\\/e\"", "a\"b'c\\d/e", false},
	{"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t", false},
	{"\"\\u0041\\u00e9\\u20AC\\uffff\"", "A\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF", false},
	{"\"\\ud83d\\uDE00\"", "\xF0\x9F\x98\x80", false},
	{"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", false},
	{"\"\xC3\xA9\xF0\x9F\x98\x80\"", "\xC3\xA9\xF0\x9F\x98\x80", false},
	{"\"a\\u0000b\"",
	 "a\xC0\x80"
	 "b",
	 true},
	{"\"a\xC0\x80"
	 "b\"",
	 "a\xC0\x80"
	 "b",
	 true},
	{"\"\\ufffd\\n\xEF\xBF\xBD\"", "\xEF\xBF\xBD\n\xEF\xBF\xBD", false},
	{"\"\\u005cn\"", "\\n", false},
	{"'\"'", "\"", false},
};

static void test_decode(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(strings); i++) {
		const struct string_row *row = &strings[i];
		struct sample            s;
		struct json              j = sample_str(&s, row->text);
		char                     copy[100], *decoded;
		size_t                   len, n = json_str_copy(&j, copy, sizeof(copy));
		bool                     has_nul;

		assert_string_equal(copy, row->decoded);
		assert_int_equal(n, strlen(row->decoded));
		assert_string_equal(s.bytes, row->text);
		assert_int_equal(json_str_raw_len(&j), strlen(row->text) - 2);

		assert_int_equal(json_str_decode(&j, &decoded, &len, &has_nul), 0);
		assert_string_equal(decoded, row->decoded);
		assert_int_equal(len, strlen(row->decoded));
		if (has_nul != row->has_nul)
			fail_msg("%s: NUL %d, not %d", row->text, has_nul, row->has_nul);
		assert_in_range((uintptr_t)decoded, (uintptr_t)s.bytes, (uintptr_t)s.text.end);
		sample_close(&s);

		j = sample_str(&s, row->text);
		assert_int_equal(json_str_decode(&j, &decoded, &len, NULL), 0);
		assert_int_equal(len, strlen(row->decoded));
		sample_close(&s);
	}
}

static void test_copy_is_cut_at_a_character(void **state)
{
	static const struct {
		size_t      size;
		const char *want;
	} cuts[] = {{1, ""},
		    {2, "a"},
		    {3, "a"},
		    {4, "a\xC3\xA9"},
		    {5, "a\xC3\xA9"},
		    {7, "a\xC3\xA9"},
		    {8, "a\xC3\xA9\xF0\x9F\x98\x80"},
		    {9, "a\xC3\xA9\xF0\x9F\x98\x80"
			"b"},
		    {50, "a\xC3\xA9\xF0\x9F\x98\x80"
			 "b"}};
	struct sample s;
	struct json   j = sample_str(&s, "\"a\\u00e9\\ud83d\\ude00b\"");
	size_t        i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		char  *dst = sample_memory(cuts[i].size);
		size_t n = json_str_copy(&j, dst, cuts[i].size);

		assert_string_equal(dst, cuts[i].want);
		assert_int_equal(n, strlen(cuts[i].want));
		free(dst);
	}
	sample_close(&s);
}

static void expect_is(const char *text, const char *other, bool want)
{
	struct sample s;
	struct json   j = sample_str(&s, text);

	if (json_str_is(&j, other) != want)
		fail_msg("%s is %s: not %d", text, other, want);
	sample_close(&s);
}

static void test_str_is(void **state)
{
	(void)state;
	expect_is("\"execute\"", "execute", true);
	expect_is("'execute'", "execute", true);
	expect_is("\"\\u0065xecut\\u0065\"", "execute", true);
	expect_is("\"\"", "", true);
	expect_is("\"execute\"", "", false);
	expect_is("\"\"", "execute", false);
	expect_is("\"execut\"", "execute", false);
	expect_is("\"executee\"", "execute", false);
	expect_is("\"Execute\"", "execute", false);
	expect_is("\"execute\\u0000\"", "execute", false);
	expect_is("\"a\\nb\"", "a\nb", true);
}

static void test_chars(void **state)
{
	static const int32_t want[] = {'a', 0, 0, 0xE9, 0x1F600, 0x1F600, '\n', '\'', -1, -1};
	struct sample        s;
	struct json          j =
		sample_str(&s, "\"a\\u0000\xC0\x80\xC3\xA9\\ud83d\\ude00\xF0\x9F\x98\x80\\n'\"");
	struct json_chars c = json_str_chars(&j);
	size_t            i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(json_chars_next(&c), want[i]);
	sample_close(&s);
}

/* --- walking --- */

/* The structure in a form that shows what was found: objects as (key=value;…), arrays as <value;…>,
 * scalars raw. */
static void describe(const struct json *j, char *out, size_t size)
{
	struct json_walk w;
	struct json      key, value;
	size_t           n = strlen(out);

	json_walk_start(&w, j);
	switch (json_kind(j)) {
	case JSON_OBJECT:
		(void)snprintf(out + n, size - n, "(");
		while (json_walk_member(&w, &key, &value)) {
			n = strlen(out);
			(void)snprintf(out + n, size - n,
				       "%.*s=", (int)(json_value_end(&key) - key.p), key.p);
			describe(&value, out, size);
			n = strlen(out);
			(void)snprintf(out + n, size - n, ";");
		}
		n = strlen(out);
		(void)snprintf(out + n, size - n, ")");
		break;
	case JSON_ARRAY:
		(void)snprintf(out + n, size - n, "<");
		while (json_walk_item(&w, &value)) {
			describe(&value, out, size);
			n = strlen(out);
			(void)snprintf(out + n, size - n, ";");
		}
		n = strlen(out);
		(void)snprintf(out + n, size - n, ">");
		break;
	default:
		(void)snprintf(out + n, size - n, "%.*s", (int)(json_value_end(j) - j->p), j->p);
	}
}

static void expect_walk(const char *text, const char *want)
{
	struct sample s;
	struct json   j = sample_str(&s, text);
	struct err    err;
	char          out[500] = "";

	err_init(&err);
	if (json_check(&s.text, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	describe(&j, out, sizeof(out));
	assert_string_equal(out, want);
	sample_close(&s);
}

static void test_walk(void **state)
{
	(void)state;
	expect_walk("{}", "()");
	expect_walk("[]", "<>");
	expect_walk(" [ ] ", "<>");
	expect_walk("{ \t\r\n }", "()");
	expect_walk("[1]", "<1;>");
	expect_walk("[1,2 , 3]", "<1;2;3;>");
	expect_walk("[[],[[]],{}]", "<<>;<<>;>;();>");
	expect_walk("{\"a\":1}", "(\"a\"=1;)");
	expect_walk("{ 'a' : 1 , \"b\" : [ null , 'x' ] }", "('a'=1;\"b\"=<null;'x';>;)");
	expect_walk("{\"a\":{\"b\":{\"c\":[true,{\"d\":-1.5e3}]}},\"e\":\"}\"}",
		    "(\"a\"=(\"b\"=(\"c\"=<true;(\"d\"=-1.5e3;);>;););\"e\"=\"}\";)");
	expect_walk("[\",\",\"]\",'\\'',\"\\\\\"]", "<\",\";\"]\";'\\'';\"\\\\\";>");
}

/* Members may be decoded once all are found. */
static void test_walk_then_decode(void **state)
{
	struct sample s;
	struct json j = sample_str(&s, "{\"\\u0061\":\"x\\n\",\"b\":'\\u0079'}"), key[2], value[2];
	struct json_walk w;
	char            *decoded;
	size_t           len, i;

	(void)state;
	json_walk_start(&w, &j);
	for (i = 0; i < 2; i++)
		assert_int_equal(json_walk_member(&w, &key[i], &value[i]), true);
	assert_int_equal(json_walk_member(&w, &key[0], &value[0]), false);
	sample_close(&s);

	j = sample_str(&s, "{\"\\u0061\":\"x\\n\",\"b\":'\\u0079'}");
	json_walk_start(&w, &j);
	for (i = 0; i < 2; i++)
		(void)json_walk_member(&w, &key[i], &value[i]);
	(void)json_str_decode(&key[0], &decoded, &len, NULL);
	assert_string_equal(decoded, "a");
	(void)json_str_decode(&value[0], &decoded, &len, NULL);
	assert_string_equal(decoded, "x\n");
	(void)json_str_decode(&value[1], &decoded, &len, NULL);
	assert_string_equal(decoded, "y");
	sample_close(&s);
}

/* A hint ends the string where it says, whatever is inside. */
static void test_hints_are_used(void **state)
{
	struct json_hints hints = {.n = 2, .at = {{1, 8, 0}, {9, 14, 0}}};
	struct sample     s;
	struct json       j = sample_str(&s, "[\"a\\\"b,\",\"c\\d\"]"), item;
	struct json_walk  w;
	char             *decoded;
	size_t            len;
	bool              has_nul = true;

	(void)state;
	s.text.hints = &hints;
	json_walk_start(&w, &j);
	assert_int_equal(json_walk_item(&w, &item), true);
	assert_int_equal(json_value_end(&item) - s.bytes, 8);
	assert_int_equal(json_walk_item(&w, &item), true);
	assert_int_equal(item.p - s.bytes, 9);
	assert_int_equal(json_str_raw_len(&item), 3);
	/* hints promise that there are no escapes: nothing is decoded */
	assert_int_equal(json_str_decode(&item, &decoded, &len, &has_nul), 0);
	assert_string_equal(decoded, "c\\d");
	assert_int_equal(has_nul, false);
	sample_close(&s);
}

/* --- unchecked bytes --- */

static void touch(const struct json *j, unsigned depth)
{
	struct json_walk w;
	struct json      key, value;
	char             copy[64];

	switch (json_kind(j)) {
	case JSON_OBJECT:
		json_walk_start(&w, j);
		while (json_walk_member(&w, &key, &value)) {
			touch(&key, depth + 1);
			if (depth < 50)
				touch(&value, depth + 1);
		}
		break;
	case JSON_ARRAY:
		json_walk_start(&w, j);
		while (json_walk_item(&w, &value))
			if (depth < 50)
				touch(&value, depth + 1);
		break;
	case JSON_STRING:
		(void)json_str_copy(j, copy, sizeof(copy));
		(void)json_str_is(j, "execute");
		(void)json_str_raw_len(j);
		break;
	case JSON_NUMBER:
		(void)json_num(j);
		break;
	default:
		(void)json_is_true(j);
	}
	if (j->p)
		assert_in_range((uintptr_t)json_value_end(j), (uintptr_t)j->p,
				(uintptr_t)j->text->end);
}

static void decode_all(struct json *j)
{
	char  *decoded;
	size_t len;
	bool   has_nul;

	if (json_kind(j) == JSON_STRING)
		(void)json_str_decode(j, &decoded, &len, &has_nul);
}

static void test_unchecked_bytes_are_safe(void **state)
{
	static const char alphabet[] = "{}[]:,\"'\\\\u0dD8 \ntrfn-1.e\xC0\x80\xF0\x9F\xED\xFFx";
	struct random     r;
	int               i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < 60000; i++) {
		char          bytes[48];
		size_t        n = random_below(&r, sizeof(bytes)), k;
		struct sample s;
		struct json   j;

		for (k = 0; k < n; k++)
			bytes[k] = alphabet[random_below(&r, sizeof(alphabet))]; /* its NUL, too */
		if (n > 0 && i % 2)
			bytes[0] = "{[\"'"[random_below(&r, 4)];
		sample_open(&s, bytes, n);
		j = json_root(&s.text);
		touch(&j, 0);
		decode_all(&j);
		sample_close(&s);
	}
}

/* A raw NUL stands for itself and would take two bytes when decoded: it must not write behind the
 * text. */
static void test_unchecked_nul_does_not_grow(void **state)
{
	static const char bytes[] = "\"\\n\0\0\0\0\0\0\0\0";
	struct sample     s;
	struct json       j;
	char             *decoded;
	size_t            len;

	(void)state;
	sample_open(&s, bytes, sizeof(bytes) - 1);
	j = json_root(&s.text);
	assert_int_equal(json_str_decode(&j, &decoded, &len, NULL), 0);
	assert_in_range(len, 0, sizeof(bytes) - 2);
	sample_close(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_value_end),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_copy_is_cut_at_a_character),
		cmocka_unit_test(test_str_is),
		cmocka_unit_test(test_chars),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_then_decode),
		cmocka_unit_test(test_hints_are_used),
		cmocka_unit_test(test_unchecked_nul_does_not_grow),
		cmocka_unit_test(test_unchecked_bytes_are_safe),
	};

	seed = random_seed_of(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
