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

/*
 * The whole way: opens, gives every line to take() until it returns something else than 1, closes.
 * 0; -1 with err, the file's or that of a take() that returned -1. With the other one, a file that
 * is not there has no lines.
 */
typedef int lines_take(struct slice line, void *data, struct err *err);
int         lines_each(const struct sys_root *r, const char *path, lines_take *take, void *data,
		       struct err *err);
int         lines_each_opt(const struct sys_root *r, const char *path, lines_take *take, void *data,
			   struct err *err);

#endif
