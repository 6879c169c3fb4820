/* SPDX-License-Identifier: MIT */
/*
 * Random numbers that can be had again: the seed is the first argument of the test, else
 * VIRTAGENT_SEED, else fixed, so that an ordinary run is the same everywhere. Tests print it when
 * they fail.
 */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct random {
	uint64_t seed;
	uint64_t state;
};

static inline void random_init(struct random *r, uint64_t seed)
{
	r->seed = seed;
	r->state = seed * 2 + 1; /* xorshift never leaves zero */
}

static inline uint64_t random_seed_of(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("VIRTAGENT_SEED");

	return text ? strtoull(text, NULL, 0) : 1;
}

static inline uint64_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(2685821657736338717);
}

/* 0 to n - 1 */
static inline size_t random_below(struct random *r, size_t n)
{
	return (size_t)((random_next(r) >> 11) % n);
}

#endif
