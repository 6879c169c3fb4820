/* SPDX-License-Identifier: MIT */
/*
 * Tables for people: aligned, with a heading, cut to the width of the terminal where one column may
 * be.
 */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "cli/print.h"

#define COLUMNS_MAX 12

struct columns_cell;

struct columns {
	size_t               n; /* columns */
	const char          *heads[COLUMNS_MAX];
	bool                 right[COLUMNS_MAX];
	size_t               width[COLUMNS_MAX];
	int                  flexible; /* which column may be cut on a terminal; -1 none */
	struct columns_cell *cells;
	size_t               n_cells, room;
	bool                 failed; /* memory was short */
};

/*
 * Headings separated by '|'; one with '>' in front is of a column of numbers, aligned to the right,
 * one with '~' may be cut.
 */
void columns_init(struct columns *c, const char *heads);

/* The next cell, row by row. Text of the guest is escaped. NULL is shown as "-". */
void columns_add(struct columns *c, const char *text);
void columns_printf(struct columns *c, const char *fmt, ...) printf_like(2, 3);

/* The style of the cell added last. */
void columns_style(struct columns *c, enum print_style style);

/* Prints and frees. False if memory was short. */
bool columns_print(struct columns *c);

#endif
