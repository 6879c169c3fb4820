/* SPDX-License-Identifier: MIT */
#include "json/writer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"

/* Enough for any double (IEEE 754 binary64). */
#define DOUBLE_DIGITS_MAX 17
#define DOUBLE_DIGITS_EXACT 15

static void separate(struct json_out *w)
{
	if (w->comma)
		buf_add(w->buf, ", ", 2);
	w->comma = true;
}

static void begin(struct json_out *w, char bracket)
{
	separate(w);
	buf_add_char(w->buf, bracket);
	w->comma = false;
}

static void end(struct json_out *w, char bracket)
{
	buf_add_char(w->buf, bracket);
	w->comma = true;
}

void json_out_object_begin(struct json_out *w)
{
	begin(w, '{');
}

void json_out_object_end(struct json_out *w)
{
	end(w, '}');
}

void json_out_array_begin(struct json_out *w)
{
	begin(w, '[');
}

void json_out_array_end(struct json_out *w)
{
	end(w, ']');
}

void json_out_key(struct json_out *w, const char *name)
{
	separate(w);
	buf_add_char(w->buf, '"');
	buf_add_str(w->buf, name);
	buf_add(w->buf, "\": ", 3);
	w->comma = false;
}

void json_out_null(struct json_out *w)
{
	separate(w);
	buf_add(w->buf, "null", 4);
}

void json_out_bool(struct json_out *w, bool value)
{
	separate(w);
	buf_add_str(w->buf, value ? "true" : "false");
}

void json_out_uint(struct json_out *w, uint64_t value)
{
	char  digits[20];
	char *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	separate(w);
	buf_add(w->buf, p, (size_t)(digits + sizeof(digits) - p));
}

void json_out_int(struct json_out *w, int64_t value)
{
	if (value >= 0) {
		json_out_uint(w, (uint64_t)value);
		return;
	}
	separate(w);
	buf_add_char(w->buf, '-');
	w->comma = false;
	json_out_uint(w, 0 - (uint64_t)value);
}

/* Removes the zeros behind the last digit that counts: "1.500e+00" to "1.5e+00". Returns the digits
 * left. */
static int strip_zeros(char *text)
{
	char *e = strchr(text, 'e'), *last = e - 1;
	int   digits;

	while (*last == '0' && last > text)
		last--;
	if (*last == '.')
		last--;
	digits = (int)(last - text) + 1 - (text[0] == '-');
	if (memchr(text, '.', (size_t)(last - text) + 1))
		digits--;
	memmove(last + 1, e, strlen(e) + 1);
	return digits;
}

/*
 * Puts the shortest digits that read back the same into text, as %e does; returns their number. 15
 * digits are always exact for a double that has no more (IEEE 754); only subnormals have fewer.
 */
static int shortest_digits(double value, char *text, size_t size)
{
	int digits = fabs(value) >= DBL_MIN ? DOUBLE_DIGITS_EXACT : 1;

	for (; digits <= DOUBLE_DIGITS_MAX; digits++) {
		(void)snprintf(text, size, "%.*e", digits - 1, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return strip_zeros(text);
}

/* Laid out as %.17g lays out, with the digits that are needed and no more. */
void json_out_double(struct json_out *w, double value)
{
	char        text[64];
	int64_t     exponent = 0;
	const char *e;
	int         digits;

	if (!isfinite(value)) {
		json_out_null(w);
		return;
	}
	digits = shortest_digits(value, text, sizeof(text));
	e = strchr(text, 'e');
	(void)num_i64_range(e[1] == '+' ? e + 2 : e + 1, -400, 400, &exponent);
	if (exponent >= -4 && exponent < DOUBLE_DIGITS_MAX) {
		int decimals = digits - 1 - (int)exponent;

		(void)snprintf(text, sizeof(text), "%.*f", decimals > 0 ? decimals : 0, value);
	}
	separate(w);
	buf_add_str(w->buf, text);
}

static void put_unicode(struct buf *b, uint32_t unit)
{
	static const char hex[] = "0123456789ABCDEF";
	char              text[6] = {
			     '\\',          'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
			     hex[unit & 15]};

	buf_add(b, text, sizeof(text));
}

static void put_code_point(struct buf *b, uint32_t cp)
{
	static const char short_from[] = "\b\f\n\r\t\"\\";
	static const char short_to[] = "bfnrt\"\\";
	const char       *s;

	if (cp >= 0x10000) {
		put_unicode(b, 0xD800 + ((cp - 0x10000) >> 10));
		put_unicode(b, 0xDC00 + ((cp - 0x10000) & 0x3FF));
		return;
	}
	s = cp > 0 && cp < 0x80 ? strchr(short_from, (int)cp) : NULL;
	if (s) {
		char text[2] = {'\\', short_to[s - short_from]};

		buf_add(b, text, 2);
	} else if (cp >= 0x20 && cp < 0x7F) {
		buf_add_char(b, (char)cp);
	} else {
		put_unicode(b, cp);
	}
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void json_out_strn(struct json_out *w, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *stop = p + n;

	separate(w);
	buf_add_char(w->buf, '"');
	while (p < stop) {
		const unsigned char *run = p;
		int32_t              cp;

		while (p < stop && is_plain(*p))
			p++;
		buf_add(w->buf, run, (size_t)(p - run));
		if (p >= stop)
			break;
		cp = utf8_next(&p, stop);
		put_code_point(w->buf, cp < 0 ? 0xFFFD : (uint32_t)cp);
	}
	buf_add_char(w->buf, '"');
}

void json_out_str(struct json_out *w, const char *s)
{
	json_out_strn(w, s, strlen(s));
}

static void out_string_value(struct json_out *w, const struct json *value)
{
	struct json_chars c = json_str_chars(value);
	int32_t           cp;

	separate(w);
	buf_add_char(w->buf, '"');
	while (c.p < c.end) {
		const unsigned char *run = c.p;

		while (c.p < c.end && is_plain(*c.p))
			c.p++;
		buf_add(w->buf, run, (size_t)(c.p - run));
		cp = json_chars_next(&c);
		if (cp >= 0)
			put_code_point(w->buf, (uint32_t)cp);
	}
	buf_add_char(w->buf, '"');
}

static void out_number_value(struct json_out *w, const struct json *value)
{
	struct json_num num = json_num(value);

	if (num.kind == JSON_NUM_INT)
		json_out_int(w, num.i);
	else if (num.kind == JSON_NUM_UINT)
		json_out_uint(w, num.u);
	else
		json_out_double(w, num.d);
}

static void out_scalar(struct json_out *w, const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_STRING:
		out_string_value(w, value);
		break;
	case JSON_NUMBER:
		out_number_value(w, value);
		break;
	case JSON_BOOL:
		json_out_bool(w, json_is_true(value));
		break;
	default:
		json_out_null(w);
	}
}

/* One token after the other instead of recursion: depth is the peer's choice. */
void json_out_value(struct json_out *w, const struct json *value)
{
	struct json at = *value;
	char       *stop = json_value_end(value);

	/* a buffer that is full makes the rest pointless, and the rest may be millions of numbers
	 */
	while (at.p < stop && !w->buf->failed) {
		switch (*at.p) {
		case '{':
		case '[':
			begin(w, *at.p++);
			break;
		case '}':
		case ']':
			end(w, *at.p++);
			break;
		case ':':
			buf_add(w->buf, ": ", 2);
			w->comma = false;
			at.p++;
			break;
		case ',':
		case ' ':
		case '\t':
		case '\n':
		case '\r':
			at.p++;
			break;
		default:
			out_scalar(w, &at);
			at.p = json_value_end(&at);
		}
	}
}
