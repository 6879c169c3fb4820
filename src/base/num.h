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

/* NUL-terminated, with a range. */
bool num_i64_range(const char *s, int64_t min, int64_t max, int64_t *ret);

#endif
