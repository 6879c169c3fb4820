/* SPDX-License-Identifier: MIT */
/*
 * The one error convention of the tree: 0 or a count on success, -1 on failure with `struct err`
 * filled. The object lives on the caller's stack, so reporting an error never needs memory.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/attr.h"

/* Longest error text in bytes. Two paths of PATH_MAX fit; longer texts are cut at a character. */
#define ERR_TEXT_MAX 9000

/* What the wire reply says as "class" (protocol: only the first two are in use). */
enum err_class {
	ERR_GENERIC,
	ERR_COMMAND_NOT_FOUND,
	ERR_REFUSED, /* generic on the wire; a rule of the administrator, for the audit */
};

struct err {
	bool set;
	enum err_class class;
	int  os; /* errno of the cause, 0 if none */
	char text[ERR_TEXT_MAX + 1];
};

/* An err is initialised before it is handed down; only the first two members matter then. */
static inline void err_init(struct err *err)
{
	err->set = false;
	err->class = ERR_GENERIC;
	err->os = 0;
	err->text[0] = '\0';
}

/* Name of a class on the wire; static storage. */
const char *err_class_name(enum err_class class);

/*
 * Fill err and return -1. Setting an error twice is a bug of the caller: the first text is kept.
 * Texts may hold any bytes but NUL; the reply writer makes them ASCII.
 */
int err_set(struct err *err, const char *fmt, ...) printf_like(2, 3);
int err_set_class(struct err *err, enum err_class class, const char *fmt, ...) printf_like(3, 4);

/* The same with ": <text of errno os>" added (C locale); os 0 adds nothing, as the protocol does.
 */
int err_os(struct err *err, int os, const char *fmt, ...) printf_like(3, 4);

/* Puts context before a text that is already there; does nothing to an unset err. */
void err_prefix(struct err *err, const char *fmt, ...) printf_like(2, 3);

#endif
