/* SPDX-License-Identifier: MIT */
/*
 * The checksum of cksum(1), which POSIX demands and coreutils and busybox have: what vactl shows
 * can be checked in the guest by hand. 32 bits are enough against accidents, which is all that can
 * be asked of a check whose other side is the guest itself. Where the processor multiplies without
 * carries, that is used: a copy would otherwise spend more time here than anywhere else.
 */
#ifndef BASE_CKSUM_H
#define BASE_CKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cksum {
	uint32_t crc; /* of the bytes alone */
	uint64_t bytes;
};

/* {0} is the beginning. */
void cksum_add(struct cksum *c, const void *data, size_t n);

/* The checksum so far. */
uint32_t cksum_value(const struct cksum *c);

/* What differs between processors. */
struct cksum_implementation {
	const char *name;
	bool (*is_supported)(void);
	/* Goes on with crc over n bytes. */
	uint32_t (*add)(uint32_t crc, const unsigned char *data, size_t n);
};

extern const struct cksum_implementation cksum_scalar;
extern const struct cksum_implementation cksum_pclmul; /* x86 only */

/* Those of this architecture, the best first; the last is cksum_scalar and supported everywhere. */
extern const struct cksum_implementation *const cksum_implementations[];

#endif
