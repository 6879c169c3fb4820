/* SPDX-License-Identifier: MIT */
/*
 * Processors. Texts of errors are those of the protocol, with its odd slashes.
 */
#ifndef SYS_CPU_H
#define SYS_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/root.h"

struct cpu {
	uint64_t id;
	bool     online;
	bool     can_offline;
};

/* All of them in the arena, by id. */
int cpu_list(const struct sys_root *root, struct arena *a, struct cpu **ret, size_t *ret_n,
	     struct err *err);

/* Brings a processor online or takes it offline; nothing is done if it is so already. */
int cpu_set_online(const struct sys_root *root, int64_t id, bool online, struct err *err);

#endif
