/* SPDX-License-Identifier: MIT */
/*
 * Every implementation that this processor has, against a naive one. Buffers are on the heap and
 * exactly as long as promised, so the sanitizer sees each byte too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/b64.h"
#include "random.h"
#include "sample.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define LARGE ((size_t)1 << 20)

static uint64_t seed;

/* Bytes on the heap, `skew` bytes behind an aligned address and without a spare byte behind them.
 */
struct exact {
	char  *memory, *bytes;
	size_t n;
};

static struct exact exact_room(size_t n, size_t skew)
{
	char *memory = sample_memory(n + skew);

	return (struct exact){.memory = memory, .bytes = memory + skew, .n = n};
}

static struct exact exact_copy(const void *bytes, size_t n, size_t skew)
{
	struct exact e = exact_room(n, skew);

	if (n > 0)
		memcpy(e.bytes, bytes, n);
	return e;
}

/* The naive implementation: bit by bit, line breaks taken out beforehand. */

static size_t naive_encode(const unsigned char *src, size_t n, char *dst)
{
	size_t   i, len = 0;
	unsigned bits = 0, n_bits = 0;

	for (i = 0; i < n; i++) {
		bits = bits << 8 | src[i];
		for (n_bits += 8; n_bits >= 6; n_bits -= 6)
			dst[len++] = ALPHABET[bits >> (n_bits - 6) & 63];
	}
	if (n_bits > 0)
		dst[len++] = ALPHABET[bits << (6 - n_bits) & 63];
	while (len % 4)
		dst[len++] = '=';
	return len;
}

static size_t without_line_breaks(const char *src, size_t n, char *dst)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++)
		if (src[i] != '\n' && src[i] != '\r')
			dst[len++] = src[i];
	return len;
}

static int naive_bits(const char *src, size_t n, char *dst, size_t *ret_n)
{
	unsigned bits = 0, n_bits = 0;
	size_t   i;

	*ret_n = 0;
	for (i = 0; i < n; i++) {
		const char *found = memchr(ALPHABET, src[i], 64);

		if (!found)
			return -1;
		bits = bits << 6 | (unsigned)(found - ALPHABET);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			dst[(*ret_n)++] = (char)(bits >> n_bits);
		}
	}
	return 0;
}

/* dst has n bytes. */
static int naive_decode(const char *src, size_t n, char *dst, size_t *ret_n)
{
	auto_free char *plain = sample_memory(n);
	size_t          len = without_line_breaks(src, n, plain), padding = 0;

	if (len % 4)
		return -1;
	while (padding < 2 && padding < len && plain[len - padding - 1] == '=')
		padding++;
	return naive_bits(plain, len - padding, dst, ret_n);
}

/* One text or one piece of data through one implementation */

static void check_encode(const struct b64_implementation *with, const void *data, size_t n,
			 size_t skew)
{
	struct exact    src = exact_copy(data, n, skew);
	struct exact    dst = exact_room(b64_encoded_len(n), skew / 7);
	auto_free char *want = sample_memory(dst.n);

	assert_int_equal(naive_encode(data, n, want), dst.n);
	assert_int_equal(b64_encode_with(with, src.bytes, n, dst.bytes), dst.n);
	if (memcmp(dst.bytes, want, dst.n) != 0)
		fail_msg("%s encodes %zu bytes at %zu wrongly, seed %llu", with->name, n, skew,
			 (unsigned long long)seed);
	free(src.memory);
	free(dst.memory);
}

struct expected {
	int    result;
	char  *bytes;
	size_t n;
};

static void compare(const struct b64_implementation *with, const struct exact *text,
		    const struct expected *want, char *dst, const char *where)
{
	size_t n = 0;
	int    result = b64_decode_with(with, text->bytes, text->n, dst, &n);

	if (result != want->result ||
	    (result == 0 && (n != want->n || memcmp(dst, want->bytes, n) != 0)))
		fail_msg("%s, %s: %zu characters: %d with %zu bytes, not %d with %zu, seed %llu",
			 with->name, where, text->n, result, n, want->result, want->n,
			 (unsigned long long)seed);
}

/* Into other memory, and in place. Returns what the naive one returns. */
static int check_decode(const struct b64_implementation *with, const char *text, size_t n,
			size_t skew)
{
	struct exact    src = exact_copy(text, n, skew);
	struct exact    dst = exact_room(b64_decoded_max(n), skew / 7);
	auto_free char *room = sample_memory(n);
	struct expected want = {.bytes = room};

	want.result = naive_decode(text, n, room, &want.n);
	compare(with, &src, &want, dst.bytes, "into other memory");
	assert_memory_equal(src.bytes, text, n);
	compare(with, &src, &want, src.bytes, "in place");
	free(src.memory);
	free(dst.memory);
	return want.result;
}

/* Calls body for each implementation that runs here. */
#define for_each_implementation(with)                                                              \
	for (const struct b64_implementation *const *at_ = b64_implementations, *with;             \
	     (with = next_supported(&at_)) != NULL;)

/* What *at points to or a later one; NULL behind the last, which is b64_scalar. */
static const struct b64_implementation *next_supported(const struct b64_implementation *const **at)
{
	const struct b64_implementation *found = NULL;

	while (*at && !found) {
		found = (**at)->is_supported() ? **at : NULL;
		*at = **at == &b64_scalar ? NULL : *at + 1;
	}
	return found;
}

static void fill(struct random *r, void *bytes, size_t n)
{
	unsigned char *p = bytes;
	size_t         i;

	for (i = 0; i < n; i++)
		p[i] = (unsigned char)random_next(r);
}

/* All letters in front of the first other character, or nothing at all. */
static void check_letters(const struct b64_implementation *with, const char *text, size_t n)
{
	struct exact src = exact_copy(text, n, n % 37);
	size_t       want = 0;

	while (with != &b64_scalar && want < n && memchr(ALPHABET, text[want], 64))
		want++;
	assert_int_equal(b64_letters_with(with, src.bytes, n), want);
	free(src.memory);
}

/* Tests */

static void test_letters(void **state)
{
	char          text[200];
	struct random r;
	size_t        n, at;
	unsigned      c;

	(void)state;
	random_init(&r, seed);
	for (n = 0; n < sizeof(text); n++)
		text[n] = ALPHABET[random_next(&r) % 64];
	for_each_implementation(with)
	{
		for (n = 0; n < sizeof(text); n++)
			check_letters(with, text, n);
		/* every byte, at every place of a vector */
		for (at = 0; at < 70; at++) {
			char was = text[at];

			for (c = 0; c < 256; c++) {
				text[at] = (char)c;
				check_letters(with, text, 100);
			}
			text[at] = was;
		}
	}
}

struct example {
	const char *data, *text;
};

/* RFC 4648 section 10, and the whole alphabet. */
static const struct example examples[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xFB\xEF\xBE\xFF\xFF\xFF", "++++////"},
};

static void test_examples(void **state)
{
	char   text[64], data[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		size_t n_data = strlen(examples[i].data), n_text = strlen(examples[i].text);

		assert_int_equal(b64_encode(examples[i].data, n_data, text), n_text);
		assert_memory_equal(text, examples[i].text, n_text);
		assert_int_equal(b64_decode(examples[i].text, n_text, data, &n), 0);
		assert_int_equal(n, n_data);
		assert_memory_equal(data, examples[i].data, n);
	}
}

static void test_last_is_scalar(void **state)
{
	size_t n = 0;

	(void)state;
	for_each_implementation(with) n += with == &b64_scalar;
	assert_int_equal(n, 1);
}

/* Vectors that refuse a good character would be slow, not wrong. */
static void test_alphabet_in_blocks(void **state)
{
	char text[257], data[192], again[256];

	(void)state;
	memcpy(text, ALPHABET ALPHABET ALPHABET ALPHABET, sizeof(text));
	for_each_implementation(with)
	{
		const unsigned char *src = (const unsigned char *)text;
		unsigned char       *dst = (unsigned char *)data;

		if (with == &b64_scalar)
			continue;
		assert_true(with->decode_blocks(src, 256, dst) > 256 - 40);
		assert_true(with->encode_blocks(dst, 192, again) > 192 - 28);
	}
}

struct rule {
	const char *text;
	const char *data; /* NULL: an error */
};

/* decisions.md row 11, with the cases of behaviour.md 4.7 */
static const struct rule rules[] = {
	{"\n", ""},
	{"\r\n\r\n", ""},
	{"YQ==", "a"},
	{"YQ==\n", "a"},
	{"YQ=\n=", "a"},
	{"YQ\r\n=\n\n=\r\n", "a"},
	{"\nY\nQ\n=\n=\n", "a"},
	{"YWI=\n", "ab"},
	{"Y\rW\nI\r\n=", "ab"},
	{"YWJj\n", "abc"},
	{"YWJj\nYQ==", "abca"},
	{"YR==", "a"}, /* bits that no byte is made of */
	{"Y/==", "c"},
	{"YWJ=", "ab"},
	{"Y", NULL},
	{"YQ", NULL},
	{"YWJ", NULL},
	{"YWJjY", NULL},
	{"YWJjYQ", NULL},
	{"YWJjYWI", NULL},
	{"YQ=", NULL},
	{"YQ=\n", NULL},
	{"YQ===", NULL},
	{"YQ====", NULL},
	{"YQ==\n=", NULL},
	{"YWI==", NULL},
	{"YWJj=", NULL},
	{"YWJj==", NULL},
	{"YWJj====", NULL},
	{"Y===", NULL},
	{"=", NULL},
	{"==", NULL},
	{"====", NULL},
	{"=YQ=", NULL},
	{"Y=Q=", NULL},
	{"YQ=a", NULL},
	{"Y==a", NULL},
	{"YQ==YQ==", NULL},
	{"YQ==\nYQ==", NULL},
	{"YWI=YWJj", NULL},
	{"YQ==x", NULL},
	{" YQ==", NULL},
	{"YQ== ", NULL},
	{"YQ\t==", NULL},
	{"Y-_a", NULL},
	{"YWJj\v", NULL},
};

static void test_rules(void **state)
{
	size_t i;

	(void)state;
	for_each_implementation(with)
	{
		for (i = 0; i < ARRAY_SIZE(rules); i++) {
			const struct rule *r = &rules[i];
			struct expected    want = {
				   .result = r->data ? 0 : -1,
				   .bytes = (char *)r->data,
				   .n = r->data ? strlen(r->data) : 0,
                        };
			struct exact text = exact_copy(r->text, strlen(r->text), 0);
			struct exact dst = exact_room(b64_decoded_max(text.n), 0);

			compare(with, &text, &want, dst.bytes, r->text);
			assert_int_equal(check_decode(with, r->text, text.n, 0), want.result);
			free(text.memory);
			free(dst.memory);
		}
	}
}

static void test_nul(void **state)
{
	(void)state;
	for_each_implementation(with)
	{
		assert_int_equal(check_decode(with, "YQ==\0", 5, 0), -1);
		assert_int_equal(check_decode(with, "\0YQ=", 4, 0), -1);
		assert_int_equal(check_decode(with, "YQ=\0", 4, 0), -1);
	}
}

/* Every length and every alignment, of data and of plain text cut there. */
static void test_lengths(void **state)
{
	unsigned char data[300];
	char          text[404];
	struct random r;
	size_t        n, skew;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	for_each_implementation(with)
	{
		for (skew = 0; skew < 33; skew++) {
			for (n = 0; n <= 300; n++) {
				(void)naive_encode(data, n, text);
				check_encode(with, data, n, skew);
				assert_int_equal(check_decode(with, text, b64_encoded_len(n), skew),
						 0);
				assert_int_equal(check_decode(with, text, n, skew), n % 4 ? -1 : 0);
			}
		}
	}
}

static void test_large(void **state)
{
	auto_free char *data = sample_memory(LARGE), *text = sample_memory(2 * LARGE);
	struct random   r;
	int             i;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, LARGE);
	for_each_implementation(with)
	{
		for (i = 0; i < 4; i++) {
			size_t n = LARGE - random_below(&r, 1000);
			size_t len = naive_encode((unsigned char *)data, n, text);

			check_encode(with, data, n, random_below(&r, 64));
			assert_int_equal(check_decode(with, text, len, random_below(&r, 64)), 0);
		}
	}
}

/* A stream encoded in pieces of a multiple of three bytes is the text of the whole. */
static void test_pieces(void **state)
{
	char          data[1000], whole[1336], pieces[1336];
	struct random r;
	size_t        size, at, len;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	(void)b64_encode(data, sizeof(data), whole);
	for (size = 3; size < 300; size += 3) {
		for (at = len = 0; at < sizeof(data); at += size)
			len += b64_encode(data + at,
					  size < sizeof(data) - at ? size : sizeof(data) - at,
					  pieces + len);
		assert_int_equal(len, sizeof(whole));
		assert_memory_equal(pieces, whole, len);
	}
}

/* Long enough for two blocks of the widest implementation and a rest. */
static void test_every_byte_at_every_place(void **state)
{
	char          data[84], text[112];
	struct random r;
	size_t        at;
	int           byte;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	for_each_implementation(with)
	{
		(void)naive_encode((unsigned char *)data, sizeof(data), text);
		for (at = 0; at < sizeof(text); at++) {
			char was = text[at];

			for (byte = 0; byte <= 0xFF; byte++) {
				text[at] = (char)byte;
				(void)check_decode(with, text, sizeof(text), at % 5);
			}
			text[at] = was;
		}
	}
}

static void test_line_break_at_every_place(void **state)
{
	static const char *const breaks[] = {"\n", "\r", "\r\n", "\n\n\n", "\n\r\n\r\n"};
	char                     data[84], text[112], broken[112 + 5];
	struct random            r;
	size_t                   n, at, i;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	for_each_implementation(with)
	{
		for (n = sizeof(data) - 3; n <= sizeof(data); n++) {
			size_t len = naive_encode((unsigned char *)data, n, text);

			for (at = 0; at <= len; at++) {
				for (i = 0; i < ARRAY_SIZE(breaks); i++) {
					size_t more = strlen(breaks[i]);

					memcpy(broken, text, at);
					memcpy(broken + at, breaks[i], more);
					memcpy(broken + at + more, text + at, len - at);
					assert_int_equal(
						check_decode(with, broken, len + more, at % 5), 0);
				}
			}
		}
	}
}

/* The text in lines of so many columns; the last one ends too. */
static size_t in_lines(const char *text, size_t len, size_t columns, const char *end, char *lines)
{
	size_t at, n, out = 0;

	for (at = 0; at < len; at += n) {
		n = columns < len - at ? columns : len - at;
		memcpy(lines + out, text + at, n);
		out += n;
		memcpy(lines + out, end, strlen(end));
		out += strlen(end);
	}
	return out;
}

static void test_every_width(void **state)
{
	char          data[500], text[668], lines[3 * 668];
	struct random r;
	size_t        columns, n, len, out;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	for_each_implementation(with)
	{
		for (columns = 1; columns <= 200; columns++) {
			n = sizeof(data) - columns % 3;
			len = naive_encode((unsigned char *)data, n, text);
			out = in_lines(text, len, columns, "\n", lines);
			assert_int_equal(check_decode(with, lines, out, columns % 16), 0);
			out = in_lines(text, len, columns, "\r\n", lines);
			assert_int_equal(check_decode(with, lines, out, columns % 16), 0);
		}
	}
}

/* Some characters of a text replaced: mostly by what has a meaning, and perhaps cut. */
static size_t spoil(struct random *r, char *text, size_t len)
{
	static const char likely_ones[] = "\n\n\n\n\r=A/";
	size_t            n;

	for (n = random_below(r, 6); n > 0 && len > 0; n--)
		text[random_below(r, len)] =
			random_below(r, 8) ? likely_ones[random_below(r, sizeof(likely_ones) - 1)]
					   : (char)random_next(r);
	return random_below(r, 2) ? len : random_below(r, len + 1);
}

static void test_spoiled(void **state)
{
	char          data[200], text[268], lines[2 * 268];
	struct random r;
	int           i, good = 0, bad = 0;

	(void)state;
	random_init(&r, seed);
	for_each_implementation(with)
	{
		for (i = 0; i < 20000; i++) {
			size_t n = random_below(&r, sizeof(data) + 1), len;

			fill(&r, data, n);
			len = naive_encode((unsigned char *)data, n, text);
			len = in_lines(text, len, 1 + random_below(&r, 150), "\n", lines);
			len = spoil(&r, lines, len);
			if (check_decode(with, lines, len, random_below(&r, 40)) == 0)
				good++;
			else
				bad++;
		}
	}
	assert_true(good > 2000 && bad > 2000); /* else half of it is not tested */
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_last_is_scalar),
		cmocka_unit_test(test_alphabet_in_blocks),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_every_byte_at_every_place),
		cmocka_unit_test(test_line_break_at_every_place),
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_spoiled),
	};

	seed = random_seed_of(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
