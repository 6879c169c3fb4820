/* SPDX-License-Identifier: MIT */
/*
 * The serial number of a disk: what udev has noted (ID_SERIAL), and where there is no udev, what
 * its rules would have noted, made of what sysfs has.
 */
#ifndef SYS_BLOCK_SERIAL_H
#define SYS_BLOCK_SERIAL_H

#include "base/arena.h"
#include "sys/block_node.h"

struct sys_root;

/* A number that the disk is asked for, with its end. */
#define BLOCK_SERIAL_MAX 256

/*
 * path: directory of a disk or partition; node: what it says there. NULL: there is none, or no
 * memory for it, or the disk itself has to be asked: then *ret_file is the file of sysfs to read
 * with block_serial_ask(), in a probe.
 */
const char *block_serial_read(const struct sys_root *root, const char *path,
			      const struct block_node *node, struct arena *a,
			      const char **ret_file);

/* A probe_call: answer has BLOCK_SERIAL_MAX bytes. */
void block_serial_ask(const char *file, void *answer);

#endif
