/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static void sip_round(struct siphash *h)
{
	h->v0 += h->v1;
	h->v1 = rotl(h->v1, 13) ^ h->v0;
	h->v0 = rotl(h->v0, 32);
	h->v2 += h->v3;
	h->v3 = rotl(h->v3, 16) ^ h->v2;
	h->v0 += h->v3;
	h->v3 = rotl(h->v3, 21) ^ h->v0;
	h->v2 += h->v1;
	h->v1 = rotl(h->v1, 17) ^ h->v2;
	h->v2 = rotl(h->v2, 32);
}

void siphash_init(struct siphash *h, const uint64_t key[2])
{
	h->v0 = key[0] ^ 0x736f6d6570736575u;
	h->v1 = key[1] ^ 0x646f72616e646f6du;
	h->v2 = key[0] ^ 0x6c7967656e657261u;
	h->v3 = key[1] ^ 0x7465646279746573u;
	h->word = 0;
	h->n = 0;
}

static void mix(struct siphash *h, uint64_t word)
{
	h->v3 ^= word;
	sip_round(h);
	h->v0 ^= word;
}

void siphash_byte(struct siphash *h, uint8_t byte)
{
	h->word |= (uint64_t)byte << (h->n % 8 * 8);
	h->n++;
	if (h->n % 8 == 0) {
		mix(h, h->word);
		h->word = 0;
	}
}

uint64_t siphash_final(struct siphash *h)
{
	mix(h, h->word | h->n << 56);
	h->v2 ^= 0xff;
	sip_round(h);
	sip_round(h);
	sip_round(h);
	return h->v0 ^ h->v1 ^ h->v2 ^ h->v3;
}
