/* SPDX-License-Identifier: MIT */
/*
 * Files of the guest through descriptors.  (Not file.h: that name belongs to <sys/file.h>.)
 */
#ifndef SYS_FILES_H
#define SYS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* open(2) flags for a mode of fopen(3) as the protocol spells them ("r", "rb", "r+", "rb+", "r+b",
 * …); -1: no such mode. */
int sys_file_mode(const char *mode);

/*
 * Opens without waiting and without becoming a terminal's owner; a new file gets 0666 less the
 * umask. The descriptor, or -1 with errno in *ret_os.
 */
int sys_file_open(const char *path, int flags, int *ret_os);

/*
 * Reads until n bytes, the end, or an error; interrupted calls are repeated. Returns how many bytes
 * there are; *ret_eof: the end was met; *ret_os: errno of what stopped it, 0.
 */
size_t sys_file_read(int fd, char *to, size_t n, bool *ret_eof, int *ret_os);

/* Writes all n bytes: 0, or the errno of what stopped it. */
int sys_file_write(int fd, const char *from, size_t n);

#endif
