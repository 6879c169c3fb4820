/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 as the protocol takes it: overlong forms, surrogates and values above 10FFFF are invalid,
 * C0 80 stands for U+0000. Noncharacters are valid (decisions.md row 7).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID (-2)

/*
 * Decodes one code point at *p (p < end) and moves *p behind it. On an invalid sequence returns
 * UTF8_INVALID and moves *p behind it: the lead byte and the continuation bytes that it announces,
 * as far as they are there. One such sequence is one U+FFFD in a reply.
 */
int32_t utf8_next(const unsigned char **p, const unsigned char *end);

/* Encodes cp (U+0000 as C0 80) into dst of at least 4 bytes; returns the number of bytes. */
size_t utf8_put(char *dst, uint32_t cp);

/* Whether all of s is valid and holds no U+0000. */
bool utf8_is_text(const char *s);

#endif
