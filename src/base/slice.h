/* SPDX-License-Identifier: MIT */
/*
 * Walking a text of lines and fields, such as the kernel's files in /proc, without changing or
 * copying it.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *p;
	size_t      n;
};

static inline struct slice slice_of(const char *p, size_t n)
{
	return (struct slice){p, n};
}

static inline bool slice_is(struct slice s, const char *text)
{
	return strlen(text) == s.n && !memcmp(s.p, text, s.n);
}

/* Cuts the next line off the front of *text, without its line feed; the last one needs none. False
 * at the end. */
bool slice_line(struct slice *text, struct slice *ret);

/* Cuts the next field off: what stands between blanks and tabs. False when only those are left. */
bool slice_field(struct slice *text, struct slice *ret);

/* Without the blanks and tabs at both ends. */
struct slice slice_trim(struct slice s);

/* Fields into ret[0..max): how many there are, at most max + 1 when there are more. */
size_t slice_fields(struct slice line, struct slice *ret, size_t max);

#endif
