/* SPDX-License-Identifier: MIT */
/*
 * Every implementation that this processor has, against division bit by bit and against what
 * cksum(1) of coreutils has said. Data are on the heap and end where they end, so the sanitizer
 * sees each byte too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/cksum.h"
#include "random.h"
#include "sample.h"

static uint64_t seed;

static uint32_t naive(uint32_t crc, const unsigned char *p, size_t n)
{
	int bit;

	for (; n > 0; n--, p++) {
		crc ^= (uint32_t)*p << 24;
		for (bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? UINT32_C(0x04C11DB7) : 0);
	}
	return crc;
}

static void fill(struct random *r, unsigned char *p, size_t n)
{
	for (; n > 0; n--)
		*p++ = (unsigned char)random_next(r);
}

static void compare(uint32_t crc, const unsigned char *data, size_t n, size_t skew)
{
	const struct cksum_implementation *const *i = cksum_implementations;
	char                                     *memory = sample_memory(n + skew);
	uint32_t                                  wanted = naive(crc, data, n);

	memcpy(memory + skew, data, n);
	for (;; i++) {
		uint32_t found = wanted;

		if ((*i)->is_supported())
			found = (*i)->add(crc, (unsigned char *)memory + skew, n);
		if (found != wanted)
			fail_msg("%s: %zu bytes from %#x on: %#x, not %#x", (*i)->name, n, crc,
				 found, wanted);
		if (*i == &cksum_scalar)
			break;
	}
	free(memory);
}

static void test_lengths(void **state)
{
	unsigned char data[700];
	struct random r;
	size_t        n;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	for (n = 0; n <= sizeof(data); n++) {
		compare(0, data, n, n % 17);
		compare((uint32_t)random_next(&r), data, n, n % 16);
	}
}

/* One bit at each place: what the distance of each register is, and where it is in the result. */
static void test_single_bits(void **state)
{
	unsigned char data[256];
	size_t        bit;

	(void)state;
	for (bit = 0; bit < sizeof(data) * 8; bit++) {
		memset(data, 0, sizeof(data));
		data[bit / 8] = (unsigned char)(1 << bit % 8);
		compare(0, data, sizeof(data), 0);
	}
	for (bit = 0; bit < 32; bit++) {
		memset(data, 0, sizeof(data));
		compare(UINT32_C(1) << bit, data, sizeof(data), 0);
	}
}

static void test_large(void **state)
{
	size_t          n = (size_t)1 << 20;
	auto_free char *data = sample_memory(n);
	struct random   r;

	(void)state;
	random_init(&r, seed);
	fill(&r, (unsigned char *)data, n);
	compare(0, (unsigned char *)data, n, 3);
	compare(UINT32_MAX, (unsigned char *)data, n - 1, 5);
	memset(data, 0xff, n);
	compare(0, (unsigned char *)data, n, 0);
}

static void test_pieces(void **state)
{
	unsigned char data[5000];
	struct cksum  whole = {0};
	struct random r;
	int           turn;

	(void)state;
	random_init(&r, seed);
	fill(&r, data, sizeof(data));
	cksum_add(&whole, data, sizeof(data));
	for (turn = 0; turn < 200; turn++) {
		struct cksum pieces = {0};
		size_t       done = 0;

		while (done < sizeof(data)) {
			size_t n = random_below(&r, 400);

			n = n < sizeof(data) - done ? n : sizeof(data) - done;
			cksum_add(&pieces, data + done, n);
			done += n;
		}
		assert_int_equal(pieces.bytes, sizeof(data));
		assert_int_equal(cksum_value(&pieces), cksum_value(&whole));
	}
}

static uint32_t value_of(const void *data, size_t n)
{
	struct cksum c = {0};

	cksum_add(&c, data, n);
	return cksum_value(&c);
}

/* seq 1 2000 | cksum, and so on */
static void test_what_the_program_says(void **state)
{
	auto_free char *zeros = sample_memory(1000000), *lines = sample_memory(9000);
	size_t          n = 0;
	int             i;

	(void)state;
	memset(zeros, 0, 1000000);
	for (i = 1; i <= 2000; i++)
		n += (size_t)snprintf(lines + n, 9000 - n, "%d\n", i);
	assert_int_equal(value_of("", 0), 4294967295);
	assert_int_equal(value_of("a", 1), 1220704766);
	assert_int_equal(value_of("123456789", 9), 930766865);
	assert_int_equal(value_of(zeros, 1000000), 1345294785);
	assert_int_equal(value_of(lines, n), 852505425);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_single_bits),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_what_the_program_says),
	};

	seed = random_seed_of(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
