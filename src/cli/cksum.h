/* SPDX-License-Identifier: MIT */
/*
 * The checksum of cksum(1), which POSIX demands and coreutils have: what vactl shows can be checked
 * in the guest by hand. 32 bits are enough against accidents, which is all that can be asked of a
 * check whose other side is the guest itself.
 */
#ifndef CLI_CKSUM_H
#define CLI_CKSUM_H

#include <stddef.h>
#include <stdint.h>

struct cksum {
	uint32_t crc;
	uint64_t bytes;
	uint32_t table[8][256]; /* made by cksum_init(); [k] is for a byte with k bytes behind it */
};

void cksum_init(struct cksum *c);
void cksum_add(struct cksum *c, const void *data, size_t n);

/* The checksum so far. */
uint32_t cksum_value(const struct cksum *c);

#endif
