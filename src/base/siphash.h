/* SPDX-License-Identifier: MIT */
/*
 * SipHash-1-3 (Aumasson, Bernstein), fed byte by byte: a keyed hash so that a peer cannot choose
 * colliding names.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stdint.h>

struct siphash {
	uint64_t v0, v1, v2, v3;
	uint64_t word; /* bytes not yet mixed in */
	uint64_t n;    /* bytes seen */
};

void     siphash_init(struct siphash *h, const uint64_t key[2]);
void     siphash_byte(struct siphash *h, uint8_t byte);
uint64_t siphash_final(struct siphash *h);

#endif
