/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

/* Length that the lead byte announces, the old forms of five and six bytes included; 1 for what
 * cannot lead. */
static int announced_length(unsigned char lead)
{
	if (lead < 0xC0 || lead > 0xFD)
		return 1;
	if (lead < 0xE0)
		return 2;
	if (lead < 0xF0)
		return 3;
	if (lead < 0xF8)
		return 4;
	return lead < 0xFC ? 5 : 6;
}

/* Overlong, a surrogate or beyond Unicode; C0 80 is U+0000. */
static int32_t judge(int32_t cp, int length)
{
	static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	if (cp == 0 && length == 2)
		return 0;
	if (length > 4 || cp < least[length] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return UTF8_INVALID;
	return cp;
}

int32_t utf8_next(const unsigned char **p, const unsigned char *end)
{
	const unsigned char *s = *p;
	int                  length, i;
	int32_t              cp;

	if (s[0] < 0x80) {
		*p = s + 1;
		return s[0];
	}
	length = announced_length(s[0]);
	cp = s[0] & (0x7F >> length);
	for (i = 1; i < length && s + i < end && (s[i] & 0xC0) == 0x80; i++)
		cp = cp << 6 | (s[i] & 0x3F);
	*p = s + i;
	return length == 1 || i < length ? UTF8_INVALID : judge(cp, length);
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

bool utf8_is_text(const char *s)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + strlen(s);

	while (p < end) {
		int32_t cp = utf8_next(&p, end);

		if (cp == UTF8_INVALID || cp == 0)
			return false;
	}
	return true;
}
