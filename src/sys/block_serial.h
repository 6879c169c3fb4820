/* SPDX-License-Identifier: MIT */
/*
 * The serial number of a disk: what udev has noted (ID_SERIAL), and where there is no udev, what
 * its rules would have noted, made of what sysfs has.
 */
#ifndef SYS_BLOCK_SERIAL_H
#define SYS_BLOCK_SERIAL_H

#include "base/arena.h"
#include "sys/block_node.h"
#include "sys/serials.h"

struct sys_root;

/* What a disk that is asked for its number says. */
struct block_serial_answer {
	bool read;
	char text[SERIALS_TEXT_MAX];
};

/* Where to ask. */
struct block_serial_source {
	const char *file;    /* of sysfs, NULL: nothing is to be asked */
	uint64_t    diskseq; /* under which the answer may be kept, 0: under none */
};

/*
 * path: directory of a disk or partition; node: what it says there. NULL: there is none, or no
 * memory for it, or the disk itself has to be asked: then ret_source->file is to be read with
 * block_serial_ask(), in a probe.
 */
const char *block_serial_read(const struct sys_root *root, const char *path,
			      const struct block_node *node, struct arena *a,
			      struct block_serial_source *ret_source);

/* A probe_call: answer is a struct block_serial_answer. */
void block_serial_ask(const char *file, void *answer);

#endif
