/* SPDX-License-Identifier: MIT */
#include "json/keyset.h"

#include <string.h>
#include <sys/random.h>

#include "base/siphash.h"

#define KEYSET_LINEAR 8

void keyset_init(struct keyset *s, const struct json_text *text)
{
	s->text = text;
	s->keys = s->first;
	s->n = 0;
	s->cap = ARRAY_SIZE(s->first);
	s->slots = NULL;
	s->slots_used = 0;
	s->slots_cap = 0;
}

void keyset_fini(struct keyset *s)
{
	if (s->keys != s->first)
		free(s->keys);
	free(s->slots);
}

static struct json key_at(const struct keyset *s, uint32_t offset)
{
	return (struct json){.p = s->text->start + offset, .text = s->text};
}

/* Without escapes a name has one spelling. 1 same, 0 different, -1: has to be looked at character
 * by character. */
static int same_plain(const struct json *a, const struct json *b)
{
	size_t na = json_str_raw_len(a), nb = json_str_raw_len(b);

	if (memchr(a->p, '\\', na + 1) || memchr(b->p, '\\', nb + 1))
		return -1;
	return na == nb && !memcmp(a->p + 1, b->p + 1, na);
}

static bool same_name(const struct json *a, const struct json *b)
{
	int               plain = same_plain(a, b);
	struct json_chars ca = json_str_chars(a), cb = json_str_chars(b);
	int32_t           c;

	if (plain >= 0)
		return plain;
	do {
		c = json_chars_next(&ca);
		if (c != json_chars_next(&cb))
			return false;
	} while (c >= 0);
	return true;
}

static uint64_t hash_name(const struct keyset *s, uint32_t object, const struct json *key)
{
	struct json_chars c = json_str_chars(key);
	struct siphash    h;
	int32_t           cp;
	int               shift;

	siphash_init(&h, s->seed);
	for (shift = 0; shift < 32; shift += 8)
		siphash_byte(&h, (uint8_t)(object >> shift));
	while ((cp = json_chars_next(&c)) >= 0) {
		siphash_byte(&h, (uint8_t)cp);
		if (cp >= 0x80) {
			siphash_byte(&h, (uint8_t)(cp >> 8));
			siphash_byte(&h, (uint8_t)(cp >> 16));
		}
	}
	return siphash_final(&h);
}

/* The slot of this name, or the empty slot where it belongs. */
static uint64_t *find_slot(const struct keyset *s, uint32_t object, const struct json *key)
{
	uint32_t i = (uint32_t)hash_name(s, object, key) & (s->slots_cap - 1);

	for (;; i = (i + 1) & (s->slots_cap - 1)) {
		uint64_t    slot = s->slots[i];
		struct json other;

		if (slot == 0)
			return &s->slots[i];
		if ((uint32_t)(slot >> 32) != object)
			continue;
		other = key_at(s, (uint32_t)slot - 1);
		if (same_name(&other, key))
			return &s->slots[i];
	}
}

static int grow_table(struct keyset *s)
{
	uint64_t *old = s->slots;
	uint32_t  old_cap = s->slots_cap, i;

	if (s->slots_used < s->slots_cap / 2)
		return 0;
	if (!old &&
	    getrandom(s->seed, sizeof(s->seed), GRND_NONBLOCK) != (ssize_t)sizeof(s->seed)) {
		/* early in boot there may be no randomness yet: a weaker seed costs time at worst
		 */
		s->seed[0] = (uint64_t)(uintptr_t)s;
		s->seed[1] = (uint64_t)(uintptr_t)s->text->start;
	}
	s->slots_cap = old_cap ? old_cap * 2 : 64;
	s->slots = calloc(s->slots_cap, sizeof(*s->slots));
	if (!s->slots) {
		s->slots = old;
		s->slots_cap = old_cap;
		return -1;
	}
	for (i = 0; i < old_cap; i++) {
		struct json key;

		if (old[i] == 0)
			continue;
		key = key_at(s, (uint32_t)old[i] - 1);
		*find_slot(s, (uint32_t)(old[i] >> 32), &key) = old[i];
	}
	free(old);
	return 0;
}

static int table_add(struct keyset *s, uint32_t object, uint32_t offset)
{
	struct json key = key_at(s, offset);
	uint64_t   *slot;

	if (grow_table(s) < 0)
		return -1;
	slot = find_slot(s, object, &key);
	if (*slot != 0)
		return 0;
	*slot = (uint64_t)object << 32 | (offset + 1);
	s->slots_used++;
	return 1;
}

static int remember(struct keyset *s, uint32_t offset)
{
	uint32_t *bigger;

	if (s->n == s->cap) {
		bigger =
			realloc(s->keys == s->first ? NULL : s->keys, sizeof(*bigger) * s->cap * 2);
		if (!bigger)
			return -1;
		if (s->keys == s->first)
			memcpy(bigger, s->first, sizeof(s->first));
		s->keys = bigger;
		s->cap *= 2;
	}
	s->keys[s->n++] = offset;
	return 0;
}

int keyset_add(struct keyset *s, const struct keyset_object *o, const struct json *key)
{
	uint32_t offset = (uint32_t)(key->p - s->text->start);
	uint32_t count = s->n - o->base, i;

	if (count > KEYSET_LINEAR) {
		/* the table holds all names of this object already: count them only to stay above
		 * the threshold */
		return table_add(s, o->number, offset);
	}
	for (i = o->base; i < s->n; i++) {
		struct json other = key_at(s, s->keys[i]);

		if (same_name(&other, key))
			return 0;
	}
	if (remember(s, offset) < 0)
		return -1;
	if (count + 1 <= KEYSET_LINEAR)
		return 1;
	for (i = o->base; i < s->n; i++)
		if (table_add(s, o->number, s->keys[i]) < 0)
			return -1;
	return 1;
}

void keyset_close(struct keyset *s, const struct keyset_object *o)
{
	s->n = o->base;
}
