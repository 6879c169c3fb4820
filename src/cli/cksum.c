/* SPDX-License-Identifier: MIT */
/*
 * CRC-32 with the polynomial 04C11DB7, high bit first, followed by the length. Eight bytes at a
 * time: a byte at a time would be slower than everything else that a copy does.
 */
#include "cli/cksum.h"

#include <endian.h>
#include <string.h>

#define POLYNOMIAL UINT32_C(0x04C11DB7)

static uint32_t shift_byte(const struct cksum *c, uint32_t crc, unsigned char byte)
{
	return crc << 8 ^ c->table[0][crc >> 24 ^ byte];
}

static uint32_t divide_byte(uint32_t byte)
{
	uint32_t crc = byte << 24;
	int      bit;

	for (bit = 0; bit < 8; bit++)
		crc = crc << 1 ^ (crc >> 31 ? POLYNOMIAL : 0);
	return crc;
}

void cksum_init(struct cksum *c)
{
	uint32_t i;
	size_t   k;

	c->crc = 0;
	c->bytes = 0;
	for (i = 0; i < 256; i++)
		c->table[0][i] = divide_byte(i);
	for (k = 1; k < 8; k++)
		for (i = 0; i < 256; i++)
			c->table[k][i] = shift_byte(c, c->table[k - 1][i], 0);
}

void cksum_add(struct cksum *c, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint32_t             crc = c->crc;

	c->bytes += n;
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t x;

		memcpy(&x, p, 8);
		x = be64toh(x) ^ (uint64_t)crc << 32;
		crc = c->table[7][x >> 56] ^ c->table[6][x >> 48 & 255] ^
		      c->table[5][x >> 40 & 255] ^ c->table[4][x >> 32 & 255] ^
		      c->table[3][x >> 24 & 255] ^ c->table[2][x >> 16 & 255] ^
		      c->table[1][x >> 8 & 255] ^ c->table[0][x & 255];
	}
	for (; n > 0; n--)
		crc = shift_byte(c, crc, *p++);
	c->crc = crc;
}

uint32_t cksum_value(const struct cksum *c)
{
	uint32_t crc = c->crc;
	uint64_t left;

	for (left = c->bytes; left > 0; left >>= 8)
		crc = shift_byte(c, crc, (unsigned char)left);
	return ~crc;
}
