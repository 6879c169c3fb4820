/* SPDX-License-Identifier: MIT */
/*
 * Memory of one request: decoded arguments and the whole result. It has a hard cap, grows in
 * blocks, and goes away in one call; handlers free nothing.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"

struct arena_block;

/* Bytes that need no allocation: most requests and their results fit. */
#define ARENA_INLINE 512

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t              used;   /* bytes of all blocks and of the inline data */
	size_t              cap;    /* never more than this many bytes */
	size_t              inline_used;
	_Alignas(max_align_t) char inline_data[ARENA_INLINE];
};

void arena_init(struct arena *a, size_t cap);

/* Frees everything; the arena is empty and usable again. */
void arena_fini(struct arena *a);

/* Zeroed, aligned for any type; NULL when the cap or memory is exhausted. size 0 gives a valid
 * pointer. */
void *arena_alloc(struct arena *a, size_t size) must_check;

/* The same for n elements of `size` bytes, overflow checked. */
void *arena_array(struct arena *a, size_t n, size_t size) must_check;

/*
 * Room for one more element at the end of an array that grows: its address, zeroed, and *n counts
 * it; NULL when there is no memory. `array` is the address of the pointer to the first element,
 * NULL in the beginning. Elements move, and what they leave behind is not used again (twice the
 * array's size at worst).
 */
void *arena_push(struct arena *a, void *array, size_t *n, size_t size) must_check;

/* Copies, always NUL-terminated. */
char *arena_strdup(struct arena *a, const char *s) must_check;
char *arena_strndup(struct arena *a, const char *s, size_t n) must_check;
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3) must_check;

#endif
