/* SPDX-License-Identifier: MIT */
/*
 * The program that the zygote is to start, on its way there: argument vector and environment in a
 * memory file, since they may be as long as a request.
 */
#ifndef IPC_PROGRAM_H
#define IPC_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct program {
	char *const *argv; /* NULL at the end when unpacked */
	size_t       argc;
	char *const *env; /* unpacked: NULL: that of the process */
	size_t       n_env;
	bool         has_env;
};

/* The descriptor, or -1. */
int program_pack(const struct program *p, struct err *err);

/* For a process that becomes the program: what it takes is never given back. 0, or an errno. */
int program_unpack(int fd, struct program *ret);

#endif
