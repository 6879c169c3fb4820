/* SPDX-License-Identifier: MIT */
/*
 * Where a text that json_check() refuses goes wrong, in words for the person who typed it.
 */
#ifndef CLIENT_POSITION_H
#define CLIENT_POSITION_H

#include <stdbool.h>
#include <stddef.h>

struct position {
	size_t      line, column; /* from 1; columns count characters */
	const char *why;          /* static storage */
};

/*
 * False if grammar and strings are in order: the fault is one without a place, such as a duplicate
 * name.
 */
bool position_find(const char *text, size_t len, struct position *ret);

#endif
