/* SPDX-License-Identifier: MIT */
/*
 * How full filesystems are. A filesystem that does not answer costs only its own answer: see
 * sys/probe.h.
 */
#ifndef SYS_SPACE_H
#define SYS_SPACE_H

#include <stdbool.h>
#include <stdint.h>

struct filesystem;
struct mount_table;
struct probe;
struct sys_root;

struct space {
	bool     known;
	uint64_t used, total, privileged; /* bytes; total: used or free for ordinary users */
};

/* Longer mount tables are not looked at for that. */
#define SPACE_AT_HAND_MOUNTS 64

/* Whether the filesystem, and everything on the way to where it is mounted, answers from memory,
 * also when its disk is dead: then there is nothing to wait for. */
bool space_is_at_hand(const struct mount_table *table, const struct filesystem *fs);

/* True: *ret is filled. False: *ret_probe is what fills it, as long as both stay where they are. */
bool space_read(const struct sys_root *root, const struct filesystem *fs, struct space *ret,
		struct probe *ret_probe);

#endif
