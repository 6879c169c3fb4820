/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <stdbool.h>

/* Sequence length and the allowed range of the second byte, by lead byte (Unicode standard, table 3-7). */
static int lead(unsigned char c, unsigned char *lo, unsigned char *hi)
{
	*lo = 0x80;
	*hi = 0xBF;
	if (c >= 0xC2 && c <= 0xDF)
		return 2;
	if (c >= 0xE0 && c <= 0xEF) {
		if (c == 0xE0)
			*lo = 0xA0;
		if (c == 0xED)
			*hi = 0x9F;
		return 3;
	}
	if (c >= 0xF0 && c <= 0xF4) {
		if (c == 0xF0)
			*lo = 0x90;
		if (c == 0xF4)
			*hi = 0x8F;
		return 4;
	}
	return 0;
}

int32_t utf8_next(const unsigned char **p, const unsigned char *end)
{
	const unsigned char *s = *p;
	unsigned char        lo, hi;
	int                  n, i;
	int32_t              cp;

	if (s[0] < 0x80) {
		*p = s + 1;
		return s[0];
	}
	if (s[0] == 0xC0 && end - s >= 2 && s[1] == 0x80) {
		*p = s + 2;
		return 0;
	}
	n = lead(s[0], &lo, &hi);
	cp = s[0] & (0xFF >> (n + 1));
	for (i = 1; i < n; i++) {
		if (s + i >= end || s[i] < lo || s[i] > hi)
			break;
		cp = cp << 6 | (s[i] & 0x3F);
		lo = 0x80;
		hi = 0xBF;
	}
	if (n == 0 || i < n) {
		*p = s + (i > 0 && n > 0 ? i : 1);
		return UTF8_INVALID;
	}
	*p = s + n;
	return cp;
}

size_t utf8_put(char *dst, uint32_t cp)
{
	unsigned char *d = (unsigned char *)dst;

	if (cp == 0) {
		d[0] = 0xC0;
		d[1] = 0x80;
		return 2;
	}
	if (cp < 0x80) {
		d[0] = (unsigned char)cp;
		return 1;
	}
	if (cp < 0x800) {
		d[0] = (unsigned char)(0xC0 | cp >> 6);
		d[1] = (unsigned char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		d[0] = (unsigned char)(0xE0 | cp >> 12);
		d[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3F));
		d[2] = (unsigned char)(0x80 | (cp & 0x3F));
		return 3;
	}
	d[0] = (unsigned char)(0xF0 | cp >> 18);
	d[1] = (unsigned char)(0x80 | (cp >> 12 & 0x3F));
	d[2] = (unsigned char)(0x80 | (cp >> 6 & 0x3F));
	d[3] = (unsigned char)(0x80 | (cp & 0x3F));
	return 4;
}
