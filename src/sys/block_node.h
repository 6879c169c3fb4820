/* SPDX-License-Identifier: MIT */
/*
 * How a block device calls itself: the uevent file of its directory in sysfs.
 */
#ifndef SYS_BLOCK_NODE_H
#define SYS_BLOCK_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sys_root;

#define BLOCK_NODE_MAX 256

struct block_node {
	char     dev[BLOCK_NODE_MAX]; /* its node, "/dev/sda"; "": it has none (hidden) */
	bool     partition;
	bool     has_numbers;
	unsigned major, minor;
	uint64_t diskseq; /* 0: the kernel does not say (before 5.15; of partitions also later) */
};

/* Text of a uevent file: lines KEY=value. */
void block_node_parse(const char *text, size_t n, struct block_node *ret);

/* 0, -1: it cannot be read (ret is empty then). */
int block_node_read(const struct sys_root *root, const char *path, struct block_node *ret);

#endif
