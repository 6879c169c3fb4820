/* SPDX-License-Identifier: MIT */
/*
 * A growable byte buffer with a hard limit. A failing append marks the buffer as failed and appends
 * nothing from then on, so a writer can check once at the end instead of after every piece.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct buf {
	char  *data;  /* owned; NULL while empty */
	size_t len;   /* bytes in use */
	size_t cap;   /* bytes allocated */
	size_t limit; /* never grows beyond this many bytes */
	bool   failed;
};

#define BUF_INIT(max)                                                                              \
	{                                                                                          \
		.limit = (max)                                                                     \
	}

void buf_init(struct buf *b, size_t limit);

/* Frees the memory; the buffer is empty and usable again afterwards. */
void buf_fini(struct buf *b);

/* Room for n more bytes at b->data + b->len: 0, or -1 with b->failed set (limit or memory). */
int buf_reserve(struct buf *b, size_t n);

/* Append; on failure nothing is appended and b->failed is set. */
void buf_add(struct buf *b, const void *data, size_t n);
void buf_add_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) printf_like(2, 3);

/* Removes the first n bytes. */
void buf_consume(struct buf *b, size_t n);

/* Empties the buffer, clears the failure mark, and gives memory beyond `keep` bytes back. */
void buf_reset(struct buf *b, size_t keep);

static inline void buf_add_char(struct buf *b, char c)
{
	if (likely(b->len < b->cap) && !b->failed)
		b->data[b->len++] = c;
	else
		buf_add(b, &c, 1);
}

#endif
