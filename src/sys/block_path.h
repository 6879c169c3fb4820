/* SPDX-License-Identifier: MIT */
/*
 * What the path of a block device below /sys/devices says of its place in the machine: PCI
 * functions, channel subsystem, SCSI numbers. Text only, nothing is read.
 */
#ifndef SYS_BLOCK_PATH_H
#define SYS_BLOCK_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block_pci {
	int64_t domain, bus, slot, function;
};

struct block_ccw {
	int64_t cssid, ssid, subchno, devno;
};

/* Channel, target and logical unit of a SCSI device. */
struct block_scsi {
	int64_t channel, target, lun;
};

/* The component at p is a PCI function, "0000:00:1f.2": what is behind it ("/…" or the end). NULL:
 * it is not. */
const char *block_path_function(const char *p, struct block_pci *ret);

/* The same for a PCI root, "pci0000:00". A path can have several: NVMe behind VMD. */
const char *block_path_pci_root(const char *p);

/* The component behind the path's first PCI root, NULL. */
const char *block_path_first_function(const char *path);

/* The first component that is the prefix and a number: it, and its number. NULL: there is none. */
const char *block_path_numbered(const char *path, const char *prefix, int64_t *ret);

/* …/targetH:C:T/H:C:T:L/… */
bool block_path_scsi(const char *path, struct block_scsi *ret);

/* …/cssX/<cssid>.<ssid>.<subchno>/<cssid>.<ssid>.<devno>/… */
bool block_path_ccw(const char *path, struct block_ccw *ret);

/* A component is exactly this. */
bool block_path_has(const char *path, const char *component);

#endif
