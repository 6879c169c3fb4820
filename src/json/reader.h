/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON in place, without a tree: json_check() accepts or refuses a whole text once, after
 * that cursors walk it. Walking never changes the text; only json_str_decode() does, so decode each
 * string at most once and last.
 *
 * The dialect is the protocol's: single quotes work like double quotes, raw bytes must be UTF-8,
 * U+0000 may also be written C0 80 and is stored so ("modified UTF-8": decoded strings never hold a
 * NUL byte).
 *
 * Every function is memory safe on any bytes between p and end, checked or not. The byte at `end`
 * must be readable and NUL (frames guarantee one spare byte).
 */
#ifndef JSON_READER_H
#define JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Open brackets of both kinds together (protocol: 1024). */
#define JSON_DEPTH_MAX 1024

/* Strings that the framing has already scanned: no escape, ASCII only. Saves two passes over file
 * contents. */
#define JSON_HINTS_MAX 8
#define JSON_HINT_MIN 4096 /* bytes; shorter strings get no hint */

struct json_hint {
	uint32_t start;   /* offset of the opening quote from the start of the text */
	uint32_t end;     /* offset after the closing quote */
	uint32_t letters; /* so many bytes behind the opening quote are in base64's alphabet; 0:
			     nobody has looked */
};

struct json_hints {
	uint32_t         n;
	struct json_hint at[JSON_HINTS_MAX];
};

/* A text to walk. hints may be NULL; offsets in it count from `start`. */
struct json_text {
	char                    *start;
	char                    *end;
	const struct json_hints *hints;
};

enum json_kind {
	JSON_INVALID, /* no value here */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* A cursor on the first byte of a value; p is NULL where there is no value (an absent member). */
struct json {
	char                   *p;
	const struct json_text *text;
};

/* Steps through the members of an object or the items of an array. */
struct json_walk {
	struct json at;
	bool        first;
};

enum json_num_kind {
	JSON_NUM_INT,    /* an integer literal that fits int64 */
	JSON_NUM_UINT,   /* an integer literal above INT64_MAX that fits uint64 */
	JSON_NUM_DOUBLE, /* everything else; any literal with fraction or exponent */
};

struct json_num {
	enum json_num_kind kind;
	union {
		int64_t  i;
		uint64_t u;
		double   d;
	};
};

/*
 * Checks the syntax of one value that fills the text but for white space around it: the error texts
 * of the protocol
 * ("JSON parse error, …"), duplicate keys, escapes, UTF-8, depth, number range. Linear in the size
 * of the text.
 */
int json_check(const struct json_text *text, struct err *err);

/* A cursor on the value of a text. */
struct json json_root(const struct json_text *text);

enum json_kind json_kind(const struct json *j);

/* The byte after this value; text->end when the text ends in the middle of it. */
char *json_value_end(const struct json *j);

/* JSON_BOOL only: which one. */
bool json_is_true(const struct json *j);

/* JSON_NUMBER only. A double that overflows is returned as infinity. */
struct json_num json_num(const struct json *j);

/* JSON_STRING only: whether the decoded string equals s. */
bool json_str_is(const struct json *j, const char *s);

/* JSON_STRING only: bytes between the quotes, an upper bound of the decoded length. */
size_t json_str_raw_len(const struct json *j);

/*
 * JSON_STRING only: decodes in place and NUL-terminates in place of the closing quote. *ret points
 * into the text. The value cannot be walked afterwards. *ret_has_nul (may be NULL) tells whether
 * U+0000 occurred.
 */
int json_str_decode(const struct json *j, char **ret, size_t *ret_len, bool *ret_has_nul);

/* JSON_STRING only: so many of its first bytes are known to be in base64's alphabet. */
size_t json_str_letters(const struct json *j);

/* JSON_STRING only: the same into a buffer of `size` bytes, cut at a character; the text stays as
 * it is. */
size_t json_str_copy(const struct json *j, char *dst, size_t size);

/* Iteration over JSON_OBJECT and JSON_ARRAY; false at the end (or where the text is malformed). */
void json_walk_start(struct json_walk *w, const struct json *container);
bool json_walk_member(struct json_walk *w, struct json *ret_key, struct json *ret_value);
bool json_walk_item(struct json_walk *w, struct json *ret_value);

/* Decoded code points of a string, one by one: used by the writer and by comparisons. -1 at the
 * end. */
struct json_chars {
	const unsigned char *p;
	const unsigned char *end;
};
struct json_chars json_str_chars(const struct json *j);
int32_t           json_chars_next(struct json_chars *c);

#endif
