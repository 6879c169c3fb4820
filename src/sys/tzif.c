/* SPDX-License-Identifier: MIT */
#include "sys/tzif.h"

#include <string.h>

#define HEADER_SIZE 44
#define TYPE_SIZE 6

/* Far more than any zone has, and small enough that sizes cannot overflow. */
#define COUNT_MAX 1000000u

/* One of the two blocks of a file: with 32-bit and with 64-bit times. */
struct block {
	uint32_t             n_isut, n_isstd, n_leaps, n_times, n_types, n_chars;
	size_t               time_size;
	const unsigned char *times, *indexes, *types;
	const char          *chars;
};

static uint64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static int64_t time_at(const struct block *b, uint32_t i)
{
	const unsigned char *p = b->times + i * b->time_size;

	if (b->time_size == 4)
		return (int32_t)(uint32_t)big_endian(p, 4);
	return (int64_t)big_endian(p, 8);
}

static bool counts_make_sense(const struct block *b)
{
	return b->n_isut <= COUNT_MAX && b->n_isstd <= COUNT_MAX && b->n_leaps <= COUNT_MAX &&
	       b->n_times <= COUNT_MAX && b->n_types >= 1 && b->n_types <= COUNT_MAX &&
	       b->n_chars >= 1 && b->n_chars <= COUNT_MAX;
}

/* Cuts a block off the front; false when it is not all there. *ret_version is that of the file. */
static bool take_block(struct slice *data, size_t time_size, struct block *b, char *ret_version)
{
	const unsigned char *p = (const unsigned char *)data->p;
	size_t               size;

	if (data->n < HEADER_SIZE || memcmp(p, "TZif", 4) != 0)
		return false;
	*ret_version = (char)p[4];
	*b = (struct block){
		.n_isut = (uint32_t)big_endian(p + 20, 4),
		.n_isstd = (uint32_t)big_endian(p + 24, 4),
		.n_leaps = (uint32_t)big_endian(p + 28, 4),
		.n_times = (uint32_t)big_endian(p + 32, 4),
		.n_types = (uint32_t)big_endian(p + 36, 4),
		.n_chars = (uint32_t)big_endian(p + 40, 4),
		.time_size = time_size,
	};
	if (!counts_make_sense(b))
		return false;
	b->times = p + HEADER_SIZE;
	b->indexes = b->times + b->n_times * time_size;
	b->types = b->indexes + b->n_times;
	b->chars = (const char *)b->types + (size_t)b->n_types * TYPE_SIZE;
	size = HEADER_SIZE + b->n_times * (time_size + 1) + (size_t)b->n_types * TYPE_SIZE +
	       b->n_chars + b->n_leaps * (time_size + 4) + b->n_isstd + b->n_isut;
	if (size > data->n)
		return false;
	data->p += size;
	data->n -= size;
	return true;
}

static bool take_type(const struct block *b, uint32_t type, struct tz_local *ret)
{
	const unsigned char *p = b->types + (size_t)type * TYPE_SIZE;
	size_t               at, n;

	if (type >= b->n_types || p[5] >= b->n_chars)
		return false;
	at = p[5];
	n = strnlen(b->chars + at, b->n_chars - at);
	if (n >= TZ_NAME_MAX)
		return false;
	ret->offset = (int32_t)(uint32_t)big_endian(p, 4);
	memcpy(ret->name, b->chars + at, n);
	ret->name[n] = '\0';
	return true;
}

/* How many changes there were up to that moment: they are sorted. */
static uint32_t changes_until(const struct block *b, int64_t when)
{
	uint32_t low = 0, high = b->n_times;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (time_at(b, middle) <= when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The rule behind the last block, between two line feeds; it holds from the last change on. */
static bool take_footer(struct slice data, struct slice *ret)
{
	const char *end =
		data.n > 1 && data.p[0] == '\n' ? memchr(data.p + 1, '\n', data.n - 1) : NULL;

	if (!end)
		return false;
	*ret = slice_of(data.p + 1, (size_t)(end - data.p) - 1);
	return ret->n > 0;
}

bool tzif_at(struct slice data, int64_t when, struct tz_local *ret)
{
	struct slice footer;
	struct block b;
	uint32_t     changes;
	char         version;
	bool         has_footer = false;

	if (!take_block(&data, 4, &b, &version))
		return false;
	if (version >= '2') {
		if (!take_block(&data, 8, &b, &version))
			return false;
		has_footer = take_footer(data, &footer);
	}
	changes = changes_until(&b, when);
	if (changes == b.n_times && has_footer && tzrule_at(footer, when, ret))
		return true;
	return take_type(&b, changes ? b.indexes[changes - 1] : 0, ret);
}
