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

/*
 * Lists of numbers as the kernel prints them: "0-3,5\n". At the start *at is the text; true with
 * the next range, false at the end or where the text is something else (*at is not at its end
 * then). Ranges ascend and do not touch.
 */
bool cpu_next_range(const char **at, uint64_t *ret_first, uint64_t *ret_last);

struct cpu {
	uint64_t id;
	bool     online;
	bool     can_offline;
};

/* All of them in the arena, by id. Reads nothing that waits for a processor that is just coming or
 * going. */
int cpu_list(const struct sys_root *root, struct arena *a, struct cpu **ret, size_t *ret_n,
	     struct err *err);

/* Brings a processor online or takes it offline; nothing is done if it is so already. */
int cpu_set_online(const struct sys_root *root, int64_t id, bool online, struct err *err);

#endif
