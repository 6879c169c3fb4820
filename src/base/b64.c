/* SPDX-License-Identifier: MIT */
/*
 * The portable code takes one group of 3 bytes or 4 characters at a time. It is all there is on
 * processors without an implementation of their own; elsewhere it does what vectors leave over:
 * ends, line breaks, padding, and the refusal of everything else.
 */
#include "base/b64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character. NO, outside the alphabet, has bits above all others when extended.
 */
#define NO (-1)
#define NO_5 NO, NO, NO, NO, NO
#define NO_X NO_5, NO_5, NO_5, NO
static const int8_t values[256] = {
	/* clang-format off */
	NO_X, NO_X,
	NO_5, NO_5, NO, 62, NO, NO, NO, 63,                           /* + / */
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO_5, NO,             /* 0 to 9 */
	NO,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO_5,             /* A to Z */
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO_5,             /* a to z */
	NO_X, NO_X, NO_X, NO_X, NO_X, NO_X, NO_X, NO_X,
	/* clang-format on */
};

/* Encoding */

static inline void encode_group(const unsigned char *s, char *d)
{
	uint32_t bits = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];

	d[0] = alphabet[bits >> 18];
	d[1] = alphabet[bits >> 12 & 63];
	d[2] = alphabet[bits >> 6 & 63];
	d[3] = alphabet[bits & 63];
}

/* The one or two bytes behind the last whole group. */
static void encode_rest(const unsigned char *s, size_t n, char *d)
{
	const unsigned char group[3] = {s[0], n > 1 ? s[1] : 0, 0};

	encode_group(group, d);
	if (n == 1)
		d[2] = '=';
	d[3] = '=';
}

size_t b64_encode_with(const struct b64_implementation *with, const void *src, size_t n, char *dst)
{
	const unsigned char *s = src;
	size_t               i = with->encode_blocks(s, n, dst);
	char                *d = dst + i / 3 * 4;

	for (; n - i >= 3; i += 3, d += 4)
		encode_group(s + i, d);
	if (i < n)
		encode_rest(s + i, n - i, d);
	return b64_encoded_len(n);
}

/* Decoding */

struct decoder {
	const unsigned char *src, *end; /* what is not yet read */
	unsigned char       *dst;       /* where the next byte goes; never beyond src in place */
};

static inline bool is_line_break(unsigned char c)
{
	return c == '\n' || c == '\r';
}

/* The 24 bits of four characters; BITS_FOREIGN is set as well if one is not in the alphabet. */
#define BITS_FOREIGN (UINT32_C(1) << 31)
static inline uint32_t bits_of(const unsigned char *s)
{
	return (uint32_t)values[s[0]] << 18 | (uint32_t)values[s[1]] << 12 |
	       (uint32_t)values[s[2]] << 6 | (uint32_t)values[s[3]];
}

static inline void put_bytes(unsigned char *d, uint32_t bits)
{
	d[0] = (unsigned char)(bits >> 16);
	d[1] = (unsigned char)(bits >> 8);
	d[2] = (unsigned char)bits;
}

/* Up to the first group that is not four characters of the alphabet next to each other. */
static void plain_groups(struct decoder *d)
{
	uint32_t bits;

	while (d->end - d->src >= 4) {
		bits = bits_of(d->src);
		if (bits & BITS_FOREIGN)
			return;
		put_bytes(d->dst, bits);
		d->src += 4;
		d->dst += 3;
	}
}

static void line_breaks(struct decoder *d)
{
	while (d->src < d->end && is_line_break(*d->src))
		d->src++;
}

/* Collects characters, line breaks left out; returns how many, less than 4 at the end. */
static int take_group(struct decoder *d, unsigned char group[4])
{
	int n;

	for (n = 0; n < 4; n++) {
		line_breaks(d);
		if (d->src == d->end)
			break;
		group[n] = *d->src++;
	}
	return n;
}

/* A group that ends in padding: the last one, one or two bytes. */
static int padded_group(struct decoder *d, unsigned char group[4])
{
	int      n_bytes = group[2] == '=' ? 1 : 2;
	uint32_t bits;

	group[3] = 'A';
	if (n_bytes == 1)
		group[2] = 'A';
	bits = bits_of(group);
	line_breaks(d);
	if (bits & BITS_FOREIGN || d->src < d->end)
		return -1;
	*d->dst++ = (unsigned char)(bits >> 16);
	if (n_bytes == 2)
		*d->dst++ = (unsigned char)(bits >> 8);
	return 0;
}

/* One group with a line break in it or padding, or that is wrong. */
static int odd_group(struct decoder *d)
{
	unsigned char group[4] = {0};
	uint32_t      bits;

	if (take_group(d, group) < 4)
		return -1;
	if (group[3] == '=')
		return padded_group(d, group);
	bits = bits_of(group);
	if (bits & BITS_FOREIGN)
		return -1;
	put_bytes(d->dst, bits);
	d->dst += 3;
	return 0;
}

/* As far as there are vectors of plain characters, and the groups behind them one by one. */
static void blocks(struct decoder *d, const struct b64_implementation *with)
{
	size_t n = with->decode_blocks(d->src, (size_t)(d->end - d->src), d->dst);

	d->src += n;
	d->dst += n / 4 * 3;
	plain_groups(d);
}

int b64_decode_with(const struct b64_implementation *with, const char *src, size_t n, void *dst,
		    size_t *ret_n)
{
	struct decoder d = {
		.src = (const unsigned char *)src,
		.end = (const unsigned char *)src + n,
		.dst = dst,
	};

	for (;;) {
		blocks(&d, with);
		if (d.src == d.end)
			break;
		if (is_line_break(*d.src))
			line_breaks(&d);
		else if (odd_group(&d) < 0)
			return -1;
	}
	*ret_n = (size_t)(d.dst - (unsigned char *)dst);
	return 0;
}

/* Without vectors there is nothing to be gained: whoever asks has a faster way to look at text. */
size_t b64_letters_with(const struct b64_implementation *with, const char *src, size_t n)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t               i;

	if (with == &b64_scalar)
		return 0;
	i = with->letter_blocks(s, n);
	while (i < n && values[s[i]] != NO)
		i++;
	return i;
}

/* Without vectors */

static bool always(void)
{
	return true;
}

static size_t encode_nothing(const unsigned char *src, size_t n, char *dst)
{
	(void)src, (void)n, (void)dst;
	return 0;
}

static size_t decode_nothing(const unsigned char *src, size_t n, unsigned char *dst)
{
	(void)src, (void)n, (void)dst;
	return 0;
}

static size_t no_letters(const unsigned char *src, size_t n)
{
	(void)src, (void)n;
	return 0;
}

const struct b64_implementation b64_scalar = {
	.name = "scalar",
	.is_supported = always,
	.encode_blocks = encode_nothing,
	.decode_blocks = decode_nothing,
	.letter_blocks = no_letters,
};

/* The choice */

static const struct b64_implementation *choose(void)
{
	const struct b64_implementation *const *one = b64_implementations;

	while (!(*one)->is_supported())
		one++;
	return *one;
}

/* Two threads may both choose: they choose the same. */
static const struct b64_implementation *chosen(void)
{
	static const struct b64_implementation *choice;
	const struct b64_implementation        *with = __atomic_load_n(&choice, __ATOMIC_RELAXED);

	if (unlikely(!with)) {
		with = choose();
		__atomic_store_n(&choice, with, __ATOMIC_RELAXED);
	}
	return with;
}

size_t b64_encode(const void *src, size_t n, char *dst)
{
	return b64_encode_with(chosen(), src, n, dst);
}

int b64_decode(const char *src, size_t n, void *dst, size_t *ret_n)
{
	return b64_decode_with(chosen(), src, n, dst, ret_n);
}

size_t b64_letters(const char *src, size_t n)
{
	return b64_letters_with(chosen(), src, n);
}
