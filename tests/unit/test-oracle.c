/* SPDX-License-Identifier: MIT */
/*
 * json-c as oracle for the reader and the writer.
 *
 * Valid documents are made in two spellings at once: ours, with all that the dialect allows, and
 * plain JSON for json-c. Both must be accepted and hold the same. Then plain documents are damaged
 * at random: either both refuse, or the difference is one of the table below.
 *
 * Arguments: the seed, the number of documents. The seed stands in every failure.
 */
#include <iconv.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "json/writer.h"
#include "random.h"
#include "sample.h"

#define DOCUMENT_MAX ((size_t)1 << 20)
#define DEPTH_MAX 8

static uint64_t seed;
static size_t   rounds = 40000;

/* --- json-c --- */

/* NULL: refused; *ret_is_null because json-c has no object for null. */
static json_object *oracle_parse(const char *text, size_t n, bool *ret_is_null)
{
	json_tokener *tok = json_tokener_new_ex(2 * JSON_DEPTH_MAX);
	json_object  *ret;
	bool          complete;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* with the NUL: that is how it learns that a number at top level is complete */
	ret = json_tokener_parse_ex(tok, text, (int)n + 1);
	complete = json_tokener_get_error(tok) == json_tokener_success &&
		   json_tokener_get_parse_end(tok) >= n;
	json_tokener_free(tok);
	*ret_is_null = complete && !ret;
	if (complete)
		return ret;
	json_object_put(ret);
	return NULL;
}

static bool same(const struct json *ours, json_object *theirs);

static bool same_string(const struct json *ours, json_object *theirs)
{
	const char       *s = json_object_get_string(theirs);
	size_t            n = (size_t)json_object_get_string_len(theirs), at = 0;
	struct json_chars c = json_str_chars(ours);
	int32_t           cp;

	while ((cp = json_chars_next(&c)) >= 0) {
		char   one[4] = {0};
		size_t len = cp == 0 ? 1 : utf8_put(one, (uint32_t)cp);

		if (at + len > n || memcmp(s + at, one, len) != 0)
			return false;
		at += len;
	}
	return at == n;
}

/* json-c keeps integers beyond 64 bits at the edge of the range, we make doubles of them. */
static bool same_number(const struct json *ours, json_object *theirs)
{
	struct json_num num = json_num(ours);

	if (json_object_is_type(theirs, json_type_double)) {
		double d = json_object_get_double(theirs);

		return num.kind == JSON_NUM_DOUBLE && num.d == d;
	}
	switch (num.kind) {
	case JSON_NUM_INT:
		return json_object_get_int64(theirs) == num.i;
	case JSON_NUM_UINT:
		return json_object_get_uint64(theirs) == num.u;
	default:
		return num.d < 0 ? json_object_get_int64(theirs) == INT64_MIN
				 : json_object_get_uint64(theirs) == UINT64_MAX;
	}
}

static bool same_array(const struct json *ours, json_object *theirs)
{
	struct json_walk w;
	struct json      item;
	size_t           i = 0;

	json_walk_start(&w, ours);
	while (json_walk_item(&w, &item))
		if (i >= json_object_array_length(theirs) ||
		    !same(&item, json_object_array_get_idx(theirs, i++)))
			return false;
	return i == json_object_array_length(theirs);
}

static bool same_object(const struct json *ours, json_object *theirs)
{
	struct json_walk w;
	struct json      key, value;
	int              n = 0;

	json_walk_start(&w, ours);
	while (json_walk_member(&w, &key, &value)) {
		json_object *other;
		char         name[512];

		(void)json_str_copy(&key, name, sizeof(name));
		if (!json_object_object_get_ex(theirs, name, &other) || !same(&value, other))
			return false;
		n++;
	}
	return n == json_object_object_length(theirs);
}

static bool same(const struct json *ours, json_object *theirs)
{
	switch (json_kind(ours)) {
	case JSON_NULL:
		return !theirs;
	case JSON_BOOL:
		return json_object_is_type(theirs, json_type_boolean) &&
		       json_object_get_boolean(theirs) == json_is_true(ours);
	case JSON_NUMBER:
		return (json_object_is_type(theirs, json_type_int) ||
			json_object_is_type(theirs, json_type_double)) &&
		       same_number(ours, theirs);
	case JSON_STRING:
		return json_object_is_type(theirs, json_type_string) && same_string(ours, theirs);
	case JSON_ARRAY:
		return json_object_is_type(theirs, json_type_array) && same_array(ours, theirs);
	case JSON_OBJECT:
		return json_object_is_type(theirs, json_type_object) && same_object(ours, theirs);
	default:
		return false;
	}
}

/* --- valid documents, in two spellings --- */

struct maker {
	struct random r;
	struct buf    ours, plain;
	unsigned      names; /* made so far: names are never the same */
};

static void both(struct maker *m, const char *text)
{
	buf_add_str(&m->ours, text);
	buf_add_str(&m->plain, text);
}

static void make_space(struct maker *m)
{
	static const char *const spaces[] = {"", "", "", " ", "\t", "\n", "\r\n", "   "};

	both(m, spaces[random_below(&m->r, 8)]);
}

static int32_t random_char(struct maker *m)
{
	static const int32_t special[] = {
		0,      '"',     '\'',    '\\',     '/',    '\b',   '\n',   0x1F,   0x20,
		0x7F,   0x80,    0x7FF,   0x800,    0xD7FF, 0xE000, 0xFDD0, 0xFFFD, 0xFFFE,
		0xFFFF, 0x10000, 0x1FFFE, 0x10FFFF, '\t',   '\r',   '\f',   0xFF,   0xE9,
		'{',    '}',     ']',     ',',      ':',    'u'};

	switch (random_below(&m->r, 4)) {
	case 0:
		return special[random_below(&m->r, ARRAY_SIZE(special))];
	case 1:
		return (int32_t)random_below(&m->r, 0xD800);
	default:
		return (int32_t)(0x20 + random_below(&m->r, 0x5F));
	}
}

static void put_escape(struct buf *b, uint32_t cp, bool upper)
{
	if (cp >= 0x10000) {
		put_escape(b, 0xD800 + ((cp - 0x10000) >> 10), upper);
		put_escape(b, 0xDC00 + ((cp - 0x10000) & 0x3FF), upper);
		return;
	}
	if (upper)
		buf_printf(b, "\\u%04X", cp);
	else
		buf_printf(b, "\\u%04x", cp);
}

static const char *short_escape(int32_t cp)
{
	switch (cp) {
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case '/':
		return "\\/";
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\'':
		return "\\'";
	default:
		return NULL;
	}
}

/* One character in one of the ways it may be written between these quotes. */
static void put_char(struct maker *m, struct buf *b, int32_t cp, char quote, bool plain)
{
	const char *escape = plain && cp == '\'' ? NULL : short_escape(cp);
	bool        must = cp < 0x20 || cp == '\\' || cp == quote;
	char        raw[4];
	size_t      n = utf8_put(raw, (uint32_t)cp);
	size_t      way = random_below(&m->r, 4);

	/* a raw U+0000 exists in our dialect only, as C0 80 (behaviour.md 1.5) */
	if (cp == 0 && !plain && way > 1)
		must = false;
	if (escape && (way == 0 || must))
		buf_add_str(b, escape);
	else if (must || way == 1)
		put_escape(b, (uint32_t)cp, random_below(&m->r, 2));
	else
		buf_add(b, raw, n);
}

static void make_chars(struct maker *m, char quote)
{
	size_t n = random_below(&m->r, 10);

	while (n-- > 0) {
		int32_t cp = random_char(m);

		put_char(m, &m->ours, cp, quote, false);
		put_char(m, &m->plain, cp, '"', true);
	}
}

static void make_string(struct maker *m, bool is_name)
{
	char quote = random_below(&m->r, 2) ? '"' : '\'';

	buf_add_char(&m->ours, quote);
	buf_add_char(&m->plain, '"');
	if (is_name) {
		char text[16];

		/* names without U+0000: json-c's are C strings */
		(void)snprintf(text, sizeof(text), "k%u", m->names++);
		both(m, text);
		if (random_below(&m->r, 4) == 0) {
			buf_add_str(&m->ours, "\\u0065\xC3\xA9");
			buf_add_str(&m->plain, "e\\u00e9");
		}
	} else {
		make_chars(m, quote);
	}
	buf_add_char(&m->ours, quote);
	buf_add_char(&m->plain, '"');
}

static void make_number(struct maker *m)
{
	static const char *const special[] = {"0",
					      "-0",
					      "9223372036854775807",
					      "9223372036854775808",
					      "-9223372036854775808",
					      "-9223372036854775809",
					      "18446744073709551615",
					      "18446744073709551616",
					      "0.0",
					      "-0.0",
					      "1e2",
					      "1E+2",
					      "1.5e-3",
					      "5e-324",
					      "1e-400",
					      "1.7976931348623157e308",
					      "0.1",
					      "1e22",
					      "123456789012345678901234567890",
					      "0e1",
					      "0.0e0"};
	char                     text[64];

	switch (random_below(&m->r, 4)) {
	case 0:
		both(m, special[random_below(&m->r, ARRAY_SIZE(special))]);
		break;
	case 1:
		(void)snprintf(text, sizeof(text), "%lld",
			       (long long)random_next(&m->r) >> random_below(&m->r, 60));
		both(m, text);
		break;
	case 2:
		(void)snprintf(text, sizeof(text), "%.*f", (int)(1 + random_below(&m->r, 9)),
			       (double)(int64_t)random_next(&m->r) / 1e12);
		both(m, text);
		break;
	default:
		(void)snprintf(text, sizeof(text), "%.*e", (int)random_below(&m->r, 20),
			       ldexp((double)(int64_t)random_next(&m->r),
				     (int)random_below(&m->r, 1600) - 900));
		both(m, text);
	}
}

static void make_value(struct maker *m, unsigned depth);

static void make_container(struct maker *m, unsigned depth, bool object)
{
	size_t n = random_below(&m->r, random_below(&m->r, 20) ? 4 : 30);

	both(m, object ? "{" : "[");
	make_space(m);
	while (n-- > 0) {
		if (object) {
			make_string(m, true);
			make_space(m);
			both(m, ":");
		}
		make_value(m, depth + 1);
		both(m, n > 0 ? "," : "");
		make_space(m);
	}
	both(m, object ? "}" : "]");
}

static void make_value(struct maker *m, unsigned depth)
{
	static const char *const words[] = {"null", "true", "false"};
	size_t                   what = random_below(&m->r, depth < DEPTH_MAX ? 8 : 4);

	make_space(m);
	if (what == 0)
		both(m, words[random_below(&m->r, 3)]);
	else if (what == 1)
		make_number(m);
	else if (what < 4)
		make_string(m, false);
	else
		make_container(m, depth, what < 6);
	make_space(m);
}

static void maker_init(struct maker *m)
{
	random_init(&m->r, seed);
	buf_init(&m->ours, DOCUMENT_MAX);
	buf_init(&m->plain, DOCUMENT_MAX);
}

static void make_document(struct maker *m)
{
	do {
		m->names = 0;
		buf_reset(&m->ours, SIZE_MAX);
		buf_reset(&m->plain, SIZE_MAX);
		make_value(m, random_below(&m->r, 3) ? 0 : DEPTH_MAX);
		buf_add_char(&m->ours, '\0');
		buf_add_char(&m->plain, '\0');
	} while (m->ours.failed || m->plain.failed);
	m->ours.len--;
	m->plain.len--;
}

static void maker_fini(struct maker *m)
{
	buf_fini(&m->ours);
	buf_fini(&m->plain);
}

static void refuse(const struct maker *m, const char *text, const char *why)
{
	fail_msg("seed %llu: %s: %s", (unsigned long long)m->r.seed, why, text);
}

static void write_value(struct buf *b, const struct json *value)
{
	struct json_out w;

	buf_init(b, 8 * DOCUMENT_MAX);
	json_out_init(&w, b);
	json_out_value(&w, value);
	buf_add_char(b, '\0');
	b->len--;
}

/* Checks the text; its value, in *s until that is closed. */
static struct json reread(const struct maker *m, struct sample *s, const struct buf *b)
{
	struct err err;

	sample_open(s, b->data, b->len);
	err_init(&err);
	if (json_check(&s->text, &err) < 0)
		refuse(m, s->bytes, err.text);
	return json_root(&s->text);
}

/*
 * What the writer makes of it is plain JSON. Written again it stays the same, from the second time
 * on: -0.0 becomes -0, an integer, and that becomes 0 (behaviour.md 1.4).
 */
static void check_written(struct maker *m, const struct json *ours)
{
	struct buf    text[3];
	struct sample s[2];
	struct json   value;
	json_object  *theirs;
	bool          is_null;
	int           i;

	write_value(&text[0], ours);
	for (i = 0; i < 2; i++) {
		value = reread(m, &s[i], &text[i]);
		theirs = oracle_parse(text[i].data, text[i].len, &is_null);
		if ((!theirs && !is_null) || !same(&value, theirs))
			refuse(m, text[i].data, "json-c reads the written text differently");
		json_object_put(theirs);
		write_value(&text[i + 1], &value);
		sample_close(&s[i]);
	}
	if (strcmp(text[1].data, text[2].data) != 0)
		refuse(m, text[1].data, "written again it is different");
	for (i = 0; i < 3; i++)
		buf_fini(&text[i]);
}

static void test_valid_documents(void **state)
{
	struct maker m;
	size_t       i;

	(void)state;
	maker_init(&m);
	for (i = 0; i < rounds / 4; i++) {
		struct sample s;
		struct json   ours;
		json_object  *theirs;
		struct err    err;
		bool          is_null;

		make_document(&m);
		sample_open(&s, m.ours.data, m.ours.len);
		ours = json_root(&s.text);
		err_init(&err);
		if (json_check(&s.text, &err) < 0)
			refuse(&m, s.bytes, err.text);
		theirs = oracle_parse(m.plain.data, m.plain.len, &is_null);
		if (!theirs && !is_null)
			refuse(&m, m.plain.data, "json-c refuses it");
		if (!same(&ours, theirs))
			refuse(&m, s.bytes, "json-c reads it differently");
		check_written(&m, &ours);
		json_object_put(theirs);
		sample_close(&s);
	}
	maker_fini(&m);
}

/* --- damaged documents --- */

struct damaged {
	const char *text;
	size_t      n;
	const char *error; /* ours, NULL: accepted */
};

static bool error_has(const struct damaged *d, const char *part)
{
	return d->error && strstr(d->error, part);
}

/* An independent opinion on the raw bytes: the C library's. */
static bool is_utf8(const char *text, size_t n)
{
	iconv_t cd = iconv_open("UTF-16LE", "UTF-8");
	char   *out = sample_memory(4 * n + 8), *to = out, *from = (char *)(uintptr_t)text;
	size_t  room = 4 * n + 8, left = n;
	bool    ok = iconv(cd, &from, &left, &to, &room) != (size_t)-1 && left == 0;

	(void)iconv_close(cd);
	free(out);
	return ok;
}

static bool refused_duplicate(const struct damaged *d)
{
	return error_has(d, "duplicate key");
}

static bool refused_surrogate(const struct damaged *d)
{
	const char *at =
		error_has(d, "is not a valid Unicode character") ? strstr(d->error, "\\u") : NULL;

	return at && (at[2] == 'd' || at[2] == 'D') && strchr("89abcdefABCDEF", at[3]);
}

static bool refused_utf8(const struct damaged *d)
{
	return error_has(d, "invalid UTF-8 sequence") && !is_utf8(d->text, d->n);
}

static bool refused_range(const struct damaged *d)
{
	return error_has(d, "number out of range");
}

/* The next run of bytes from `set` outside strings, from *at on; its length, 0: none. */
static size_t next_run(const struct damaged *d, const char *set, const char **at)
{
	const char *p = d->text, *end = d->text + d->n;
	char        quote = '\0';

	for (; p < end; p++) {
		if (quote) {
			if (*p == '\\')
				p++;
			else if (*p == quote)
				quote = '\0';
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (p >= *at && *p && strchr(set, *p)) {
			*at = p;
			return strspn(p, set);
		}
	}
	return 0;
}

static bool refused_word(const struct damaged *d)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char       *at = d->text;
	size_t            n;

	for (; (n = next_run(d, letters, &at)) > 0; at += n) {
		bool known = (n == 4 && (!memcmp(at, "true", 4) || !memcmp(at, "null", 4))) ||
			     (n == 5 && !memcmp(at, "false", 5));
		bool exponent = n == 1 && (*at | 0x20) == 'e' && at > d->text && at[-1] >= '0' &&
				at[-1] <= '9';

		if (!known && !exponent)
			return true;
	}
	return false;
}

static bool refused_control(const struct damaged *d)
{
	return error_has(d, "control character in string");
}

static bool refused_depth(const struct damaged *d)
{
	return error_has(d, "nesting depth");
}

static bool is_json_number(const char *p, size_t n)
{
	const char *end = p + n;

	p += p < end && *p == '-';
	if (p == end || *p < '0' || *p > '9')
		return false;
	p += *p == '0' ? 1 : strspn(p, "0123456789");
	if (p < end && *p == '.') {
		n = strspn(p + 1, "0123456789");
		if (n == 0)
			return false;
		p += 1 + n;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p += p[1] == '+' || p[1] == '-' ? 2 : 1;
		n = strspn(p, "0123456789");
		if (n == 0)
			return false;
		p += n;
	}
	return p == end;
}

/* json-c takes 01, 1., -.5 and more. */
static bool refused_number(const struct damaged *d)
{
	const char *at = d->text;
	size_t      n;

	for (; (n = next_run(d, "0123456789+-.eE", &at)) > 0; at += n) {
		/* the e of a word is none */
		if (n == 1 && *at == 'e')
			continue;
		if (!is_json_number(at, n))
			return true;
	}
	return false;
}

static bool accepted_quote(const struct damaged *d)
{
	return !d->error && strchr(d->text, '\'');
}

/*
 * Where both may differ, why that is right, and a text that shows it. Not differences of
 * acceptance, and so in make_value() and same(): C0 80 for U+0000 (behaviour 1.5), integers beyond
 * 64 bits (behaviour 1.4). Decisions 7 and 7a (noncharacters, 0e1) are differences from the
 * reference only: json-c accepts both, as we do.
 */
static const struct difference {
	const char *row; /* page of the specification */
	const char *what;
	const char *example; /* NULL: made by the test */
	bool        ours_accepts;
	bool (*applies)(const struct damaged *d);
} differences[] = {
	{"behaviour 1.3", "duplicate keys are an error", "{\"a\":1,\"a\":2}", false,
	 refused_duplicate},
	{"behaviour 1.5", "lone surrogates are an error; json-c reads U+FFFD", "\"\\ud800\"", false,
	 refused_surrogate},
	{"behaviour 1.5", "overlong forms, surrogates and what is above 10FFFF are not UTF-8",
	 "\"\xC0\xAF\"", false, refused_utf8},
	{"decision 5", "a number that overflows is an error; json-c reads infinity", "1e999", false,
	 refused_range},
	{"behaviour 1.4", "no NaN, no Infinity", "NaN", false, refused_word},
	{"behaviour 1.2", "no raw control characters in strings", "\"\t\"", false, refused_control},
	{"behaviour 1.2", "number syntax is the grammar's", "[-.5]", false, refused_number},
	{"behaviour 1.6", "nesting is 1024 deep at most", NULL, false, refused_depth},
	{"behaviour 1.2", "single quotes", "'a'", true, accepted_quote},
};

static size_t difference_seen[ARRAY_SIZE(differences)];

static void damage(struct maker *m)
{
	static const char alphabet[] =
		"{}[]:,\"'\\0123456789+-.eEutrfalsn "
		"\t\n\r/*xNaInfity\x01\x7F\x80\xC0\xC3\xA9\xED\xA0\xF4\x90\xFF";
	size_t      edits = 1 + random_below(&m->r, 3);
	struct buf *b = &m->plain;

	while (edits-- > 0) {
		size_t at = random_below(&m->r, b->len + 1);
		char   c = alphabet[random_below(&m->r, sizeof(alphabet) - 1)];

		switch (random_below(&m->r, 4)) {
		case 0: /* replace */
			if (at < b->len)
				b->data[at] = c;
			break;
		case 1: /* insert */
			if (buf_reserve(b, 2) == 0) {
				memmove(b->data + at + 1, b->data + at, b->len - at);
				b->data[at] = c;
				b->len++;
			}
			break;
		case 2: /* delete */
			if (at < b->len) {
				memmove(b->data + at, b->data + at + 1, b->len - at - 1);
				b->len--;
			}
			break;
		default: /* swap with the neighbour */
			if (at + 1 < b->len) {
				c = b->data[at];
				b->data[at] = b->data[at + 1];
				b->data[at + 1] = c;
			}
		}
	}
	(void)buf_reserve(b, 1);
	b->data[b->len] = '\0';
}

static void explain(struct maker *m, const struct damaged *d)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(differences); i++) {
		if (differences[i].ours_accepts == !d->error && differences[i].applies(d)) {
			difference_seen[i]++;
			return;
		}
	}
	refuse(m, d->text, d->error ? d->error : "accepted; json-c refuses it");
}

static void test_damaged_documents(void **state)
{
	struct maker m;
	size_t       i;

	(void)state;
	maker_init(&m);
	m.r.state += 2;
	for (i = 0; i < rounds; i++) {
		struct damaged d;
		struct sample  s;
		struct json    ours;
		json_object   *theirs;
		struct err     err;
		bool           is_null;

		make_document(&m);
		damage(&m);
		sample_open(&s, m.plain.data, m.plain.len);
		ours = json_root(&s.text);
		err_init(&err);
		d = (struct damaged){.text = s.bytes, .n = m.plain.len};
		if (json_check(&s.text, &err) < 0)
			d.error = err.text;
		theirs = oracle_parse(s.bytes, m.plain.len, &is_null);
		if ((theirs || is_null) != !d.error)
			explain(&m, &d);
		else if (!d.error && !same(&ours, theirs))
			refuse(&m, s.bytes, "json-c reads it differently");
		json_object_put(theirs);
		sample_close(&s);
	}
	for (i = 0; i < ARRAY_SIZE(differences); i++)
		print_message("%6zu times: %s (%s)\n", difference_seen[i], differences[i].what,
			      differences[i].row);
	maker_fini(&m);
}

/* The table is true. */
static void test_differences(void **state)
{
	char   deep[2 * JSON_DEPTH_MAX + 3];
	size_t i;

	(void)state;
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	deep[sizeof(deep) - 1] = '\0';
	for (i = 0; i < ARRAY_SIZE(differences); i++) {
		const char    *text = differences[i].example ? differences[i].example : deep;
		struct damaged d = {.text = text, .n = strlen(text)};
		struct sample  s;
		struct err     err;
		json_object   *theirs;
		bool           is_null;

		(void)sample_str(&s, text);
		err_init(&err);
		if (json_check(&s.text, &err) < 0)
			d.error = err.text;
		theirs = oracle_parse(text, d.n, &is_null);
		if (!d.error != differences[i].ours_accepts ||
		    (theirs || is_null) == differences[i].ours_accepts ||
		    !differences[i].applies(&d))
			fail_msg("%s: ours %s, json-c %s", differences[i].what,
				 d.error ? d.error : "accepts",
				 theirs || is_null ? "accepts" : "refuses");
		json_object_put(theirs);
		sample_close(&s);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid_documents),
		cmocka_unit_test(test_damaged_documents),
		cmocka_unit_test(test_differences),
	};

	seed = random_seed_of(argc, argv);
	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
