/* SPDX-License-Identifier: MIT */
/*
 * A list of strings that grows.
 */
#ifndef CLIENT_WORDS_H
#define CLIENT_WORDS_H

#include <stddef.h>

struct words {
	char **all; /* owned, as the strings */
	size_t n;
};

/* Adds a copy; -1 when memory is short. */
int  words_add(struct words *w, const char *word);
void words_fini(struct words *w);

#endif
