/* SPDX-License-Identifier: MIT */
/*
 * The rows of the table (config/options.h) as data, and what can be done with one. Private to
 * config/.
 */
#ifndef CONFIG_ROWS_H
#define CONFIG_ROWS_H

#include "config/options.h"

enum option_kind {
	OPTION_FLAG,
	OPTION_STRING,
	OPTION_HOOK,
	OPTION_LIST,
	OPTION_WORDS,
	OPTION_NUMBER,
	OPTION_MS,
	OPTION_SECONDS,
	OPTION_CHOICE,
};

enum option_group {
	OPTIONS_OF_PROTOCOL,
	OPTIONS_OF_OURS,
	OPTIONS_OF_COMMAND_LINE,
};

struct option_row {
	enum option_id    id;
	enum option_kind  kind;
	enum option_group group;
	int               letter;
	const char       *name; /* NULL: only a letter */
	const char       *key;
	size_t            offset;
	int64_t           limit;
	const char       *arg;
	const char       *help;
};

extern const struct option_row option_rows[];
extern const size_t            n_option_rows;

void options_set_defaults(struct options *o);

/* NULL: no row has this key. */
const struct option_row *option_row_of_key(const char *key);

/* The row's member of o, or of a channel; NULL: channels do not have it. */
void *option_member(const struct option_row *r, const struct options *o);
void *option_channel_member(const struct option_row *r, const struct option_channel *c);

/* Sets the member from text; lists get one more item. at: where it stands (set_at). 0, or -1 with
 * err: what is wrong with the value. */
int option_set(const struct option_row *r, struct options *o, const char *text, unsigned at,
	       struct err *err);
int option_set_channel(const struct option_row *r, struct option_channel *c, const char *text,
		       unsigned at, struct err *err);

/* Whether two values of the row, as option_member() and option_channel_member() find them, are the
 * same. */
bool option_same(const struct option_row *r, const void *a, const void *b);

/* Whether the value is the built-in one. */
bool option_is_default(const struct option_row *r, const struct options *o);

#endif
