/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST 256

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf)BUF_INIT(limit);
}

void buf_fini(struct buf *b)
{
	free(b->data);
	buf_init(b, b->limit);
}

int buf_reserve(struct buf *b, size_t n)
{
	size_t cap;
	char  *data;

	if (b->failed)
		return -1;
	if (n <= b->cap - b->len)
		return 0;
	if (n > b->limit - b->len) {
		b->failed = true;
		return -1;
	}
	cap = b->cap ? b->cap : BUF_FIRST;
	if (cap > b->limit)
		cap = b->limit;
	while (cap - b->len < n)
		cap = cap <= b->limit / 2 ? cap * 2 : b->limit;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return -1;
	}
	b->data = data;
	b->cap = cap;
	return 0;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	if (n == 0 || buf_reserve(b, n) < 0)
		return;
	memcpy(b->data + b->len, data, n);
	b->len += n;
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int     n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(b, (size_t)n + 1) < 0) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

void buf_reset(struct buf *b, size_t keep)
{
	if (b->cap > keep) {
		buf_fini(b);
		return;
	}
	b->len = 0;
	b->failed = false;
}
