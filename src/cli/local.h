/* SPDX-License-Identifier: MIT */
/*
 * The host's side of a copy. A regular file that is written, or that does not exist yet, gets its
 * contents under a temporary name beside it and its name when all is done; anything else (a pipe, a
 * device, standard output) is written as it is.
 */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct local {
	int      fd;          /* -1 if none is open */
	bool     is_standard; /* standard input or output: not ours to close */
	bool     is_regular;
	uint64_t size;      /* of a regular file that is read */
	mode_t   mode;      /* of a file that is read */
	char    *temporary; /* owned; NULL unless there is such a file */
	char    *target;    /* owned; what it will be called */
	bool     is_kept;   /* the temporary file stays when all is not done: the copy can go on */
};

#define LOCAL_INIT                                                                                 \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* "-" is standard input. Directories are refused. */
int local_open(struct local *l, const char *path, struct err *err);

/* "-" is standard output. Directories are refused. A replaced file keeps its permissions. */
int local_create(struct local *l, const char *path, struct err *err);

/*
 * As local_create() for a regular file, under a temporary name that is always the same and that
 * stays after a failure. What it holds already is *ret_size bytes; reading begins there.
 */
int local_continue(struct local *l, const char *path, uint64_t *ret_size, struct err *err);

/* As local_create() for standard output alone: cannot fail. */
void local_standard_output(struct local *l);

/*
 * Reads until the buffer is full or the end is reached: the number of bytes, or -1. After an
 * interrupt they and local_write() return -1, see interrupt.h.
 */
ssize_t local_read(struct local *l, void *data, size_t size, struct err *err);
int     local_write(struct local *l, const void *data, size_t n, struct err *err);

/* Empties a file that was begun with. */
int local_truncate(struct local *l, struct err *err);

/* From the beginning of what was written. Only for regular files. */
int local_rewind(struct local *l, struct err *err);

/* Everything is written: gives a temporary file its name. */
int local_commit(struct local *l, struct err *err);

/* Closes, and removes a temporary file that has not got its name. Takes what was never opened. */
void local_fini(struct local *l);

#endif
