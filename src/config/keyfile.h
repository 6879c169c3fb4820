/* SPDX-License-Identifier: MIT */
/*
 * Key files: "[group]", "key=value", lines that begin with '#', in the dialect of GLib's GKeyFile
 * as far as configuration and state files use it. Values know the escapes \s \n \t \r \\ and must
 * be UTF-8. Works in place on text that the caller owns and that must outlive what is returned.
 *
 * Unlike GKeyFile: blanks at the end of a value are cut; a NUL in the text is an error.
 */
#ifndef CONFIG_KEYFILE_H
#define CONFIG_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct keyfile {
	char       *next, *end;
	unsigned    line;  /* of what was returned last, from 1 */
	const char *group; /* of the entry */
	char       *key;   /* NULL: the line was the group's */
	char       *value;
	bool        has_nul;
};

/* text[0..n) is followed by a NUL, which does not count. */
void keyfile_start(struct keyfile *k, char *text, size_t n);

/* The next group or entry: 1, at the end 0, -1 with err (which names the line). */
int keyfile_next(struct keyfile *k, struct err *err);

/*
 * Escapes a value into to[0..size): keyfile_next() gives the same text back. Returns the length
 * without the NUL; a value that does not fit is cut as snprintf() does.
 */
size_t keyfile_escape(const char *value, char *to, size_t size);

#endif
