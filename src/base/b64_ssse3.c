/* SPDX-License-Identifier: MIT */
/*
 * 12 bytes or 16 characters at a time. The comments speak of one group of three bytes a, b, c,
 * which is one lane of 32 bits. The methods (bits moved by multiplication, characters classified
 * and translated by looking up their nibbles) are those of Wojciech Muła and Daniel Lemire.
 *
 * The target is given per function: the rest of the program must run without these instructions.
 */
#include <tmmintrin.h>

#include "base/b64.h"
#include "base/x86.h"

#define with_ssse3 __attribute__((target("ssse3")))

static bool has_ssse3(void)
{
	return X86_HAS(SSSE3, "ssse3");
}

/* 12 bytes, one sextet in each byte of the result. */
with_ssse3 static inline __m128i sextets(__m128i bytes)
{
	__m128i high, low;

	/* two words of 16 bits: a:b, b:c */
	bytes = _mm_shuffle_epi8(bytes,
				 _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
	/* to the right by 10 and by 6: the first and third sextet */
	high = _mm_mulhi_epu16(_mm_and_si128(bytes, _mm_set1_epi32(0x0FC0FC00)),
			       _mm_set1_epi32(0x04000040));
	/* to the left by 4 and by 8: the second and fourth */
	low = _mm_mullo_epi16(_mm_and_si128(bytes, _mm_set1_epi32(0x003F03F0)),
			      _mm_set1_epi32(0x01000010));
	return _mm_or_si128(high, low);
}

/* What to add depends on the range: row 0 for A to Z, 1 for a to z, then a row for each value. */
with_ssse3 static inline __m128i characters(__m128i sextet)
{
	const __m128i offset = _mm_setr_epi8('A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
					     '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
					     '0' - 52, '+' - 62, '/' - 63, 0, 0);
	__m128i       row = _mm_subs_epu8(sextet, _mm_set1_epi8(51));

	row = _mm_sub_epi8(row, _mm_cmpgt_epi8(sextet, _mm_set1_epi8(25)));
	return _mm_add_epi8(sextet, _mm_shuffle_epi8(offset, row));
}

with_ssse3 static size_t encode_blocks(const unsigned char *src, size_t n, char *dst)
{
	size_t  i;
	__m128i x;

	for (i = 0; n - i >= 16; i += 12, dst += 16) { /* reads 4 more than it takes */
		x = _mm_loadu_si128((const __m128i *)(src + i));
		_mm_storeu_si128((__m128i *)dst, characters(sextets(x)));
	}
	return i;
}

/*
 * Not zero where a character is foreign. The high nibble says which set of low nibbles is allowed:
 * bit 0 is the set of 2x (+ and /), bit 1 of 3x (digits), bit 2 of 4x and 6x (A or a to O or o),
 * bit 3 of 5x and 7x (P or p to Z or z), bit 4 of all other rows, where nothing is. The first table
 * has the sets that lack the low nibble.
 */
with_ssse3 static inline __m128i foreign(__m128i high, __m128i low)
{
	const __m128i lacking = _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
					      0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
	const __m128i set = _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10,
					  0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);

	return _mm_and_si128(_mm_shuffle_epi8(lacking, low), _mm_shuffle_epi8(set, high));
}

/* By the high nibble, but for / which is in the row of + and takes the one before. */
with_ssse3 static inline __m128i values(__m128i c, __m128i high)
{
	const __m128i offset = _mm_setr_epi8(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a',
					     26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
	__m128i       row = _mm_add_epi8(high, _mm_cmpeq_epi8(c, _mm_set1_epi8('/')));

	return _mm_add_epi8(c, _mm_shuffle_epi8(offset, row));
}

/* 16 sextets to 12 bytes and 4 zeros: pairs to 12 bits, those to 24, and away with every fourth. */
with_ssse3 static inline __m128i packed(__m128i sextet)
{
	__m128i pairs = _mm_maddubs_epi16(sextet, _mm_set1_epi32(0x01400140));
	__m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));

	return _mm_shuffle_epi8(
		groups, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
}

with_ssse3 static inline bool is_zero(__m128i x)
{
	return _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_setzero_si128())) == 0xFFFF;
}

with_ssse3 static size_t decode_blocks(const unsigned char *src, size_t n, unsigned char *dst)
{
	const __m128i nibble = _mm_set1_epi8(0x0F);
	size_t        i;

	for (i = 0; n - i >= 24; i += 16, dst += 12) { /* writes 16, room for 18 */
		__m128i c = _mm_loadu_si128((const __m128i *)(src + i));
		__m128i high = _mm_and_si128(_mm_srli_epi16(c, 4), nibble);

		if (!is_zero(foreign(high, _mm_and_si128(c, nibble))))
			break;
		_mm_storeu_si128((__m128i *)dst, packed(values(c, high)));
	}
	return i;
}

with_ssse3 static size_t letter_blocks(const unsigned char *src, size_t n)
{
	const __m128i nibble = _mm_set1_epi8(0x0F);
	size_t        i;

	for (i = 0; n - i >= 16; i += 16) {
		__m128i c = _mm_loadu_si128((const __m128i *)(src + i));
		__m128i high = _mm_and_si128(_mm_srli_epi16(c, 4), nibble);

		if (!is_zero(foreign(high, _mm_and_si128(c, nibble))))
			break;
	}
	return i;
}

const struct b64_implementation b64_ssse3 = {
	.name = "ssse3",
	.is_supported = has_ssse3,
	.encode_blocks = encode_blocks,
	.decode_blocks = decode_blocks,
	.letter_blocks = letter_blocks,
};
