/* SPDX-License-Identifier: MIT */
/*
 * From a block device to the hardware behind it: which controller, which address there, which
 * serial number. Devices that stand on others (device-mapper, md) have those of all of them.
 * Everything is read from sysfs and udev's database. One file of sysfs is not the kernel's memory:
 * virtio_blk asks the host for its serial number. What could wait so is left to block_ask().
 */
#ifndef SYS_BLOCK_H
#define SYS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/block_path.h"
#include "sys/root.h"

/* Disks behind one filesystem; there may be more, which are left out. */
#define BLOCK_DISKS_MAX 256

/* How many devices may stand on one another. */
#define BLOCK_DEPTH_MAX 16

/* Devices looked at for one filesystem: a stack may lead to the same disk on many ways. */
#define BLOCK_VISITS_MAX 4096

enum block_bus {
	BLOCK_BUS_UNKNOWN,
	BLOCK_BUS_IDE,
	BLOCK_BUS_SCSI,
	BLOCK_BUS_VIRTIO,
	BLOCK_BUS_XEN,
	BLOCK_BUS_USB,
	BLOCK_BUS_SATA,
	BLOCK_BUS_SD,
	BLOCK_BUS_MMC,
	BLOCK_BUS_ISCSI,
	BLOCK_BUS_NVME,
};

/* A serial number that the disk itself has to be asked for: see block_ask(). */
struct block_question {
	const char *file; /* NULL: none */
	unsigned    major, minor;
};

struct block_address {
	enum block_bus        bus_type;
	int64_t               bus, target, unit;
	struct block_pci      pci; /* of the controller, all -1: unknown */
	bool                  has_ccw;
	struct block_ccw      ccw;
	const char           *serial; /* NULL: unknown */
	const char           *dev;    /* its node in /dev, NULL */
	struct block_question question;
};

struct block_list {
	struct block_address *items; /* in the order in which they were found */
	size_t                n;
	size_t                cap;
	size_t                visits;
};

/* The device's directory in sysfs, as an absolute path. 1; 0: there is none; -1: no telling. */
int block_find(const struct sys_root *root, unsigned major, unsigned minor, char to[ROOT_PATH_MAX]);

/* The kernel's name of a device with that directory. */
const char *block_name(const char *path);

/* Adds the hardware behind the device. What cannot be read is left out. -1: the arena is exhausted.
 */
int block_resolve(const struct sys_root *root, const char *path, struct arena *a,
		  struct block_list *list);

/* Asks the questions of all the addresses at once, in probes (sys/probe.h): those that are answered
 * get their serial number. -1: no memory. */
int block_ask(const struct sys_root *root, struct block_address **addresses, size_t n,
	      struct arena *a, struct err *err);

#endif
