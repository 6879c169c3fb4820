/* SPDX-License-Identifier: MIT */
/*
 * Health of NVMe disks: the SMART log page (NVMe base specification, log page 02h), asked from the
 * controller. A controller that does not answer costs only its own answer: see sys/probe.h.
 */
#ifndef SYS_NVME_H
#define SYS_NVME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct sys_root;

/* Bytes of the page. */
#define NVME_PAGE 512

/* Little-endian 128-bit counters in two halves. */
struct nvme_counter {
	uint64_t lo, hi;
};

struct nvme_health {
	bool                known;
	unsigned            critical_warning, temperature, spare, spare_threshold, used;
	struct nvme_counter units_read, units_written, reads, writes, busy_minutes, power_cycles,
		hours, unsafe_shutdowns, media_errors, log_entries;
};

struct nvme_disk {
	const char        *dev; /* node */
	unsigned           major, minor;
	struct nvme_health health; /* out */
};

/* Reads what is known from a page. */
void nvme_parse_health(const uint8_t page[NVME_PAGE], struct nvme_health *ret);

/* Asks them all. -1: no memory. */
int nvme_read_health(const struct sys_root *root, struct nvme_disk *disks, size_t n,
		     struct arena *a, struct err *err);

#endif
