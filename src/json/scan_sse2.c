/* SPDX-License-Identifier: MIT */
/* x86-64: SSE2 is part of the base instruction set, so nothing needs to be probed. */
#include <emmintrin.h>
#include <stdint.h>

#include "json/scan.h"

static inline unsigned stops(__m128i x, __m128i quote)
{
	__m128i hit =
		_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));

	/* signed compare: bytes from 0x80 on are negative, so "less than 0x20" catches them too */
	hit = _mm_or_si128(hit, _mm_cmplt_epi8(x, _mm_set1_epi8(0x20)));
	return (unsigned)_mm_movemask_epi8(hit);
}

const unsigned char *json_scan_string(const unsigned char *p, const unsigned char *end,
				      unsigned char quote)
{
	__m128i  q = _mm_set1_epi8((char)quote);
	unsigned hit;

	while (end - p >= 16) {
		hit = stops(_mm_loadu_si128((const __m128i *)p), q);
		if (hit)
			return p + __builtin_ctz(hit);
		p += 16;
	}
	while (p < end && *p != quote && *p != '\\' && *p >= 0x20 && *p < 0x80)
		p++;
	return p;
}
