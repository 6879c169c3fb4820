/* SPDX-License-Identifier: MIT */
/*
 * What goes to standard output. A guest must not be able to write to the terminal of the
 * administrator who looks at it.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "qgaclient.h"

enum print_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Whether to colour standard output: a terminal that can, unless NO_COLOR is set. */
void print_set_color(enum print_color when);

enum print_style { STYLE_NONE, STYLE_HEAD, STYLE_GOOD, STYLE_WARN, STYLE_BAD };

/* The escape sequences of a style; empty without colour. */
const char *print_style_on(enum print_style style);
const char *print_style_off(enum print_style style);

/*
 * Text of the agent, with everything that could steer a terminal written as \uXXXX: control
 * characters, marks that change the direction of text, invalid bytes (\xXX).
 */
void print_escaped(FILE *out, const char *s, size_t n);

/* The same at the end of a buffer; returns the number of characters. */
size_t print_escape(struct buf *out, const char *s, size_t n);

/* The same as print_escaped() with line feeds and tabs left as they are. */
void print_text(FILE *out, const char *s, size_t n);

/*
 * The same for a message that is to take one line: blanks stand for line feeds, and none at the end
 * (agents pass on what programs of the guest have said).
 */
void print_message(FILE *out, const char *text);

/* A reply line for programs: as it is, but escaped on a terminal. */
void print_reply(const struct qgac_reply *reply);

/* "12.3 MiB": at least three digits, so that columns do not jump about. */
void print_bytes(char *text, size_t size, double bytes);

/* Writes out what stdout still holds; false after saying that this failed. */
bool print_finish(void);

#endif
