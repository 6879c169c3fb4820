/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ARENA_FIRST 4096
/* Elements that an array has room for in the beginning; then it doubles. */
#define ARENA_PUSH_FIRST 8
#define ARENA_ALIGN _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t              size; /* of data */
	size_t              used;
	_Alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t cap)
{
	a->blocks = NULL;
	a->used = 0;
	a->cap = cap;
	a->inline_used = 0;
}

void arena_fini(struct arena *a)
{
	struct arena_block *b = a->blocks;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	arena_init(a, a->cap);
}

static struct arena_block *block_new(struct arena *a, size_t need)
{
	size_t              left = a->cap - a->used;
	size_t              size = a->blocks ? a->blocks->size * 2 : ARENA_FIRST;
	struct arena_block *b;

	if (need > left)
		return NULL;
	if (size < need)
		size = need;
	if (size > left)
		size = left;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	b->next = a->blocks;
	b->size = size;
	b->used = 0;
	a->blocks = b;
	a->used += size;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	size_t              need;
	void               *p;

	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	need = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (need == 0)
		need = ARENA_ALIGN;
	if (need <= ARENA_INLINE - a->inline_used && need <= a->cap - a->used) {
		p = a->inline_data + a->inline_used;
		a->inline_used += need;
		a->used += need;
		return memset(p, 0, need);
	}
	if (!b || b->size - b->used < need)
		b = block_new(a, need);
	if (!b)
		return NULL;
	p = b->data + b->used;
	b->used += need;
	memset(p, 0, need);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

static bool is_full(size_t n)
{
	return n == 0 || (n >= ARENA_PUSH_FIRST && (n & (n - 1)) == 0);
}

void *arena_push(struct arena *a, void *array, size_t *n, size_t size)
{
	char *items;

	memcpy(&items, array, sizeof(items));
	if (is_full(*n)) {
		char *more = arena_array(a, *n ? *n * 2 : ARENA_PUSH_FIRST, size);

		if (!more)
			return NULL;
		if (*n)
			memcpy(more, items, *n * size);
		memcpy(array, &more, sizeof(more));
		items = more;
	}
	return items + (*n)++ * size;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;

	if (copy && n > 0) /* s may be NULL then */
		memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char   *s;
	int     n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	s = arena_alloc(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
