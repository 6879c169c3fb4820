/* SPDX-License-Identifier: MIT */
/*
 * Walking checked text. Every loop is bounded by text->end, so that even unchecked bytes cannot
 * lead out of it.
 */
#include "json/reader.h"

#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "json/scan.h"

static char *skip_space(char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

struct json json_root(const struct json_text *text)
{
	return (struct json){.p = skip_space(text->start, text->end), .text = text};
}

enum json_kind json_kind(const struct json *j)
{
	if (!j->p || j->p >= j->text->end)
		return JSON_INVALID;
	switch (*j->p) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
	case '\'':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	case '-':
		return JSON_NUMBER;
	default:
		return *j->p >= '0' && *j->p <= '9' ? JSON_NUMBER : JSON_INVALID;
	}
}

static const struct json_hint *hint_of(const struct json *j)
{
	const struct json_hints *h = j->text->hints;
	uint32_t                 i;

	for (i = 0; h && i < h->n; i++)
		if (j->text->start + h->at[i].start == j->p)
			return &h->at[i];
	return NULL;
}

static char *hinted_end(const struct json *j)
{
	const struct json_hint *h = hint_of(j);

	return h ? j->text->start + h->end : NULL;
}

size_t json_str_letters(const struct json *j)
{
	const struct json_hint *h = hint_of(j);

	return h ? h->letters : 0;
}

static char *string_end(const struct json *j)
{
	char  quote = *j->p;
	char *end = j->text->end;
	char *p = hinted_end(j);

	if (p)
		return p;
	for (p = j->p + 1; p < end; p++) {
		p = (char *)(uintptr_t)json_scan_string((unsigned char *)p, (unsigned char *)end,
							(unsigned char)quote);
		if (p < end && *p == quote)
			return p + 1;
		if (p < end && *p == '\\')
			p++;
	}
	return end;
}

/* Brackets need no matching here: json_check() has done it. */
static char *container_end(const struct json *j)
{
	char       *end = j->text->end;
	struct json at = *j;
	size_t      depth = 0;

	while (at.p < end) {
		switch (*at.p) {
		case '{':
		case '[':
			depth++;
			at.p++;
			break;
		case '}':
		case ']':
			at.p++;
			if (--depth == 0)
				return at.p;
			break;
		case '"':
		case '\'':
			at.p = string_end(&at);
			break;
		default:
			at.p++;
		}
	}
	return end;
}

static bool ends_scalar(char c)
{
	return c == ',' || c == ':' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\n' ||
	       c == '\r';
}

char *json_value_end(const struct json *j)
{
	char *p = j->p;

	switch (json_kind(j)) {
	case JSON_STRING:
		return string_end(j);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return container_end(j);
	case JSON_INVALID:
		return p ? p : j->text->end;
	default:
		while (p < j->text->end && !ends_scalar(*p))
			p++;
		return p;
	}
}

bool json_is_true(const struct json *j)
{
	return json_kind(j) == JSON_BOOL && *j->p == 't';
}

struct json_num json_num(const struct json *j)
{
	const char     *end = json_value_end(j);
	size_t          n = (size_t)(end - j->p);
	struct json_num ret;

	if (num_i64(j->p, n, &ret.i)) {
		ret.kind = JSON_NUM_INT;
	} else if (num_u64(j->p, n, &ret.u)) {
		ret.kind = JSON_NUM_UINT;
	} else {
		/* text->end is NUL and the literal has been checked, so strtod stops where the
		 * token does */
		ret.kind = JSON_NUM_DOUBLE;
		ret.d = strtod(j->p, NULL);
	}
	return ret;
}

size_t json_str_raw_len(const struct json *j)
{
	char *end = string_end(j);

	/* a string cut by the end of the text has no closing quote */
	return (size_t)(end - j->p) - (end - j->p >= 2 && end[-1] == *j->p ? 2 : 1);
}

struct json_chars json_str_chars(const struct json *j)
{
	const unsigned char *p = (const unsigned char *)j->p + 1;

	return (struct json_chars){.p = p, .end = p + json_str_raw_len(j)};
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int32_t hex4(const unsigned char *p, const unsigned char *end)
{
	int32_t v = 0;
	int     i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* *p is behind "\u". Lone surrogates do not pass json_check(); here they become U+FFFD. */
static int32_t unicode_escape(struct json_chars *c)
{
	int32_t hi = hex4(c->p, c->end), lo;

	if (hi < 0)
		return 0xFFFD;
	c->p += 4;
	if (hi < 0xD800 || hi > 0xDFFF)
		return hi;
	if (hi > 0xDBFF || c->end - c->p < 6 || c->p[0] != '\\' || c->p[1] != 'u')
		return 0xFFFD;
	lo = hex4(c->p + 2, c->end);
	if (lo < 0xDC00 || lo > 0xDFFF)
		return 0xFFFD;
	c->p += 6;
	return 0x10000 + ((hi - 0xD800) << 10) + (lo - 0xDC00);
}

static int32_t escape(struct json_chars *c)
{
	unsigned char e;

	if (c->p >= c->end)
		return 0xFFFD;
	e = *c->p++;
	switch (e) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'u':
		return unicode_escape(c);
	default:
		return e;
	}
}

int32_t json_chars_next(struct json_chars *c)
{
	int32_t cp;

	if (c->p >= c->end)
		return -1;
	if (*c->p == '\\') {
		c->p++;
		return escape(c);
	}
	cp = utf8_next(&c->p, c->end);
	return cp < 0 ? 0xFFFD : cp;
}

bool json_str_is(const struct json *j, const char *s)
{
	struct json_chars    c = json_str_chars(j);
	const unsigned char *u = (const unsigned char *)s;

	/* what is compared is ASCII without backslashes and nearly always spelt so: the raw bytes
	 * decide */
	while (*u && c.p < c.end && *c.p == *u && *u != '\\') {
		c.p++;
		u++;
	}
	for (; *u; u++)
		if (json_chars_next(&c) != *u)
			return false;
	return c.p >= c.end;
}

static bool needs_decoding(const unsigned char *p, const unsigned char *end)
{
	return memchr(p, '\\', (size_t)(end - p)) || memchr(p, 0xC0, (size_t)(end - p));
}

int json_str_decode(const struct json *j, char **ret, size_t *ret_len, bool *ret_has_nul)
{
	struct json_chars c = json_str_chars(j);
	char             *start = j->p + 1, *dst = start;
	bool              nul = false;
	int32_t           cp;

	if (hinted_end(j) || !needs_decoding(c.p, c.end)) {
		dst = start + (c.end - c.p);
	} else {
		while ((cp = json_chars_next(&c)) >= 0) {
			nul |= cp == 0;
			char   one[4];
			size_t n = utf8_put(one, (uint32_t)cp);

			/* checked text never grows; U+FFFD for bad bytes or a raw NUL would */
			if ((size_t)(c.p - (unsigned char *)dst) < n) {
				one[0] = '?';
				n = 1;
			}
			memcpy(dst, one, n);
			dst += n;
		}
	}
	*dst = '\0';
	*ret = start;
	*ret_len = (size_t)(dst - start);
	if (ret_has_nul)
		*ret_has_nul = nul;
	return 0;
}

size_t json_str_copy(const struct json *j, char *dst, size_t size)
{
	struct json_chars c = json_str_chars(j);
	size_t            n = 0;
	int32_t           cp;

	while ((cp = json_chars_next(&c)) >= 0) {
		char   one[4];
		size_t len = utf8_put(one, (uint32_t)cp);

		if (n + len >= size)
			break;
		memcpy(dst + n, one, len);
		n += len;
	}
	dst[n] = '\0';
	return n;
}

void json_walk_start(struct json_walk *w, const struct json *container)
{
	w->at = *container;
	w->at.p = skip_space(container->p + 1, container->text->end);
	w->first = true;
}

/* To the next element; false at the closing bracket. */
static bool step(struct json_walk *w)
{
	const char *end = w->at.text->end;

	if (!w->first) {
		w->at.p = skip_space(json_value_end(&w->at), end);
		if (w->at.p >= end || *w->at.p != ',')
			return false;
		w->at.p = skip_space(w->at.p + 1, end);
	}
	w->first = false;
	return json_kind(&w->at) != JSON_INVALID;
}

bool json_walk_item(struct json_walk *w, struct json *ret_value)
{
	if (!step(w))
		return false;
	*ret_value = w->at;
	return true;
}

bool json_walk_member(struct json_walk *w, struct json *ret_key, struct json *ret_value)
{
	const char *end = w->at.text->end;

	if (!step(w) || json_kind(&w->at) != JSON_STRING)
		return false;
	*ret_key = w->at;
	w->at.p = skip_space(string_end(&w->at), end);
	if (w->at.p >= end || *w->at.p != ':')
		return false;
	w->at.p = skip_space(w->at.p + 1, end);
	*ret_value = w->at;
	return json_kind(ret_value) != JSON_INVALID;
}
