/* SPDX-License-Identifier: MIT */
/*
 * What the generated decoders (schema_decode.c) are made of. Each function reads one value, checks
 * it, and words the error as the protocol does (behaviour.md section 2, decisions.md row 6). Full
 * names such as "vcpus[0].logical-id" are only put together when an error needs one.
 *
 * Strings are decoded where they lie, each at most once; so an object's members are all found
 * before the first is decoded, and the next item of a list before the current one.
 */
#ifndef PROTO_DECODE_H
#define PROTO_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"
#include "json/reader.h"

/* One call of a decoder. */
struct decode {
	struct arena *arena;
	struct err   *err;
};

/* A value and how it was reached. A chain of these lives on the stack, innermost first. */
struct decode_at {
	struct decode          *d;
	const struct decode_at *up;    /* NULL: the arguments themselves */
	const char             *name;  /* member of `up`; NULL: an item of it */
	size_t                  index; /* of an item */
	struct json             value; /* p NULL: absent */
};

/* An object being read: one slot per declared member. */
struct decode_object {
	const struct decode_at *at;
	const char *const      *names;
	struct json            *slots; /* emptied as members are taken */
	size_t                  n;
	struct json unknown; /* key of the first member without a slot, p NULL if none */
};

struct decode_list {
	const struct decode_at *at;
	struct json_walk        walk;
	struct json             next; /* the item to hand out next */
	size_t                  index;
	size_t                  n;
};

struct decode_at decode_root(struct decode *d, const struct json *args);

/* Absent arguments count as {}; anything else absent is missing. names and slots have n elements.
 */
int decode_object_begin(struct decode_object *o, const struct decode_at *at,
			const char *const *names, struct json *slots, size_t n) must_check;

/* Takes member i out of its slot. */
struct decode_at decode_member(struct decode_object *o, size_t i);

/* Fails if a member is left that nobody took: "… is unexpected", the first in the order of the
 * text. */
int decode_object_end(struct decode_object *o) must_check;

bool           decode_present(const struct decode_at *at);
enum json_kind decode_kind(const struct decode_at *at);

/* Room for all items of a list (item_size bytes each), from the arena; NULL with err set. */
void *decode_list_begin(struct decode_list *list, const struct decode_at *at,
			size_t item_size) must_check;
bool  decode_list_next(struct decode_list *list, struct decode_at *ret);

/* "missing" for an absent value, else "… expected: <expected>". */
int decode_mismatch(const struct decode_at *at, const char *expected);

/* Text without U+0000; points into the request. */
int decode_str(const struct decode_at *at, char **ret) must_check;

/* Any text; what it holds is the business of whoever decodes the base64. */
int decode_bytes(const struct decode_at *at, struct bytes *ret) must_check;

int decode_bool(const struct decode_at *at, bool *ret) must_check;
int decode_number(const struct decode_at *at, double *ret) must_check;

int decode_int(const struct decode_at *at, int64_t *ret) must_check;
int decode_int8(const struct decode_at *at, int8_t *ret) must_check;
int decode_int16(const struct decode_at *at, int16_t *ret) must_check;
int decode_int32(const struct decode_at *at, int32_t *ret) must_check;
int decode_int64(const struct decode_at *at, int64_t *ret) must_check;

/* Negative values wrap, as in the reference, unless the type is narrower. */
int decode_uint64(const struct decode_at *at, uint64_t *ret) must_check;
int decode_uint8(const struct decode_at *at, uint8_t *ret) must_check;
int decode_uint16(const struct decode_at *at, uint16_t *ret) must_check;
int decode_uint32(const struct decode_at *at, uint32_t *ret) must_check;
int decode_size(const struct decode_at *at, uint64_t *ret) must_check;

/* Index into names, or -1. */
int decode_enum(const struct decode_at *at, const char *const *names, int n) must_check;

/* For commands without arguments. */
int decode_nothing(const struct json *args, struct arena *a, void *in, struct err *err);

#endif
