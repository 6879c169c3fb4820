/* SPDX-License-Identifier: MIT */
/*
 * A bar on standard error for people who wait at a terminal. It appears only when something takes
 * longer than half a second, and leaves nothing behind.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;  /* "copying" */
	uint64_t    total; /* 0: not known */
	int64_t     start_ns, next_ns;
	bool        is_wanted, is_shown;
};

/* Whether a bar makes sense at all: a terminal, and not told to be quiet. */
bool progress_is_possible(bool quiet);

void progress_begin(struct progress *p, bool is_wanted, const char *what, uint64_t total);

/* So far. Draws at most ten times a second. */
void progress_update(struct progress *p, uint64_t done);

/* Removes the bar; harmless if there is none. Before anything else is printed. */
void progress_end(struct progress *p);

#endif
