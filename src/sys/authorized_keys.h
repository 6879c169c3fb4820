/* SPDX-License-Identifier: MIT */
/*
 * ~/.ssh/authorized_keys of the user that the process is. Home directories are enemy land: below
 * the home no link is followed, nothing but a regular file of the user's own is read, nothing is
 * waited for, and what is written replaces the old file in one step. To be called as that user
 * (sys/account.h), so that whatever he puts in the way is his own affair.
 */
#ifndef SYS_AUTHORIZED_KEYS_H
#define SYS_AUTHORIZED_KEYS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/key_lines.h"

/* Bytes of the file. */
#define AUTHORIZED_KEYS_MAX ((size_t)1 << 20)

/* Room for the path in texts. */
#define AUTHORIZED_KEYS_PATH "%s%s.ssh/authorized_keys"

enum authorized_keys_change {
	AUTHORIZED_KEYS_ADD,
	AUTHORIZED_KEYS_RESET, /* only the new ones remain */
	AUTHORIZED_KEYS_REMOVE,
};

/* Adds the file to the buffer, whose limit is at least AUTHORIZED_KEYS_MAX. */
int authorized_keys_read(const char *home, struct buf *to, struct err *err);

int authorized_keys_change(const char *home, enum authorized_keys_change what,
			   const struct key_list *keys, struct err *err);

#endif
