/* SPDX-License-Identifier: MIT */
/*
 * The methods of b64_ssse3.c, where they are explained, with registers of twice the width: 24 bytes
 * or 32 characters at a time. Shuffles stay within halves of a register, so each half works for
 * itself.
 */
#include <immintrin.h>

#include "base/b64.h"
#include "base/x86.h"

#define with_avx2 __attribute__((target("avx2")))

static bool has_avx2(void)
{
	return X86_HAS(AVX2, "avx2");
}

/* A table for both halves. */
#define TWICE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

with_avx2 static inline __m256i sextets(__m256i bytes)
{
	__m256i high, low;

	bytes = _mm256_shuffle_epi8(bytes,
				    TWICE(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
	high = _mm256_mulhi_epu16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x0FC0FC00)),
				  _mm256_set1_epi32(0x04000040));
	low = _mm256_mullo_epi16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x003F03F0)),
				 _mm256_set1_epi32(0x01000010));
	return _mm256_or_si256(high, low);
}

with_avx2 static inline __m256i characters(__m256i sextet)
{
	const __m256i offset =
		TWICE('A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
		      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 0, 0);
	__m256i row = _mm256_subs_epu8(sextet, _mm256_set1_epi8(51));

	row = _mm256_sub_epi8(row, _mm256_cmpgt_epi8(sextet, _mm256_set1_epi8(25)));
	return _mm256_add_epi8(sextet, _mm256_shuffle_epi8(offset, row));
}

/* 12 bytes into each half; 28 are read. */
with_avx2 static inline __m256i load_24(const unsigned char *s)
{
	return _mm256_setr_m128i(_mm_loadu_si128((const __m128i *)s),
				 _mm_loadu_si128((const __m128i *)(s + 12)));
}

with_avx2 static size_t encode_blocks(const unsigned char *src, size_t n, char *dst)
{
	size_t i;

	for (i = 0; n - i >= 28; i += 24, dst += 32)
		_mm256_storeu_si256((__m256i *)dst, characters(sextets(load_24(src + i))));
	return i;
}

with_avx2 static inline __m256i foreign(__m256i high, __m256i low)
{
	const __m256i lacking = TWICE(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
				      0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
	const __m256i set = TWICE(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10,
				  0x10, 0x10, 0x10, 0x10, 0x10);

	return _mm256_and_si256(_mm256_shuffle_epi8(lacking, low), _mm256_shuffle_epi8(set, high));
}

with_avx2 static inline __m256i values(__m256i c, __m256i high)
{
	const __m256i offset = TWICE(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a',
				     26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
	__m256i       row = _mm256_add_epi8(high, _mm256_cmpeq_epi8(c, _mm256_set1_epi8('/')));

	return _mm256_add_epi8(c, _mm256_shuffle_epi8(offset, row));
}

/* In each half 12 bytes and 4 zeros. */
with_avx2 static inline __m256i packed(__m256i sextet)
{
	__m256i pairs = _mm256_maddubs_epi16(sextet, _mm256_set1_epi32(0x01400140));
	__m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));

	return _mm256_shuffle_epi8(groups,
				   TWICE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
}

/* Writes 28 bytes, of which 24 count. */
with_avx2 static inline void store_24(unsigned char *d, __m256i x)
{
	_mm_storeu_si128((__m128i *)d, _mm256_castsi256_si128(x));
	_mm_storeu_si128((__m128i *)(d + 12), _mm256_extracti128_si256(x, 1));
}

with_avx2 static size_t decode_blocks(const unsigned char *src, size_t n, unsigned char *dst)
{
	const __m256i nibble = _mm256_set1_epi8(0x0F);
	size_t        i;

	for (i = 0; n - i >= 40; i += 32, dst += 24) { /* writes 28, room for 30 */
		__m256i c = _mm256_loadu_si256((const __m256i *)(src + i));
		__m256i high = _mm256_and_si256(_mm256_srli_epi16(c, 4), nibble);
		__m256i bad = foreign(high, _mm256_and_si256(c, nibble));

		if (!_mm256_testz_si256(bad, bad))
			break;
		store_24(dst, packed(values(c, high)));
	}
	return i;
}

with_avx2 static size_t letter_blocks(const unsigned char *src, size_t n)
{
	const __m256i nibble = _mm256_set1_epi8(0x0F);
	size_t        i;

	for (i = 0; n - i >= 32; i += 32) {
		__m256i c = _mm256_loadu_si256((const __m256i *)(src + i));
		__m256i high = _mm256_and_si256(_mm256_srli_epi16(c, 4), nibble);
		__m256i bad = foreign(high, _mm256_and_si256(c, nibble));

		if (!_mm256_testz_si256(bad, bad))
			break;
	}
	return i;
}

const struct b64_implementation b64_avx2 = {
	.name = "avx2",
	.is_supported = has_avx2,
	.encode_blocks = encode_blocks,
	.decode_blocks = decode_blocks,
	.letter_blocks = letter_blocks,
};
