/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON as the protocol does: ": " and ", " as separators, pure ASCII, short escapes for \b
 * \f \n \r \t, upper-case \uXXXX for the rest, one line. Appends to a struct buf; a failing buffer
 * is noticed at the end (buf->failed).
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "json/reader.h"

struct json_out {
	struct buf *buf;
	bool        comma; /* the next value or key needs a separator before it */
};

static inline void json_out_init(struct json_out *w, struct buf *buf)
{
	w->buf = buf;
	w->comma = false;
}

void json_out_object_begin(struct json_out *w);
void json_out_object_end(struct json_out *w);
void json_out_array_begin(struct json_out *w);
void json_out_array_end(struct json_out *w);

/* A member name: one of our own, so it needs no escaping. The value follows with the next call. */
void json_out_key(struct json_out *w, const char *name);

void json_out_null(struct json_out *w);
void json_out_bool(struct json_out *w, bool value);
void json_out_int(struct json_out *w, int64_t value);
void json_out_uint(struct json_out *w, uint64_t value);

/* The shortest text that reads back as the same double; integral values without a fraction. NaN and
 * infinity: null. */
void json_out_double(struct json_out *w, double value);

/* Any bytes: invalid UTF-8 becomes \uFFFD per bad sequence, C0 80 becomes \u0000. */
void json_out_str(struct json_out *w, const char *s);
void json_out_strn(struct json_out *w, const char *s, size_t n);

/* Re-serialises a checked value (an echoed id): numbers normalised, strings re-escaped, order of
 * members kept. */
void json_out_value(struct json_out *w, const struct json *value);

#endif
