/* SPDX-License-Identifier: MIT */
/*
 * Whether the guest has a program, before it is tried.
 */
#ifndef SYS_PROGRAMS_H
#define SYS_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/root.h"

/*
 * A path is looked at, a name is searched where the system's own programs are, whatever PATH says:
 * an agent is often started with a short one. True with the path in `to`.
 */
bool program_find(const struct sys_root *root, const char *name, char *to, size_t size);

#endif
