/* SPDX-License-Identifier: MIT */
/*
 * The syntax check: one pass over the tokens with a stack of open brackets, no recursion. Error
 * texts and their order are behaviour.md 1.10. A name is compared with the earlier ones after its
 * value, as the protocol does.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "json/keyset.h"
#include "json/reader.h"

/* Texts behind the prefix are cut to this many bytes (protocol). */
#define CHECK_TEXT_MAX 1023

struct level {
	struct keyset_object names;
	uint32_t             key; /* offset of the name whose value is being read */
	bool                 object;
};

struct check {
	const struct json_text *text;
	char                   *p;
	struct err             *err;
	struct keyset           keys;
	uint32_t                objects; /* numbered so far */
	uint32_t                depth;
	struct level            levels[JSON_DEPTH_MAX];
};

static int fail(struct check *c, const char *what)
{
	return err_set(c->err, "JSON parse error, %.*s", CHECK_TEXT_MAX, what);
}

static int fail_shown(struct check *c, const char *before, const char *shown, size_t n,
		      const char *after)
{
	size_t room = CHECK_TEXT_MAX - strlen(before);

	return err_set(c->err, "JSON parse error, %s%.*s%.*s", before, (int)(n < room ? n : room),
		       shown, n < room ? (int)(room - n) : 0, after);
}

static char peek(struct check *c)
{
	while (c->p < c->text->end &&
	       (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
	return c->p < c->text->end ? *c->p : '\0';
}

static bool is_word_char(char ch)
{
	return ch >= 'a' && ch <= 'z';
}

static int check_word(struct check *c)
{
	const char *start = c->p;
	size_t      n;

	while (c->p < c->text->end && is_word_char(*c->p))
		c->p++;
	n = (size_t)(c->p - start);
	if ((n == 4 && (!memcmp(start, "true", 4) || !memcmp(start, "null", 4))) ||
	    (n == 5 && !memcmp(start, "false", 5)))
		return 0;
	return fail_shown(c, "invalid keyword '", start, n, "'");
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* The grammar of a number, as the framing lexes it; what follows is the next token's business. */
static char *number_end(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (p >= end || !is_digit(*p))
		return (char *)p;
	p = *p == '0' ? p + 1 : skip_digits(p, end);
	if (end - p >= 2 && *p == '.' && is_digit(p[1]))
		p = skip_digits(p + 1, end);
	if (p < end && (*p | 0x20) == 'e') {
		const char *q = p + 1;

		if (q < end && (*q == '+' || *q == '-'))
			q++;
		if (q < end && is_digit(*q))
			p = skip_digits(q, end);
	}
	return (char *)p;
}

static int check_number(struct check *c)
{
	struct json     j = {.p = c->p, .text = c->text};
	char           *end = number_end(c->p, c->text->end);
	bool            digits_only = true;
	struct json_num num;
	char           *p;

	if (end == c->p || !is_digit(end[-1]))
		return fail(c, "expecting value");
	for (p = c->p + (*c->p == '-'); p < end; p++)
		digits_only &= is_digit(*p);
	c->p = end;
	/* up to 18 digits cannot overflow anything; the rest is worth a look */
	if (digits_only && end - j.p <= 18)
		return 0;
	num = json_num(&j);
	if (num.kind == JSON_NUM_DOUBLE && !isfinite(num.d))
		return fail(c, "number out of range");
	return 0;
}

static int bad_unicode(struct check *c, const char *at, const char *end)
{
	size_t n = end - at < 6 ? (size_t)(end - at) : 6;

	return fail_shown(c, "", at, n, " is not a valid Unicode character");
}

static int32_t parse_hex4(const char *p, const char *end)
{
	int32_t v = 0;
	int     i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char ch = (char)(p[i] | 0x20);

		if (is_digit(p[i]))
			v = v << 4 | (p[i] - '0');
		else if (ch >= 'a' && ch <= 'f')
			v = v << 4 | (ch - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* p is on the backslash of "\u"; end includes the closing quote, which a message may show. */
static const char *check_unicode(struct check *c, const char *p, const char *end)
{
	int32_t cp = parse_hex4(p + 2, end), lo;

	if (cp < 0 || (cp >= 0xDC00 && cp <= 0xDFFF)) {
		(void)bad_unicode(c, p, end);
		return NULL;
	}
	if (cp < 0xD800 || cp > 0xDFFF)
		return p + 6;
	lo = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? parse_hex4(p + 8, end) : -1;
	if (lo < 0xDC00 || lo > 0xDFFF) {
		(void)bad_unicode(c, p, end);
		return NULL;
	}
	return p + 12;
}

static const char *check_escape(struct check *c, const char *p, const char *end)
{
	if (end - p >= 2 && p[1] == 'u')
		return check_unicode(c, p, end);
	if (end - p >= 2 && memchr("\"'\\/bfnrt", p[1], 9))
		return p + 2;
	(void)fail(c, "invalid escape sequence in string");
	return NULL;
}

static int check_string(struct check *c)
{
	struct json          j = {.p = c->p, .text = c->text};
	char                *end = json_value_end(&j);
	uint32_t             i;
	const unsigned char *p, *stop;

	c->p = end;
	for (i = 0; c->text->hints && i < c->text->hints->n; i++)
		if (c->text->start + c->text->hints->at[i].start == j.p)
			return 0;
	p = (const unsigned char *)j.p + 1;
	stop = p + json_str_raw_len(&j);
	if ((const char *)stop == end)
		return fail(c, "string without end"); /* cannot come through the framing */
	while (p < stop) {
		if (*p == '\\') {
			p = (const unsigned char *)check_escape(c, (const char *)p, end);
			if (!p)
				return -1;
			if (p > stop) /* the quote at the end is escaped */
				return fail(c, "string without end");
		} else if (*p < 0x20) {
			/* the framing refuses these first; texts that come without framing are
			 * checked here */
			return fail(c, "control character in string");
		} else if (*p < 0x80) {
			p++;
		} else if (utf8_next(&p, stop) < 0) {
			return fail(c, "invalid UTF-8 sequence in string");
		}
	}
	return 0;
}

static int open_container(struct check *c, bool object)
{
	if (c->depth == JSON_DEPTH_MAX)
		return err_set(c->err, "JSON nesting depth limit exceeded");
	c->levels[c->depth++] = (struct level){
		.names = {.base = c->keys.n, .number = c->objects++},
		.object = object,
	};
	c->p++;
	return 0;
}

static void close_container(struct check *c)
{
	c->depth--;
	keyset_close(&c->keys, &c->levels[c->depth].names);
	c->p++;
}

/* What stands where a value is due: 1 a complete value, 0 a container was opened, -1 an error. */
static int begin_value(struct check *c)
{
	char ch = peek(c);

	switch (ch) {
	case '{':
	case '[':
		return open_container(c, ch == '{');
	case '"':
	case '\'':
		return check_string(c) < 0 ? -1 : 1;
	default:
		if (is_word_char(ch))
			return check_word(c) < 0 ? -1 : 1;
		if (ch == '-' || is_digit(ch))
			return check_number(c) < 0 ? -1 : 1;
		return fail(c, "expecting value");
	}
}

/*
 * A name and its colon. Whatever value stands there is read as a value first, containers included,
 * since its own errors come before "key is not a string"; a container as key can only be refused
 * once it is complete.
 */
static int finish_key(struct check *c, struct level *l, char *key)
{
	if (*key != '"' && *key != '\'')
		return fail(c, "key is not a string in object");
	if (peek(c) != ':')
		return fail(c, "missing : in object pair");
	c->p++;
	l->key = (uint32_t)(key - c->text->start);
	return 0;
}

static int finish_pair(struct check *c, struct level *l)
{
	struct json key = {.p = c->text->start + l->key, .text = c->text};

	switch (keyset_add(&c->keys, &l->names, &key)) {
	case 0:
		return fail(c, "duplicate key");
	case 1:
		return 0;
	default:
		return err_set(c->err, "not enough memory to parse the request");
	}
}

enum step { STEP_KEY, STEP_VALUE, STEP_AFTER, STEP_DONE, STEP_ERROR };

static enum step step_key(struct check *c, struct level *l)
{
	char *key;
	int   got;

	(void)peek(c);
	key = c->p;
	got = begin_value(c);
	if (got == 0) {
		/* remembered as the level's key: step_after() refuses it when the container is
		 * complete */
		l->key = UINT32_MAX;
		return *key == '{' ? STEP_KEY : STEP_VALUE;
	}
	return got < 0 || finish_key(c, l, key) < 0 ? STEP_ERROR : STEP_VALUE;
}

/* An element of the innermost container is complete: its separator or end. */
static enum step step_after(struct check *c)
{
	struct level *l;
	char          ch;

	if (c->depth == 0)
		return STEP_DONE;
	l = &c->levels[c->depth - 1];
	if (l->object && l->key == UINT32_MAX)
		return fail(c, "key is not a string in object"), STEP_ERROR;
	if (l->object && finish_pair(c, l) < 0)
		return STEP_ERROR;
	ch = peek(c);
	if (ch == ',') {
		c->p++;
		return l->object ? STEP_KEY : STEP_VALUE;
	}
	if (ch != (l->object ? '}' : ']'))
		return fail(c, l->object ? "expected separator in dict"
					 : "expected separator in list"),
		       STEP_ERROR;
	close_container(c);
	return STEP_AFTER;
}

/* Just opened: an empty container ends here. */
static bool empty_container(struct check *c)
{
	if (peek(c) != (c->levels[c->depth - 1].object ? '}' : ']'))
		return false;
	close_container(c);
	return true;
}

static enum step step_value(struct check *c)
{
	int got = begin_value(c);

	if (got < 0)
		return STEP_ERROR;
	if (got > 0 || empty_container(c))
		return STEP_AFTER;
	return c->levels[c->depth - 1].object ? STEP_KEY : STEP_VALUE;
}

static int run(struct check *c)
{
	enum step s = STEP_VALUE;

	for (;;) {
		uint32_t depth = c->depth;

		switch (s) {
		case STEP_KEY:
			s = step_key(c, &c->levels[depth - 1]);
			if (c->depth > depth && empty_container(c))
				s = STEP_AFTER;
			break;
		case STEP_VALUE:
			s = step_value(c);
			break;
		case STEP_AFTER:
			s = step_after(c);
			break;
		case STEP_DONE:
			(void)peek(c);
			return c->p == c->text->end ? 0 : fail(c, "expecting value");
		case STEP_ERROR:
			return -1;
		}
	}
}

int json_check(const struct json_text *text, struct err *err)
{
	struct check c;
	int          ret;

	c.text = text;
	c.p = text->start;
	c.err = err;
	c.objects = 0;
	c.depth = 0;
	keyset_init(&c.keys, text);
	ret = run(&c);
	keyset_fini(&c.keys);
	return ret;
}
