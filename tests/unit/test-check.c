/* SPDX-License-Identifier: MIT */
/*
 * Syntax errors: texts and order of behaviour.md 1.10, decisions.md rows 5, 7 and 7a, and duplicate
 * keys. Rows for bytes that the framing refuses first are in test-frame.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/clock.h"
#include "sample.h"

#define PREFIX "JSON parse error, "

/* want NULL: accepted */
static void expect_bytes(const char *bytes, size_t n, const char *want)
{
	struct sample s;
	struct err    err;
	int           rc;

	sample_open(&s, bytes, n);
	err_init(&err);
	rc = json_check(&s.text, &err);
	if (want && (rc == 0 || strcmp(err.text, want) != 0))
		fail_msg("%.200s: '%s', expected '%s'", bytes, rc == 0 ? "(accepted)" : err.text,
			 want);
	if (!want && rc < 0)
		fail_msg("%.200s: '%s', expected to be accepted", bytes, err.text);
	if (memcmp(s.bytes, bytes, n) != 0)
		fail_msg("%.200s: changed to %.200s", bytes, s.bytes);
	assert_int_equal(err.set, rc < 0);
	sample_close(&s);
}

static void expect(const char *text, const char *want)
{
	expect_bytes(text, strlen(text), want);
}

static void test_accepted(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		" \t\r\n{ \t\r\n} \t\r\n",
		"[ ]",
		"null",
		"true",
		"false",
		"0",
		"-0",
		"1",
		"-1",
		"1.5",
		"0.5",
		"-0.0e0",
		"1e3",
		"1E+3",
		"1e-3",
		"0e1",
		"0E+2",
		"0e-0",
		"\"\"",
		"''",
		"\"'\"",
		"'\"'",
		"'\\''",
		"\"\\\"\"",
		"\"\\\"\\'\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
		"{'a':1}",
		"{\"a\":{\"a\":{\"a\":[]}}}",
		"[1,[2,[3,[]]],{}]",
		"{\"\":0}",
		"{\"execute\":\"guest-ping\",\"arguments\":{},\"id\":[1,{\"a\":null}]}",
		"{ \"a\" : 1 , \"b\" : [ 1 , 2 ] }",
		"[{},{},[],[],\"\",0,null]",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		expect(texts[i], NULL);
}

struct row {
	const char *text;
	const char *what; /* behind the prefix */
};

static const struct row rows[] = {
	{"", "expecting value"},
	{" ", "expecting value"},
	{"}", "expecting value"},
	{"]", "expecting value"},
	{",", "expecting value"},
	{":", "expecting value"},
	{"[}", "expecting value"},
	{"{]", "expecting value"},
	{"[", "expecting value"},
	{"{", "expecting value"},
	{"{,}", "expecting value"},
	{"{\"a\":}", "expecting value"},
	{"{\"a\":,}", "expecting value"},
	{"{\"a\"::1}", "expecting value"},
	{"{\"a\":1,}", "expecting value"},
	{"{\"a\":1,,\"b\":2}", "expecting value"},
	{"{:1}", "expecting value"},
	{"[1,]", "expecting value"},
	{"[1,,2]", "expecting value"},
	{"[,1]", "expecting value"},
	{"[:]", "expecting value"},
	{"{\"a\"}", "missing : in object pair"},
	{"{\"a\" \"b\"}", "missing : in object pair"},
	{"{\"a\",1}", "missing : in object pair"},
	{"{\"a\"]", "missing : in object pair"},
	{"{\"a\" 1}", "missing : in object pair"},
	{"{\"a\":1 \"b\":2}", "expected separator in dict"},
	{"{\"a\":1]", "expected separator in dict"},
	{"{\"a\":1:2}", "expected separator in dict"},
	{"{\"a\":1", "expected separator in dict"},
	{"{\"a\":[] []}", "expected separator in dict"},
	{"{\"a\":{}]", "expected separator in dict"},
	{"[1 2]", "expected separator in list"},
	{"[1}", "expected separator in list"},
	{"[1:2]", "expected separator in list"},
	{"[1", "expected separator in list"},
	{"[[]}", "expected separator in list"},
	{"[0x10]", "expected separator in list"},
	{"[1\"a\"]", "expected separator in list"},
	{"[true false]", "expected separator in list"},
	{"{1:2}", "key is not a string in object"},
	{"{-1.5:2}", "key is not a string in object"},
	{"{[]:1}", "key is not a string in object"},
	{"{{}:1}", "key is not a string in object"},
	{"{[1,2]:1}", "key is not a string in object"},
	{"{{\"a\":1}:1}", "key is not a string in object"},
	{"{[[]]:1}", "key is not a string in object"},
	{"{[{}]:1}", "key is not a string in object"},
	{"{{\"a\":{}}:1}", "key is not a string in object"},
	{"{\"a\":1,[]:1}", "key is not a string in object"},
	{"{true:1}", "key is not a string in object"},
	{"{null}", "key is not a string in object"},
	{"{1}", "key is not a string in object"},
	{"{execute:'guest-ping'}", "invalid keyword 'execute'"},
	{"abc", "invalid keyword 'abc'"},
	{"{\"execute\":tru}", "invalid keyword 'tru'"},
	{"truee", "invalid keyword 'truee'"},
	{"nul", "invalid keyword 'nul'"},
	{"[nan]", "invalid keyword 'nan'"},
	{"inf", "invalid keyword 'inf'"},
	{"x", "invalid keyword 'x'"},
	{"{\"a\":1,\"a\":2}", "duplicate key"},
	{"{\"a\":1,'a':2}", "duplicate key"},
	{"{\"execute\":\"guest-ping\",\"execute\":\"guest-ping\"}", "duplicate key"},
	{"{\"a\":1,\"\\u0061\":2}", "duplicate key"},
	{"{\"\\u0061\":1,\"a\":2}", "duplicate key"},
	{"{\"/\":1,\"\\/\":2}", "duplicate key"},
	{"{\"'\":1,'\\'':2}", "duplicate key"},
	{"{\"\":1,'':2}", "duplicate key"},
	{"{\"\\u0000\":1,\"\xC0\x80\":2}", "duplicate key"},
	{"{\"\\u00e9\":1,\"\xC3\xA9\":2}", "duplicate key"},
	{"{\"\\uD83D\\uDE00\":1,\"\xF0\x9F\x98\x80\":2}", "duplicate key"},
	{"{\"\\ud83d\\ude00\":1,\"\\uD83D\\uDE00\":2}", "duplicate key"},
	{"{\"x\":{\"a\":1,\"a\":2}}", "duplicate key"},
	{"[{\"a\":1,\"b\":2,\"a\":3}]", "duplicate key"},
	{"\"\\q\"", "invalid escape sequence in string"},
	{"\"\\x41\"", "invalid escape sequence in string"},
	{"\"\\U0041\"", "invalid escape sequence in string"},
	{"\"\\0\"", "invalid escape sequence in string"},
	{"\"\\ \"", "invalid escape sequence in string"},
	{"{\"\\q\":1}", "invalid escape sequence in string"},
	{"\"\\u12zz\"", "\\u12zz is not a valid Unicode character"},
	{"\"\\u12\"", "\\u12\" is not a valid Unicode character"},
	{"\"\\u\"", "\\u\" is not a valid Unicode character"},
	{"'\\u1'", "\\u1' is not a valid Unicode character"},
	{"\"\\uzzzzz\"", "\\uzzzz is not a valid Unicode character"},
	{"\"\\u 041\"", "\\u 041 is not a valid Unicode character"},
	{"\"\\u-041\"", "\\u-041 is not a valid Unicode character"},
	{"\"\\u+041\"", "\\u+041 is not a valid Unicode character"},
	{"\"\\u0x41\"", "\\u0x41 is not a valid Unicode character"},
	{"\"\\u00@0\"", "\\u00@0 is not a valid Unicode character"},
	{"\"\\u00`0\"", "\\u00`0 is not a valid Unicode character"},
	{"\"\\u00G0\"", "\\u00G0 is not a valid Unicode character"},
	{"\"\\ud800\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\ud800x\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\ud800\\u0041\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\ud800\\udbff\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\ud800\\ue000\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\ud800\\n\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\ud800\\udc0\"", "\\ud800 is not a valid Unicode character"},
	{"\"\\uDBFF\"", "\\uDBFF is not a valid Unicode character"},
	{"\"\\udc00\"", "\\udc00 is not a valid Unicode character"},
	{"\"\\uDFFF\\uD800\"", "\\uDFFF is not a valid Unicode character"},
	{"\"\xC3\"", "invalid UTF-8 sequence in string"},
	{"\"\xC0\xAF\"", "invalid UTF-8 sequence in string"},
	{"\"\xED\xA0\x80\"", "invalid UTF-8 sequence in string"},
	{"\"\xF4\x90\x80\x80\"", "invalid UTF-8 sequence in string"},
	{"\"\xF8\x88\x80\x80\x80\"", "invalid UTF-8 sequence in string"},
	{"\"\x80\"", "invalid UTF-8 sequence in string"},
	{"\"abc\xE2\x82\"", "invalid UTF-8 sequence in string"},
	{"'\xE2\x82'", "invalid UTF-8 sequence in string"},
	{"{\"\xFE\":1}", "invalid UTF-8 sequence in string"},
	{"1e999", "number out of range"},
	{"-1e999", "number out of range"},
	{"[1.0e309]", "number out of range"},
	{"1.7976931348623159e308", "number out of range"},
	{"-", "expecting value"},
	{"[-]", "expecting value"},
	{"[-a]", "expecting value"},
	{"1 2", "expecting value"},
	{"{} {}", "expecting value"},
	{"[]]", "expecting value"},
	{"nullx ", "invalid keyword 'nullx'"},
};

static void test_refused(void **state)
{
	char   want[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)snprintf(want, sizeof(want), PREFIX "%s", rows[i].what);
		expect(rows[i].text, want);
	}
}

/* Whatever comes first when read from left to right; a name is compared after its value was read.
 */
static const struct row order_rows[] = {
	{"{\"a\":1,\"a\":}", "expecting value"},
	{"{\"a\":1,\"a\" 2}", "missing : in object pair"},
	{"{\"a\":1,\"a\":tru}", "invalid keyword 'tru'"},
	{"{\"a\":1,\"a\":[1 2]}", "expected separator in list"},
	{"{\"a\":1,\"a\":2 3}", "duplicate key"},
	{"{\"a\":1,\"a\":2]", "duplicate key"},
	{"{\"a\":1,\"a\":{\"b\":1,\"b\":2}}", "duplicate key"},
	{"{[1 2]:1}", "expected separator in list"},
	{"{[tru]:1}", "invalid keyword 'tru'"},
	{"{{1:2}:3}", "key is not a string in object"},
	{"{[] 1}", "key is not a string in object"},
	{"{1 2}", "key is not a string in object"},
	{"{tru 2}", "invalid keyword 'tru'"},
	{"{\"\\q\" 2}", "invalid escape sequence in string"},
	{"[tru,\"\\q\"]", "invalid keyword 'tru'"},
	{"[\"\\q\",tru]", "invalid escape sequence in string"},
	{"[\"\xFE\\q\"]", "invalid UTF-8 sequence in string"},
	{"[\"\\q\xFE\"]", "invalid escape sequence in string"},
	{"[1e999,tru]", "number out of range"},
	{"[1 1e999]", "expected separator in list"},
	{"{\"a\":1,\"a\":1e999}", "number out of range"},
};

static void test_order(void **state)
{
	char   want[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(order_rows); i++) {
		(void)snprintf(want, sizeof(want), PREFIX "%s", order_rows[i].what);
		expect(order_rows[i].text, want);
	}
}

static void test_unicode_that_is_fine(void **state)
{
	static const char *const texts[] = {
		"\"\\u0000\"",
		"\"\xC0\x80\"",
		"\"\\uffff\\ufffe\\ufdd0\\uFDEF\"", /* noncharacters: decisions.md row 7 */
		"\"\xEF\xBF\xBF\xEF\xBF\xBE\xEF\xB7\x90\"",
		"\"\\ud83f\\udffe\"",
		"\"\\ud800\\udc00\\uDBFF\\uDFFF\"",
		"\"\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80\"",
		"\"\\ud7ff\\ue000\"",
		"\"\x7F\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		expect(texts[i], NULL);
}

/* Strings that nothing ends do not come from the framing; whoever checks text without framing
 * relies on this. */
static void test_unterminated_strings(void **state)
{
	static const char *const texts[] = {
		"\"abc", "\"", "'", "'abc\"", "\"abc\\\"", "\"abc\\\\\\\"", "[\"abc", "\"abc\\"};
	struct sample s;
	struct err    err;
	size_t        i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		(void)sample_str(&s, texts[i]);
		err_init(&err);
		if (json_check(&s.text, &err) == 0)
			fail_msg("%s: accepted", texts[i]);
		sample_close(&s);
	}
}

static void test_control_characters_in_strings(void **state)
{
	char text[] = "\"a?b\"";
	int  c;

	(void)state;
	for (c = 0; c < 0x20; c++) {
		text[2] = (char)c;
		expect_bytes(text, 5, PREFIX "control character in string");
	}
}

static void test_nul_bytes(void **state)
{
	(void)state;
	expect_bytes("\0", 1, PREFIX "expecting value");
	expect_bytes("[1\0]", 4, PREFIX "expected separator in list");
	expect_bytes("1\0", 2, PREFIX "expecting value");
	expect_bytes("{\"a\"\0:1}", 8, PREFIX "missing : in object pair");
}

/* The text behind the prefix is cut to 1023 bytes, the closing quote of a keyword counts. */
static void test_long_keyword(void **state)
{
	static const size_t lengths[] = {1000, 1005, 1006, 1007, 1008, 1023, 5000, 100000};
	size_t              i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		char *text = sample_memory(lengths[i] + 1), *want = sample_memory(lengths[i] + 100);
		size_t n;

		memset(text, 'z', lengths[i]);
		text[lengths[i]] = '\0';
		n = (size_t)sprintf(want, PREFIX "invalid keyword '%s'", text);
		if (n > strlen(PREFIX) + 1023)
			want[strlen(PREFIX) + 1023] = '\0';
		expect(text, want);
		free(text);
		free(want);
	}
}

static void test_depth(void **state)
{
	static const char *const openers[] = {"[", "{\"a\":", "[{\"a\":"};
	size_t                   i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(openers); i++) {
		size_t each = i == 2 ? 2 : 1;
		char   text[10000] = "";

		for (k = 0; k < JSON_DEPTH_MAX / each; k++)
			strcat(text, openers[i]);
		strcpy(text + strlen(text), "1");
		for (k = 0; k < JSON_DEPTH_MAX / each; k++)
			strcat(text, i == 0 ? "]" : i == 1 ? "}" : "}]");
		expect(text, NULL);

		text[0] = '\0';
		for (k = 0; k < JSON_DEPTH_MAX / each; k++)
			strcat(text, openers[i]);
		strcat(text, "[");
		expect(text, "JSON nesting depth limit exceeded");
	}
}

static void test_long_numbers(void **state)
{
	char text[1000];

	(void)state;
	memset(text, '9', 400);
	text[400] = '\0';
	expect(text, PREFIX "number out of range");
	memset(text, '9', 308);
	text[308] = '\0';
	expect(text, NULL);
	strcpy(text, "1.");
	memset(text + 2, '3', 900);
	text[902] = '\0';
	expect(text, NULL);
	expect("1e-999", NULL);
	expect("99999999999999999999", NULL);
	expect("-99999999999999999999", NULL);
}

/* --- duplicate keys in large objects --- */

static char *object_of(size_t n, const char *key_format, size_t twice, const char *twice_format)
{
	size_t size = n * 32 + 100, len = 0, i;
	char  *text = sample_memory(size);

	text[len++] = '{';
	for (i = 0; i < n; i++) {
		len += (size_t)snprintf(text + len, size - len, i ? ",\"" : "\"");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		len += (size_t)snprintf(text + len, size - len,
					i + 1 == n && twice < n ? twice_format : key_format,
					i + 1 == n && twice < n ? twice : i);
#pragma GCC diagnostic pop
		len += (size_t)snprintf(text + len, size - len, "\":%zu", i);
	}
	text[len++] = '}';
	text[len] = '\0';
	return text;
}

static void test_many_keys(void **state)
{
	static const size_t counts[] = {2,  7,  8,  9,  10, 11,  17,   31,  32,
					33, 34, 63, 64, 65, 100, 1001, 3000};
	size_t              i, twice;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		size_t step = counts[i] > 100 ? 37 : 1;
		char  *text = object_of(counts[i], "k%zu", SIZE_MAX, "");

		expect(text, NULL);
		free(text);
		for (twice = 0; twice + 1 < counts[i]; twice += step) {
			text = object_of(counts[i], "k%zu", twice, "k%zu");
			expect(text, PREFIX "duplicate key");
			free(text);
			text = object_of(counts[i], "k%zu", twice, "\\u006b%zu");
			expect(text, PREFIX "duplicate key");
			free(text);
		}
	}
}

/* The same names inside one another and after one another, with more than eight so that the table
 * is in use. */
static void test_names_belong_to_their_object(void **state)
{
	char *inner = object_of(20, "k%zu", SIZE_MAX, "");
	char *text = sample_memory(10000);

	(void)state;
	(void)sprintf(text, "[%s,%s,{\"a\":%s,\"b\":%s,\"k0\":1}]", inner, inner, inner, inner);
	expect(text, NULL);
	(void)sprintf(text,
		      "{\"k0\":%s,\"k1\":{\"k1\":%s},\"k2\":1,\"k3\":1,\"k4\":1,\"k5\":1,\"k6\":1,"
		      "\"k7\":1,\"k8\":%s,"
		      "\"k9\":%s,\"k10\":{\"k10\":1}}",
		      inner, inner, inner, inner);
	expect(text, NULL);
	(void)sprintf(text,
		      "{\"k0\":%s,\"k1\":1,\"k2\":1,\"k3\":1,\"k4\":1,\"k5\":1,\"k6\":1,\"k7\":1,"
		      "\"k8\":%s,\"k9\":%s,"
		      "\"k4\":{}}",
		      inner, inner, inner);
	expect(text, PREFIX "duplicate key");
	free(text);
	free(inner);
}

/* A hundred thousand names, and a hundred thousand objects: neither may cost the square of that. */
#define OBJECTS 100000

static void test_cost_is_linear(void **state)
{
	static const char object[] = "{\"a\":{\"b\":1}},";
	char             *text = object_of(100000, "name-%zu", SIZE_MAX, "");
	int64_t           begun = clock_monotonic_ns();
	size_t            i, len = 1;

	(void)state;
	expect(text, NULL);
	free(text);

	text = sample_memory(OBJECTS * strlen(object) + 3);
	text[0] = '[';
	for (i = 0; i < OBJECTS; i++, len += strlen(object))
		memcpy(text + len, object, strlen(object));
	memcpy(text + len - 1, "]", 2); /* in place of the last comma */
	expect(text, NULL);
	free(text);
	/* milliseconds when linear, minutes when not: the margin is for sanitizers on a busy
	 * machine */
	assert_in_range((clock_monotonic_ns() - begun) / NS_PER_MS, 0, 20000);
}

/* --- hints --- */

static char *hinted_text(size_t n, struct json_hints *hints)
{
	char *text = sample_memory(n + 20);

	(void)sprintf(text, "{\"a\":\"");
	memset(text + 6, 'x', n);
	strcpy(text + 6 + n, "\",\"b\":1}");
	*hints = (struct json_hints){.n = 1, .at = {{5, (uint32_t)(n + 7), 0}}};
	return text;
}

/* A hinted string is not looked at again: garbage in it goes unnoticed, what is behind it does not.
 */
static void test_hints_are_used(void **state)
{
	struct json_hints hints;
	char             *text = hinted_text(5000, &hints);
	struct sample     s;
	struct err        err;

	(void)state;
	text[1000] = '"';
	sample_open(&s, text, strlen(text));
	err_init(&err);
	assert_int_equal(json_check(&s.text, &err), -1);
	s.text.hints = &hints;
	err_init(&err);
	if (json_check(&s.text, &err) < 0)
		fail_msg("with a hint: %s", err.text);
	s.bytes[strlen(text) - 2] = 'q';
	assert_int_equal(json_check(&s.text, &err), -1);
	assert_string_equal(err.text, PREFIX "invalid keyword 'q'");
	sample_close(&s);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unicode_that_is_fine),
		cmocka_unit_test(test_unterminated_strings),
		cmocka_unit_test(test_control_characters_in_strings),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_long_keyword),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long_numbers),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_names_belong_to_their_object),
		cmocka_unit_test(test_cost_is_linear),
		cmocka_unit_test(test_hints_are_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
