/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* What audit lines may and must not say about arguments. command_marks[i] belongs to commands[i]. */
#ifndef SCHEMA_MARKS_H
#define SCHEMA_MARKS_H

struct command_marks {
	const char *subject;          /* the argument that is acted on, NULL: there is none */
	const char *const *loggable;  /* others that may be told, NULL at the end */
	const char *const *secret;    /* those that never may, NULL at the end */
};

extern const struct command_marks command_marks[];

#endif
