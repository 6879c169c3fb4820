/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes of a file in two halves, for streams that keep two requests out.
 */
#ifndef CLIENT_FILE_H
#define CLIENT_FILE_H

#include "client/call.h"

/* Begins the request; what is left to do is call_finish() or call_end(). */
int file_ask_read(struct qgac *agent, int64_t handle, size_t count, int64_t deadline,
		  struct json_out *w, struct qgac_err *err);
int file_ask_write(struct qgac *agent, int64_t handle, const void *data, size_t n, int64_t deadline,
		   struct json_out *w, struct qgac_err *err);

/* What was read, as it lies in the buffer of the reply: so much text, and so many bytes in it. */
struct contents {
	char  *text;
	size_t len, bytes;
	bool   is_broken; /* into lines, it seems: has to be decoded in one piece */
};

/* The results. */
int file_take_read(struct qgac *agent, const struct qgac_reply *reply, size_t wanted,
		   struct contents *ret, bool *ret_eof, struct qgac_err *err);
int file_take_write(struct qgac *agent, const struct qgac_reply *reply, size_t n, size_t *ret_n,
		    struct qgac_err *err);

/*
 * The next bytes of what was read, decoded where they are: those of about `len` characters, which
 * stay in the processor's cache. *ret_n is 0 when nothing is left.
 */
int file_decode(struct qgac *agent, struct contents *c, size_t len, const void **ret_data,
		size_t *ret_n, struct qgac_err *err);

/* The most that goes into one write. */
size_t file_write_max(const struct qgac *agent);

#endif
