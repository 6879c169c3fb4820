/* SPDX-License-Identifier: MIT */
/*
 * The protocol's own error texts give no place and use its words ("stray", "dict"), so the reader
 * has neither. This walks the same dialect again, only after the reader has refused a text.
 */
#include "client/position.h"

#include <string.h>

#include "base/utf8.h"
#include "json/reader.h"

struct walk {
	const char *p, *end;
	const char *why; /* set when a fault is found at p */
	size_t      depth;
	char        open[JSON_DEPTH_MAX];
};

static bool fault(struct walk *w, const char *at, const char *why)
{
	w->p = at;
	w->why = why;
	return false;
}

static bool is_next(const struct walk *w, const char *set)
{
	return w->p < w->end && *w->p != '\0' && strchr(set, *w->p);
}

static void skip_space(struct walk *w)
{
	while (is_next(w, " \t\r\n"))
		w->p++;
}

static bool is_digit(const struct walk *w)
{
	return w->p < w->end && *w->p >= '0' && *w->p <= '9';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool pass_escape(struct walk *w)
{
	const char *start = w->p;
	int         i;

	w->p++;
	if (!is_next(w, "\"'\\/bfnrtu"))
		return fault(w, start, "unknown escape in a string");
	if (*w->p++ != 'u')
		return true;
	for (i = 0; i < 4; i++, w->p++)
		if (w->p == w->end || !is_hex(*w->p))
			return fault(w, start, "\\u needs four hexadecimal digits");
	return true;
}

static bool pass_string(struct walk *w)
{
	const char *start = w->p++;

	while (w->p < w->end && *w->p != *start) {
		const unsigned char *u = (const unsigned char *)w->p;

		if (*u < 0x20)
			return fault(w, w->p, "control character in a string (a missing quote?)");
		if (*u == '\\') {
			if (!pass_escape(w))
				return false;
		} else if (utf8_next(&u, (const unsigned char *)w->end) < 0) {
			return fault(w, w->p, "not UTF-8");
		} else {
			w->p = (const char *)u;
		}
	}
	if (w->p == w->end)
		return fault(w, start, "this string does not end");
	w->p++;
	return true;
}

static bool pass_digits(struct walk *w)
{
	const char *start = w->p;

	while (is_digit(w))
		w->p++;
	return w->p > start;
}

static bool pass_number(struct walk *w)
{
	const char *start = w->p;
	bool        good;

	w->p += *w->p == '-';
	if (is_next(w, "0")) {
		w->p++;
		if (is_digit(w))
			return fault(w, start, "numbers do not begin with 0");
		good = true;
	} else {
		good = pass_digits(w);
	}
	if (good && is_next(w, ".")) {
		w->p++;
		good = pass_digits(w);
	}
	if (good && is_next(w, "eE")) {
		w->p++;
		w->p += is_next(w, "+-");
		good = pass_digits(w);
	}
	return good ? true : fault(w, start, "not a number");
}

static bool pass_word(struct walk *w)
{
	static const char *const words[] = {"true", "false", "null"};
	const char              *start = w->p;
	size_t                   i, n;

	while (w->p < w->end && *w->p >= 'a' && *w->p <= 'z')
		w->p++;
	n = (size_t)(w->p - start);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (n == strlen(words[i]) && memcmp(start, words[i], n) == 0)
			return true;
	return fault(w, start,
		     n ? "unknown word (names and strings need quotes)" : "a value is missing");
}

static bool pass_scalar(struct walk *w)
{
	switch (*w->p) {
	case '"':
	case '\'':
		return pass_string(w);
	case '-':
		return pass_number(w);
	default:
		return is_digit(w) ? pass_number(w) : pass_word(w);
	}
}

static bool pass_name(struct walk *w)
{
	if (w->p == w->end || (*w->p != '"' && *w->p != '\''))
		return fault(w, w->p, "a quoted name is missing");
	if (!pass_string(w))
		return false;
	skip_space(w);
	if (w->p == w->end || *w->p != ':')
		return fault(w, w->p, "':' is missing after the name");
	w->p++;
	skip_space(w);
	return true;
}

/* Down to the first scalar or empty container; true with *ret_done when a value is complete. */
static bool pass_value_begin(struct walk *w, bool *ret_done)
{
	*ret_done = true;
	if (w->p == w->end)
		return fault(w, w->p, "the text ends here");
	if (*w->p != '{' && *w->p != '[')
		return pass_scalar(w);
	if (w->depth == JSON_DEPTH_MAX)
		return fault(w, w->p, "nested too deeply");
	w->open[w->depth++] = *w->p++;
	skip_space(w);
	if (w->p < w->end && *w->p == (w->open[w->depth - 1] == '{' ? '}' : ']')) {
		w->p++;
		w->depth--;
		return true;
	}
	*ret_done = false;
	return w->open[w->depth - 1] == '{' ? pass_name(w) : true;
}

/* After a complete value: closing brackets, then a comma and what begins the next value. */
static bool pass_value_end(struct walk *w)
{
	while (w->depth > 0) {
		bool object = w->open[w->depth - 1] == '{';

		skip_space(w);
		if (w->p == w->end)
			return fault(w, w->p, "the text ends here, a bracket is still open");
		if (*w->p == ',') {
			w->p++;
			skip_space(w);
			return object ? pass_name(w) : true;
		}
		if (*w->p != (object ? '}' : ']'))
			return fault(w, w->p,
				     object ? "',' or '}' is missing" : "',' or ']' is missing");
		w->p++;
		w->depth--;
	}
	return true;
}

static bool pass_all(struct walk *w)
{
	bool done;

	skip_space(w);
	do {
		if (!pass_value_begin(w, &done))
			return false;
		if (done && !pass_value_end(w))
			return false;
	} while (w->depth > 0);
	skip_space(w);
	return w->p == w->end ? true : fault(w, w->p, "text after the end of the value");
}

bool position_find(const char *text, size_t len, struct position *ret)
{
	struct walk w;
	const char *p;

	w.p = text;
	w.end = text + len;
	w.depth = 0;
	if (pass_all(&w))
		return false;
	*ret = (struct position){.line = 1, .column = 1, .why = w.why};
	for (p = text; p < w.p; p++) {
		if (*p == '\n') {
			ret->line++;
			ret->column = 1;
		} else if (((unsigned char)*p & 0xC0) != 0x80) {
			ret->column++;
		}
	}
	return true;
}
