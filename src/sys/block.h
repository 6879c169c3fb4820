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
#include "sys/block_path.h"
#include "sys/block_serial.h"
#include "sys/root.h"

struct block_node;
struct probe;

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
	struct block_serial_source  from;
	unsigned                    major, minor;
	struct block_serial_answer *answer;
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

/* Where a link from /sys/block or /sys/dev leads: what root_resolve() says, in fewer calls. 0, -1.
 */
int block_follow(const struct sys_root *root, const char *link, char to[ROOT_PATH_MAX],
		 int *ret_os);

/* The device's directory in sysfs, as an absolute path. 1; 0: there is none; -1: no telling. */
int block_find(const struct sys_root *root, unsigned major, unsigned minor, char to[ROOT_PATH_MAX]);

/* The kernel's name of a device with that directory. */
const char *block_name(const char *path);

/* Adds the hardware behind the device. node: what it says there, if that is known already, or NULL.
 * What cannot be read is left out. -1: the arena is exhausted. */
int block_resolve(const struct sys_root *root, const char *path, const struct block_node *node,
		  struct arena *a, struct block_list *list);

/* The probe that asks the question of an address, which has one. -1: the arena is exhausted. */
int block_question(struct block_address *address, struct arena *a, struct probe *ret);

/* After the probe: the serial number, if there was an answer. */
void block_take_answer(const struct sys_root *root, struct block_address *address);

#endif
