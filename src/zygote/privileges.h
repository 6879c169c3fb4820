/* SPDX-License-Identifier: MIT */
/*
 * What the zygote and the processes that it forks give up, each what it does not need for what the
 * policy allows (policy/needs.h). docs/SECURITY-MODEL.md has the table; tests/process/confined.py
 * holds it to what the kernel says.
 *
 * Programs inherit what their parent has given up. So nothing is given up for good, but
 * capabilities, where a program may be started: one of root gets those back.
 */
#ifndef ZYGOTE_PRIVILEGES_H
#define ZYGOTE_PRIVILEGES_H

#include "config/options.h"
#include "ipc/message.h"
#include "policy/needs.h"
#include "sys/root.h"

/* 0, or an errno: the process must not go on. What the kernel does not have is no error, the front
 * tells of it. */
int privileges_keep_zygote(const struct options *o, const struct needs *n);
int privileges_keep_role(enum ipc_role role, const struct options *o, const struct needs *n,
			 const struct sys_root *root);

/* The parent of programs, when it starts no more of them. */
int privileges_keep_keeper(const struct options *o);

/* Whether what the front asks for can be wanted at all. */
bool privileges_allow_role(enum ipc_role role, const struct needs *n);

#endif
