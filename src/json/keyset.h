/* SPDX-License-Identifier: MIT */
/*
 * Notices a member name that occurs twice in one object. Few names are compared pairwise; from
 * KEYSET_LINEAR on a table keyed with a random seed keeps the cost linear, whatever names the peer
 * chooses.
 */
#ifndef JSON_KEYSET_H
#define JSON_KEYSET_H

#include <stddef.h>
#include <stdint.h>

#include "json/reader.h"

struct keyset {
	const struct json_text *text;
	uint32_t               *keys; /* offsets of the names of all open objects, innermost last */
	uint32_t                n, cap;
	uint64_t               *slots; /* object number << 32 | offset + 1; 0 = empty */
	uint32_t                slots_used, slots_cap;
	uint64_t                seed[2];
	uint32_t                first[32]; /* storage of keys while they are few */
};

/* The names of one open object; lives as long as the object is open. */
struct keyset_object {
	uint32_t base;   /* index of its first name in keys */
	uint32_t number; /* distinguishes objects in the table */
};

void keyset_init(struct keyset *s, const struct json_text *text);
void keyset_fini(struct keyset *s);

/* 1: the name is new and now known, 0: duplicate, -1: out of memory. key is a JSON_STRING cursor.
 */
int keyset_add(struct keyset *s, const struct keyset_object *o, const struct json *key);

/* Forgets the names of the innermost object. */
void keyset_close(struct keyset *s, const struct keyset_object *o);

#endif
