/* SPDX-License-Identifier: MIT */
/*
 * The virtio devices on the guest's PCI bus and the drivers that they have: sysfs.
 */
#ifndef SYS_VIRTIO_H
#define SYS_VIRTIO_H

#include <stdint.h>

#include "base/arena.h"
#include "sys/root.h"

/* More functions on the PCI buses are not looked at. */
#define VIRTIO_PCI_MAX 65536

struct virtio_device {
	uint16_t vendor, device;
	char    *driver;  /* as the kernel calls it, "virtio_net" */
	char    *version; /* of the driver's module; NULL: it has none */
};

struct virtio_list {
	size_t                n;
	struct virtio_device *items; /* by PCI address */
};

/* Devices without a driver are left out. A guest without PCI has none. 0, -1. */
int virtio_read(const struct sys_root *r, struct arena *a, struct virtio_list *ret, int *ret_os);

#endif
