/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf8.h"

/* Decodes the first character of bytes (a copy without a spare byte behind it). */
static int32_t next(const char *bytes, size_t n, size_t *ret_moved)
{
	unsigned char       *copy = malloc(n);
	const unsigned char *p = copy;
	int32_t              cp;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	cp = utf8_next(&p, copy + n);
	*ret_moved = (size_t)(p - copy);
	free(copy);
	return cp;
}

struct good_row {
	const char *bytes;
	int32_t     cp;
};

/* The first and last character of every row of table 3-7, and what is special. */
static const struct good_row good[] = {
	{"\x01", 1},
	{" ", 0x20},
	{"\x7F", 0x7F},
	{"\xC0\x80", 0},
	{"\xC2\x80", 0x80},
	{"\xDF\xBF", 0x7FF},
	{"\xE0\xA0\x80", 0x800},
	{"\xE0\xBF\xBF", 0xFFF},
	{"\xE1\x80\x80", 0x1000},
	{"\xEC\xBF\xBF", 0xCFFF},
	{"\xED\x80\x80", 0xD000},
	{"\xED\x9F\xBF", 0xD7FF},
	{"\xEE\x80\x80", 0xE000},
	{"\xEF\xB7\x90", 0xFDD0}, /* noncharacters: decisions.md row 7 */
	{"\xEF\xBF\xBD", 0xFFFD},
	{"\xEF\xBF\xBE", 0xFFFE},
	{"\xEF\xBF\xBF", 0xFFFF},
	{"\xF0\x90\x80\x80", 0x10000},
	{"\xF0\xBF\xBF\xBF", 0x3FFFF},
	{"\xF1\x80\x80\x80", 0x40000},
	{"\xF3\xBF\xBF\xBF", 0xFFFFF},
	{"\xF4\x80\x80\x80", 0x100000},
	{"\xF4\x8F\xBF\xBF", 0x10FFFF},
};

static void test_good(void **state)
{
	size_t i, moved;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(next(good[i].bytes, strlen(good[i].bytes), &moved), good[i].cp);
		assert_int_equal(moved, strlen(good[i].bytes));
	}
}

static void test_nul_byte(void **state)
{
	size_t moved;

	(void)state;
	assert_int_equal(next("\0x", 2, &moved), 0);
	assert_int_equal(moved, 1);
}

struct bad_row {
	const char *bytes;
	size_t moved; /* the lead byte and the continuation bytes that it announces, as far as they
			 are there */
};

static const struct bad_row bad[] = {
	{"\x80", 1},
	{"\xBF", 1},
	{"\x80\x80", 1},
	{"\xC0", 1},
	{"\xC0\x7F", 1},
	{"\xC0\x81", 2},
	{"\xC0\xAF", 2},
	{"\xC0\xBF", 2},
	{"\xC1\x80", 2},
	{"\xC1\xBF", 2},
	{"\xC2", 1},
	{"\xC2\x7F", 1},
	{"\xC2\xC0", 1},
	{"\xDF\xC0", 1},
	{"\xE0\x80\x80", 3},
	{"\xE0\x9F\xBF", 3},
	{"\xE0\xA0", 2},
	{"\xE0\xA0\x7F", 2},
	{"\xE0\xA0\xC0", 2},
	{"\xE0\xC0\x80", 1},
	{"\xE1\x7F\x80", 1},
	{"\xE1\x80", 2},
	{"\xE1\xC0\x80", 1},
	{"\xED\xA0\x80", 3}, /* surrogates */
	{"\xED\xBF\xBF", 3},
	{"\xED\x9F", 2},
	{"\xEF", 1},
	{"\xEF\xBF", 2},
	{"\xF0\x80\x80\x80", 4},
	{"\xF0\x80\x80\xAF", 4},
	{"\xF0\x8F\xBF\xBF", 4},
	{"\xF0\x90\x80", 3},
	{"\xF0\x90\x80\x7F", 3},
	{"\xF0\x90\x7F\x80", 2},
	{"\xF0\xC0\x80\x80", 1},
	{"\xF1\x80", 2},
	{"\xF1\x80\x80\xC0", 3},
	{"\xF4\x90\x80\x80", 4}, /* above 10FFFF */
	{"\xF4\xBF\xBF\xBF", 4},
	{"\xF5\x80\x80\x80", 4},
	{"\xF7\xBF\xBF\xBF", 4},
	{"\xF8\x88\x80\x80\x80", 5}, /* forms that Unicode gave up */
	{"\xFB\xBF\xBF\xBF\xBF", 5},
	{"\xFC\x84\x80\x80\x80\x80", 6},
	{"\xFD\xBF\xBF\xBF\xBF\xBF", 6},
	{"\xFD\xBF\xBF\xBF\xBF\xBF\xBF", 6},
	{"\xFE", 1},
	{"\xFE\x80", 1},
	{"\xFF", 1},
	{"\xFF\x80", 1},
};

static void test_bad(void **state)
{
	size_t i, moved;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(next(bad[i].bytes, strlen(bad[i].bytes), &moved), UTF8_INVALID);
		if (moved != bad[i].moved)
			fail_msg("row %zu: moved %zu bytes, not %zu", i, moved, bad[i].moved);
	}
}

/* Every lead byte with every second byte, against table 3-7. */
static bool second_is_allowed(unsigned lead, unsigned second)
{
	switch (lead) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return lead >= 0xC2 && lead <= 0xF4 && second >= 0x80 && second <= 0xBF;
	}
}

static size_t announced(unsigned lead)
{
	return lead < 0xC0 || lead > 0xFD ? 1
	       : lead < 0xE0              ? 2
	       : lead < 0xF0              ? 3
	       : lead < 0xF8              ? 4
	       : lead < 0xFC              ? 5
					  : 6;
}

static void test_every_pair(void **state)
{
	unsigned lead, second;

	(void)state;
	for (lead = 0x80; lead <= 0xFF; lead++) {
		for (second = 0; second <= 0xFF; second++) {
			char bytes[6] = {(char)lead, (char)second, '\x80', '\x80', '\x80', '\x80'};
			bool nul = lead == 0xC0 && second == 0x80,
			     allowed = nul || second_is_allowed(lead, second);
			bool    continues = second >= 0x80 && second <= 0xBF;
			size_t  moved;
			int32_t cp = next(bytes, sizeof(bytes), &moved);

			if ((cp >= 0) != allowed)
				fail_msg("%02X %02X 80 80: %d", lead, second, (int)cp);
			assert_int_equal(moved, continues ? announced(lead) : 1);
		}
	}
}

/* What utf8_put() writes reads back; every code point there is. */
static void test_round_trip(void **state)
{
	uint32_t cp;

	(void)state;
	for (cp = 0; cp <= 0x10FFFF; cp++) {
		const unsigned char *p;
		char                 bytes[4];
		size_t               n;

		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;
		n = utf8_put(bytes, cp);
		p = (const unsigned char *)bytes;
		if (utf8_next(&p, p + n) != (int32_t)cp || p != (const unsigned char *)bytes + n)
			fail_msg("U+%04X does not read back from %zu bytes", cp, n);
	}
}

static void test_put_nul(void **state)
{
	char bytes[4];

	(void)state;
	assert_int_equal(utf8_put(bytes, 0), 2);
	assert_memory_equal(bytes, "\xC0\x80", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),       cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_bad),        cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_put_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
