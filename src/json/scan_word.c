/* SPDX-License-Identifier: MIT */
/* Portable version: eight bytes at a time in a general register. */
#include <stdint.h>
#include <string.h>

#include "json/scan.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* High bit set in bytes equal to zero (and perhaps in later ones: the caller looks at bytes then).
 */
static inline uint64_t zero_bytes(uint64_t x)
{
	return (x - ONES) & ~x & HIGHS;
}

const unsigned char *json_scan_string(const unsigned char *p, const unsigned char *end,
				      unsigned char quote)
{
	while (end - p >= 8) {
		uint64_t x;

		memcpy(&x, p, 8);
		/* (x - 0x20 in each byte) borrows into the high bit for bytes below 0x20 */
		if ((zero_bytes(x ^ ONES * quote) | zero_bytes(x ^ ONES * '\\') |
		     ((x - ONES * 0x20) & ~x) | x) &
		    HIGHS)
			break;
		p += 8;
	}
	while (p < end && *p != quote && *p != '\\' && *p >= 0x20 && *p < 0x80)
		p++;
	return p;
}
