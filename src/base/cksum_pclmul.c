/* SPDX-License-Identifier: MIT */
/*
 * The bits of the data are the coefficients of a polynomial, the first bit that of the highest
 * power. Adding a multiple of P to it changes nothing in the checksum, so 16 bytes with n bits
 * behind them may be taken away and added 64 bits at a time as (high * (x^(n+64) mod P) + low *
 * (x^n mod P)), which is no longer than 96 bits. Four registers do that side by side, since a
 * product takes several cycles. What is left in the end, 16 bytes with the same checksum as all of
 * the data, is for the table.
 */
#include <immintrin.h>

#include "base/cksum.h"
#include "base/x86.h"

#define with_pclmul __attribute__((target("pclmul,ssse3")))
#define REGISTERS 4
#define BLOCK ((size_t)16 * REGISTERS)

static bool has_pclmul(void)
{
	return X86_HAS(PCLMULQDQ, "pclmul") && X86_HAS(SSSE3, "ssse3");
}

/* x^n mod P for the distance n: low half, and for 64 more: high half. */
#define FOLD_512 _mm_set_epi64x(0x8833794C, 0xE6228B11)
#define FOLD_128 _mm_set_epi64x(0xC5B9CD4C, 0xE8A45605)

with_pclmul static inline __m128i reversed(__m128i v)
{
	return _mm_shuffle_epi8(
		v, _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}

with_pclmul static inline __m128i load(const unsigned char *p)
{
	return reversed(_mm_loadu_si128((const __m128i *)p));
}

with_pclmul static inline __m128i fold(__m128i v, __m128i by, __m128i next)
{
	__m128i high = _mm_clmulepi64_si128(v, by, 0x11), low = _mm_clmulepi64_si128(v, by, 0x00);

	return _mm_xor_si128(_mm_xor_si128(high, low), next);
}

/* n is a multiple of BLOCK and not 0. */
with_pclmul static uint32_t add_blocks(uint32_t crc, const unsigned char *p, size_t n)
{
	const __m128i by = FOLD_512, by_one = FOLD_128;
	__m128i       v0 = _mm_xor_si128(load(p), _mm_set_epi32((int)crc, 0, 0, 0));
	__m128i       v1 = load(p + 16), v2 = load(p + 32), v3 = load(p + 48);
	unsigned char left[16];

	for (p += BLOCK, n -= BLOCK; n > 0; p += BLOCK, n -= BLOCK) {
		v0 = fold(v0, by, load(p));
		v1 = fold(v1, by, load(p + 16));
		v2 = fold(v2, by, load(p + 32));
		v3 = fold(v3, by, load(p + 48));
	}
	v3 = fold(fold(fold(v0, by_one, v1), by_one, v2), by_one, v3);
	_mm_storeu_si128((__m128i *)left, reversed(v3));
	return cksum_scalar.add(0, left, sizeof(left));
}

static uint32_t add(uint32_t crc, const unsigned char *data, size_t n)
{
	size_t blocks = n / BLOCK * BLOCK;

	if (blocks > 0)
		crc = add_blocks(crc, data, blocks);
	return cksum_scalar.add(crc, data + blocks, n - blocks);
}

const struct cksum_implementation cksum_pclmul = {
	.name = "pclmul",
	.is_supported = has_pclmul,
	.add = add,
};
