/* SPDX-License-Identifier: MIT */
#include "base/slice.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool slice_line(struct slice *text, struct slice *ret)
{
	const char *end;

	if (text->n == 0)
		return false;
	end = memchr(text->p, '\n', text->n);
	*ret = slice_of(text->p, end ? (size_t)(end - text->p) : text->n);
	text->p += ret->n + (end != NULL);
	text->n -= ret->n + (end != NULL);
	return true;
}

bool slice_field(struct slice *text, struct slice *ret)
{
	while (text->n > 0 && is_blank(*text->p)) {
		text->p++;
		text->n--;
	}
	*ret = slice_of(text->p, 0);
	while (text->n > 0 && !is_blank(*text->p)) {
		text->p++;
		text->n--;
		ret->n++;
	}
	return ret->n > 0;
}

struct slice slice_trim(struct slice s)
{
	while (s.n > 0 && is_blank(*s.p)) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t slice_fields(struct slice line, struct slice *ret, size_t max)
{
	struct slice field;
	size_t       n = 0;

	while (n <= max && slice_field(&line, &field)) {
		if (n < max)
			ret[n] = field;
		n++;
	}
	return n;
}
