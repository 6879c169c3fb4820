/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <string.h>

bool num_u64(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t   i;

	if (n == 0)
		return false;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (unsigned)(s[i] - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

bool num_i64(const char *s, size_t n, int64_t *ret)
{
	bool     negative = n > 0 && s[0] == '-';
	uint64_t v;

	if (!num_u64(s + negative, n - negative, &v))
		return false;
	if (v > (uint64_t)INT64_MAX + negative)
		return false;
	*ret = negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool num_decimal(const char *s, size_t n, double *ret)
{
	uint64_t digits = 0;
	double   scale = 1;
	size_t   i, count = 0;
	bool     point = false;

	for (i = 0; i < n; i++) {
		if (s[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (s[i] < '0' || s[i] > '9' || ++count > NUM_DECIMAL_MAX)
			return false;
		digits = digits * 10 + (unsigned)(s[i] - '0');
		scale *= point ? 10 : 1;
	}
	/* both are exact in a double, so there is one rounding */
	*ret = (double)digits / scale;
	return count > 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool num_hex(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t   i;

	if (n == 0 || n > 16)
		return false;
	for (i = 0; i < n; i++) {
		int digit = hex_digit(s[i]);

		if (digit < 0)
			return false;
		v = v << 4 | (unsigned)digit;
	}
	*ret = v;
	return true;
}

bool num_i64_range(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	int64_t v;

	if (!num_i64(s, strlen(s), &v) || v < min || v > max)
		return false;
	*ret = v;
	return true;
}
