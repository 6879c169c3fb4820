/* SPDX-License-Identifier: MIT */
/*
 * CRC-32 with the polynomial 04C11DB7, high bit first, followed by the length. The portable code
 * takes eight bytes at a time, with a table for each of their places.
 */
#include "base/cksum.h"

#include <endian.h>
#include <string.h>

#define POLYNOMIAL UINT32_C(0x04C11DB7)
#define PLACES 8

/* [k] is for a byte with k bytes behind it. Made once; two that make it write the same. */
static uint32_t table[PLACES][256];
static bool     is_made;

static uint32_t shift_byte(uint32_t crc, unsigned char byte)
{
	return crc << 8 ^ table[0][crc >> 24 ^ byte];
}

static uint32_t divide_byte(uint32_t byte)
{
	uint32_t crc = byte << 24;
	int      bit;

	for (bit = 0; bit < 8; bit++)
		crc = crc << 1 ^ (crc >> 31 ? POLYNOMIAL : 0);
	return crc;
}

static void make_table(void)
{
	uint32_t i;
	size_t   k;

	for (i = 0; i < 256; i++)
		table[0][i] = divide_byte(i);
	for (k = 1; k < PLACES; k++)
		for (i = 0; i < 256; i++)
			table[k][i] = shift_byte(table[k - 1][i], 0);
	__atomic_store_n(&is_made, true, __ATOMIC_RELEASE);
}

static bool is_anywhere(void)
{
	return true;
}

static uint32_t add_scalar(uint32_t crc, const unsigned char *p, size_t n)
{
	if (!__atomic_load_n(&is_made, __ATOMIC_ACQUIRE))
		make_table();
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t x;

		memcpy(&x, p, 8);
		x = be64toh(x) ^ (uint64_t)crc << 32;
		crc = table[7][x >> 56] ^ table[6][x >> 48 & 255] ^ table[5][x >> 40 & 255] ^
		      table[4][x >> 32 & 255] ^ table[3][x >> 24 & 255] ^ table[2][x >> 16 & 255] ^
		      table[1][x >> 8 & 255] ^ table[0][x & 255];
	}
	for (; n > 0; n--)
		crc = shift_byte(crc, *p++);
	return crc;
}

const struct cksum_implementation cksum_scalar = {
	.name = "scalar",
	.is_supported = is_anywhere,
	.add = add_scalar,
};

static const struct cksum_implementation *choose(void)
{
	const struct cksum_implementation *const *i = cksum_implementations;

	while (!(*i)->is_supported())
		i++;
	return *i;
}

void cksum_add(struct cksum *c, const void *data, size_t n)
{
	c->crc = choose()->add(c->crc, data, n);
	c->bytes += n;
}

uint32_t cksum_value(const struct cksum *c)
{
	unsigned char bytes[8];
	uint64_t      left;
	size_t        n = 0;

	for (left = c->bytes; left > 0; left >>= 8)
		bytes[n++] = (unsigned char)left;
	return ~add_scalar(c->crc, bytes, n);
}
