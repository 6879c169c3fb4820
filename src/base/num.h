/* SPDX-License-Identifier: MIT */
/*
 * Checked number parsing. The whole text must be the number; scanf, atoi and bare strtol are banned
 * in this tree.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits (a leading '-' for the signed one) filling s[0..n); false on anything else or
 * overflow. */
bool num_u64(const char *s, size_t n, uint64_t *ret);
bool num_i64(const char *s, size_t n, int64_t *ret);

/* Digits with at most one point among them, as in /proc/loadavg: at most NUM_DECIMAL_MAX digits, so
 * that the result is exactly what strtod(3) says. */
#define NUM_DECIMAL_MAX 15
bool num_decimal(const char *s, size_t n, double *ret);

/* Hexadecimal digits without a prefix, up to 16. */
bool num_hex(const char *s, size_t n, uint64_t *ret);

/* NUL-terminated, with a range. */
bool num_i64_range(const char *s, int64_t min, int64_t max, int64_t *ret);

#endif
