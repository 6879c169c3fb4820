/* SPDX-License-Identifier: MIT */
/*
 * What calls without a file behind them (uname, statvfs, netlink …) said on a captured machine. The
 * answer of a call stands in its tree at /.virtagent/<call>, or /.virtagent/<call><path>/= for a
 * call about an absolute path: lines "key value", or "error <errno>" if it failed. See
 * tests/roots/README.md for the list.
 */
#ifndef SYS_ANSWER_H
#define SYS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "sys/root.h"

/* An answer of lines fits. */
#define ANSWER_TEXT_MAX 4096

/*
 * Whether the answer has to be read instead of making the call. Not for --root /, which is the real
 * machine with its hands tied.
 */
static inline bool answer_wanted(const struct sys_root *r)
{
	return root_is_captured(r) && r->path[0] != '\0';
}

/* Adds the answer as it stands to the buffer; path NULL: the call is about none. Bytes, -1 (ENOSYS:
 * not captured). */
ssize_t answer_read(const struct sys_root *r, const char *call, const char *path, struct buf *to,
		    int *ret_os);

/* An answer of lines, NUL-terminated. 0; -1 with the errno that was captured, or ENOSYS. */
int answer_read_text(const struct sys_root *r, const char *call, const char *path,
		     char to[ANSWER_TEXT_MAX], int *ret_os);

/* The value of a key: false when there is none, or it does not fit or is not a number. */
bool answer_str(const char *text, const char *key, char *to, size_t size);
bool answer_u64(const char *text, const char *key, uint64_t *ret);

#endif
