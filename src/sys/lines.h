/* SPDX-License-Identifier: MIT */
/*
 * A file of the guest line by line in constant memory, however long it is.
 */
#ifndef SYS_LINES_H
#define SYS_LINES_H

#include <stdbool.h>

#include "base/slice.h"
#include "sys/root.h"

/* A longer line is cut: this much of it comes, the rest is skipped. */
#define LINES_LINE_MAX ((size_t)16 << 10)

struct lines {
	int    fd;
	size_t begin, end; /* what is in the buffer and was not given out */
	bool   eof;
	char   data[LINES_LINE_MAX];
};

/* 0, -1. lines_close() is allowed in both cases. */
int  lines_open(struct lines *l, const struct sys_root *r, const char *path, int *ret_os);
void lines_close(struct lines *l);

/* The next line without its line feed, valid until the next call: 1; 0: the end; -1 with the errno
 * of the read. */
int lines_next(struct lines *l, struct slice *ret, int *ret_os);

#endif
