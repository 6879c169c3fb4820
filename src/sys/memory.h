/* SPDX-License-Identifier: MIT */
/*
 * Memory in the blocks in which the kernel takes it online and offline.
 */
#ifndef SYS_MEMORY_H
#define SYS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/root.h"

struct memory_block {
	uint64_t index;
	bool     online;
	bool     can_offline;
};

enum memory_outcome {
	MEMORY_SUCCESS,
	MEMORY_NOT_FOUND,
	MEMORY_NOT_SUPPORTED,
	MEMORY_FAILED,
};

/* All of them in the arena, by index; none where the kernel knows no blocks. */
int memory_list(const struct sys_root *root, struct arena *a, struct memory_block **ret,
		size_t *ret_n, struct err *err);

/* Brings a block online or takes it offline; nothing is done if it is so already. *ret_os: errno of
 * what went wrong, 0; it can come with success, as the protocol has it. */
enum memory_outcome memory_set_online(const struct sys_root *root, uint64_t index, bool online,
				      int *ret_os);

int memory_block_bytes(const struct sys_root *root, uint64_t *ret, struct err *err);

#endif
