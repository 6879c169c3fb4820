/* SPDX-License-Identifier: MIT */
/*
 * The lines of an authorized_keys file, as text. Lines are compared as a whole; nothing is known of
 * what they mean, so comments, options and order stay as they are. Everything is n log n.
 */
#ifndef SYS_KEY_LINES_H
#define SYS_KEY_LINES_H

#include <stddef.h>

#include "base/buf.h"

struct key_list {
	size_t       n;
	char *const *items;
};

/* `old` with each key behind it that it does not have, without repetitions; no line feed is added
 * at the end. -1: no memory, or more than the limit of `to`. */
int key_lines_add(const char *old, size_t n, const struct key_list *keys, struct buf *to);

/* `old` without the lines that are one of the keys. */
int key_lines_remove(const char *old, size_t n, const struct key_list *keys, struct buf *to);

/* The lines without white space around them, the empty ones and comments left out, last first.
 * Returns how many; items and their texts are in text, which is changed. items has room for
 * key_lines_count() of them. */
size_t key_lines_count(const char *text, size_t n);
size_t key_lines_list(char *text, size_t n, char **items);

#endif
