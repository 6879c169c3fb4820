/* SPDX-License-Identifier: MIT */
/*
 * Names of the kernel and of the guest: uname(2).
 */
#ifndef SYS_UNAME_H
#define SYS_UNAME_H

#include <sys/utsname.h>

#include "sys/root.h"

/* 0, -1. Texts are NUL-terminated; what a captured answer leaves out is empty. */
int uname_read(const struct sys_root *r, struct utsname *ret, int *ret_os);

#endif
