/* SPDX-License-Identifier: MIT */
/*
 * A file in the guest that is read or written from one end to the other. Every request has the
 * whole time limit for itself.
 */
#ifndef CLI_GUEST_FILE_H
#define CLI_GUEST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qgaclient.h"

#define GUEST_CHUNK_DEFAULT ((size_t)1 << 20)
#define GUEST_CHUNK_MAX QGAC_FILE_READ_MAX

struct guest_file {
	struct qgac *agent;
	int64_t      timeout_ms;
	int64_t      handle;
	bool         is_open;
	bool         at_end;
};

int guest_open(struct guest_file *f, const char *path, const char *mode, struct qgac_err *err);

/* Goes to a position from the beginning. */
int guest_seek(struct guest_file *f, uint64_t position, struct qgac_err *err);

/* The file's size as far as it has one, else 0; the position is at the beginning. */
int guest_size(struct guest_file *f, uint64_t *ret, struct qgac_err *err);

/* 0 bytes: the end. *ret_data is valid until the next request. */
int guest_read(struct guest_file *f, size_t count, const void **ret_data, size_t *ret_n,
	       struct qgac_err *err);

/* All of it; *done is raised by what the agent has taken. */
int guest_write(struct guest_file *f, const void *data, size_t n, uint64_t *done,
		struct qgac_err *err);

int guest_close(struct guest_file *f, struct qgac_err *err);

/*
 * After a failure or an interrupt: tries to close for a short while, so that the agent is not left
 * with an open file.
 */
void guest_abandon(struct guest_file *f);

#endif
