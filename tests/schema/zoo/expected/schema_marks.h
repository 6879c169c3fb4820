/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* What the log may and must not say about arguments. command_marks[i] belongs to commands[i]. */
#ifndef SCHEMA_MARKS_H
#define SCHEMA_MARKS_H

struct command_marks {
	const char *const *secret;   /* arguments never to be logged, NULL at the end */
	const char *const *loggable; /* arguments that may be logged, NULL at the end */
};

extern const struct command_marks command_marks[];

#endif
