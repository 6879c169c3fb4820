/* SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/writer.h"
#include "random.h"
#include "sample.h"

static uint64_t        seed;
static struct buf      out = BUF_INIT(1 << 20);
static struct json_out w;

static struct json_out *fresh(void)
{
	buf_reset(&out, SIZE_MAX);
	json_out_init(&w, &out);
	return &w;
}

static const char *written(void)
{
	buf_add_char(&out, '\0');
	assert_int_equal(out.failed, false);
	return out.data;
}

static void test_layout(void **state)
{
	(void)state;
	json_out_object_begin(fresh());
	json_out_key(&w, "return");
	json_out_array_begin(&w);
	json_out_int(&w, 1);
	json_out_object_begin(&w);
	json_out_object_end(&w);
	json_out_array_begin(&w);
	json_out_array_end(&w);
	json_out_str(&w, "x");
	json_out_bool(&w, true);
	json_out_bool(&w, false);
	json_out_null(&w);
	json_out_double(&w, 1.5);
	json_out_uint(&w, 7);
	json_out_int(&w, -7);
	json_out_array_end(&w);
	json_out_key(&w, "id");
	json_out_object_begin(&w);
	json_out_key(&w, "a");
	json_out_int(&w, 1);
	json_out_key(&w, "b");
	json_out_int(&w, 2);
	json_out_object_end(&w);
	json_out_object_end(&w);
	assert_string_equal(written(),
			    "{\"return\": [1, {}, [], \"x\", true, false, null, 1.5, 7, -7], "
			    "\"id\": {\"a\": 1, \"b\": 2}}");
}

static void test_integers(void **state)
{
	static const struct {
		int64_t     i;
		const char *text;
	} ints[] = {{0, "0"},
		    {-1, "-1"},
		    {10, "10"},
		    {-10, "-10"},
		    {INT64_MAX, "9223372036854775807"},
		    {INT64_MIN, "-9223372036854775808"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ints); i++) {
		json_out_int(fresh(), ints[i].i);
		assert_string_equal(written(), ints[i].text);
	}
	json_out_uint(fresh(), UINT64_MAX);
	assert_string_equal(written(), "18446744073709551615");
	json_out_uint(fresh(), 0);
	assert_string_equal(written(), "0");
}

/* Shortest digits (decisions.md row 5), laid out as %.17g does (behaviour.md 1.4). */
static const struct {
	double      d;
	const char *text;
} doubles[] = {
	{0.0, "0"},
	{-0.0, "-0"},
	{1.0, "1"},
	{100, "100"},
	{1.1, "1.1"},
	{0.1, "0.1"},
	{-2.5, "-2.5"},
	{1e5, "100000"},
	{0.3, "0.3"},
	{0.1 + 0.2, "0.30000000000000004"},
	{1e-7, "1e-07"},
	{0.0001, "0.0001"},
	{1e22, "1e+22"},
	{1e100, "1e+100"},
	{1e300, "1e+300"},
	{18446744073709551616.0, "1.8446744073709552e+19"},
	{123456789012345680.0, "1.2345678901234568e+17"},
	{DBL_MAX, "1.7976931348623157e+308"},
	{DBL_MIN, "2.2250738585072014e-308"},
	{1.0 / 3, "0.3333333333333333"},
	{9007199254740993.0, "9007199254740992"},
	{INFINITY, "null"},
	{-INFINITY, "null"},
	{NAN, "null"},
};

static void test_doubles(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(doubles); i++) {
		json_out_double(fresh(), doubles[i].d);
		assert_string_equal(written(), doubles[i].text);
	}
}

/* The reference prints whole numbers below 1e17 in full. */
static void test_large_whole_doubles(void **state)
{
	static const struct {
		double      d;
		const char *text;
	} rows[] = {{1e14, "100000000000000"},
		    {1e15, "1000000000000000"},
		    {-1e15, "-1000000000000000"},
		    {1e16, "10000000000000000"},
		    {12345678901234568.0, "12345678901234568"},
		    {3e16, "30000000000000000"},
		    {1e17, "1e+17"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_out_double(fresh(), rows[i].d);
		assert_string_equal(written(), rows[i].text);
	}
}

static void test_subnormals_are_short(void **state)
{
	static const struct {
		double      d;
		const char *text;
	} rows[] = {{5e-324, "5e-324"},
		    {-5e-324, "-5e-324"},
		    {1e-323, "1e-323"},
		    {1e-310, "1e-310"},
		    {2.5e-320, "2.5e-320"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_out_double(fresh(), rows[i].d);
		assert_string_equal(written(), rows[i].text);
	}
}

static size_t digits_of(const char *text)
{
	size_t n = 0, zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (*text == '0' && n == 0))
			continue;
		n++;
		zeros = *text == '0' ? zeros + 1 : 0;
	}
	return n - zeros;
}

static void check_round_trip(double d)
{
	const char *text;
	char        shortest[40];
	int         precision = 0;

	json_out_double(fresh(), d);
	text = written();
	if (strtod(text, NULL) != d)
		fail_msg("seed %llu: %.17g written as %s", (unsigned long long)seed, d, text);
	do
		(void)snprintf(shortest, sizeof(shortest), "%.*g", ++precision, d);
	while (strtod(shortest, NULL) != d);
	/* whole numbers below 1e17 are in full, which may be more digits */
	if (digits_of(text) > digits_of(shortest) && !(fabs(d) < 1e17 && d == floor(d)))
		fail_msg("seed %llu: %s is longer than %s", (unsigned long long)seed, text,
			 shortest);
}

static void test_random_doubles_round_trip(void **state)
{
	struct random r;
	int           i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < 60000; i++) {
		union {
			uint64_t bits;
			double   d;
		} any = {.bits = random_next(&r)};

		if (isfinite(any.d))
			check_round_trip(any.d);
		check_round_trip((double)(int64_t)random_next(&r) / 1000);
		check_round_trip((double)random_below(&r, 1000000) / 100);
	}
}

/* --- strings --- */

static void string_written(const char *bytes, size_t n, const char *want)
{
	char *copy = sample_memory(n);

	memcpy(copy, bytes, n);
	json_out_strn(fresh(), copy, n);
	assert_string_equal(written(), want);
	free(copy);
}

static void test_strings(void **state)
{
	static const struct {
		const char *bytes;
		const char *want;
	} rows[] = {
		{"", "\"\""},
		{"abc /~ '", "\"abc /~ '\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
		{"\x01\x1B\x7F", "\"\\u0001\\u001B\\u007F\""},
		{"\v", "\"\\u000B\""},
		{"\xC3\xA9\xE2\x82\xAC", "\"\\u00E9\\u20AC\""},
		{"\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF\xF0\x90\x80\x80",
		 "\"\\uD83D\\uDE00\\uDBFF\\uDFFF\\uD800\\uDC00\""},
		{"a\xC0\x80z", "\"a\\u0000z\""},
		{"\xEF\xBF\xBF", "\"\\uFFFF\""},
		{"\xE9t\xE9", "\"\\uFFFDt\\uFFFD\""},
		{"\xED\xA0\x80", "\"\\uFFFD\""}, /* one per sequence */
		{"\xE2\x82", "\"\\uFFFD\""},
		{"\xFF\xFE", "\"\\uFFFD\\uFFFD\""},
		{"\x80\x80", "\"\\uFFFD\\uFFFD\""},
		{"\xE2\x82x", "\"\\uFFFDx\""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		string_written(rows[i].bytes, strlen(rows[i].bytes), rows[i].want);
		json_out_str(fresh(), rows[i].bytes);
		assert_string_equal(written(), rows[i].want);
	}
	string_written("a\0b", 3, "\"a\\u0000b\"");
}

/* Whatever the bytes: printable ASCII, accepted by the reader. */
static void test_random_bytes(void **state)
{
	struct random r;
	int           i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < 20000; i++) {
		unsigned char bytes[24];
		size_t        n = random_below(&r, sizeof(bytes)), k;
		struct sample s;
		struct err    err;

		for (k = 0; k < n; k++)
			bytes[k] = (unsigned char)random_next(&r);
		json_out_strn(fresh(), (const char *)bytes, n);
		for (k = 0; k < out.len; k++)
			assert_in_range(out.data[k], 0x20, 0x7E);
		sample_open(&s, out.data, out.len);
		err_init(&err);
		if (json_check(&s.text, &err) < 0)
			fail_msg("seed %llu: %s: %s", (unsigned long long)seed, s.bytes, err.text);
		sample_close(&s);
	}
}

/* --- re-serialising --- */

static void value_written(const char *text, const char *want)
{
	struct sample s;
	struct json   j = sample_str(&s, text);
	struct err    err;

	err_init(&err);
	if (json_check(&s.text, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	json_out_value(fresh(), &j);
	assert_string_equal(written(), want);
	assert_string_equal(s.bytes, text);
	sample_close(&s);
}

static void test_values(void **state)
{
	(void)state;
	value_written("null", "null");
	value_written("true", "true");
	value_written("false", "false");
	value_written("'x'", "\"x\"");
	value_written(" {} ", "{}");
	value_written("[ ]", "[]");
	value_written("[[],{},[[]]]", "[[], {}, [[]]]");
	value_written("{'b':1,\"a\":[1,2,{}]}", "{\"b\": 1, \"a\": [1, 2, {}]}");
	value_written("{\"a\":{\"b\":{\"c\":{}}},\"d\":[{\"e\":[]}]}",
		      "{\"a\": {\"b\": {\"c\": {}}}, \"d\": [{\"e\": []}]}");
}

static void test_values_normalised(void **state)
{
	(void)state;
	value_written("[-0,0,-1,18446744073709551615,-9223372036854775808]",
		      "[0, 0, -1, 18446744073709551615, -9223372036854775808]");
	value_written("[1.0,1e2,1.10,-2.50e1,0e1,1E-7]", "[1, 100, 1.1, -25, 0, 1e-07]");
	value_written("18446744073709551616", "1.8446744073709552e+19");
	value_written("\"\\u0041\\/\\u00e9\xC3\xA9\\u000a\\'\\\"\\u0000\xC0\x80\"",
		      "\"A/\\u00E9\\u00E9\\n'\\\"\\u0000\\u0000\"");
	value_written("'\\ud83d\\ude00\xF0\x9F\x98\x80\x7F'",
		      "\"\\uD83D\\uDE00\\uD83D\\uDE00\\u007F\"");
	value_written("{'\\u0061\"':1}", "{\"a\\\"\": 1}");
}

/* Re-serialising its own output changes nothing. */
static void test_values_are_stable(void **state)
{
	static const char text[] = "{\"a\": [1, -2.5, \"\\u00E9\\uD83D\\uDE00\\u0000\\n\\\"\", "
				   "null, true, {}, []], \"b\": {}}";

	(void)state;
	value_written(text, text);
}

static void test_value_in_context(void **state)
{
	struct sample s;
	struct json   j = sample_str(&s, "{\"a\":[1]}");

	(void)state;
	json_out_array_begin(fresh());
	json_out_value(&w, &j);
	json_out_value(&w, &j);
	json_out_int(&w, 3);
	json_out_array_end(&w);
	assert_string_equal(written(), "[{\"a\": [1]}, {\"a\": [1]}, 3]");
	sample_close(&s);
}

static void test_failing_buffer(void **state)
{
	struct buf      small = BUF_INIT(300);
	struct json_out o;
	int             i;

	(void)state;
	json_out_init(&o, &small);
	json_out_array_begin(&o);
	for (i = 0; i < 1000; i++)
		json_out_str(&o, "text");
	json_out_array_end(&o);
	assert_int_equal(small.failed, true);
	assert_in_range(small.len, 1, 300);
	buf_fini(&small);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_large_whole_doubles),
		cmocka_unit_test(test_subnormals_are_short),
		cmocka_unit_test(test_random_doubles_round_trip),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_values_normalised),
		cmocka_unit_test(test_values_are_stable),
		cmocka_unit_test(test_value_in_context),
		cmocka_unit_test(test_failing_buffer),
	};
	int failed;

	seed = random_seed_of(argc, argv);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&out);
	return failed;
}
