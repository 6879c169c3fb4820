/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "ipc/ring.h"
#include "random.h"

static uint64_t seed;

struct both {
	struct ring worker, front;
};

static void both_open(struct both *b)
{
	struct err err;
	int        fd;

	*b = (struct both){0};
	err_init(&err);
	assert_int_equal(ring_create(&b->worker, &fd, &err), 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(ring_attach(&b->front, fd, &err), 0);
	/* nobody can shrink it under the front's feet */
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, (off_t)(2 * RING_BYTES)), -1);
	(void)close(fd);
}

static void both_close(struct both *b)
{
	ring_fini(&b->worker);
	ring_fini(&b->front);
	ring_fini(&b->front);
	assert_null(b->front.base);
}

static void test_empty_and_full(void **state)
{
	const char *from;
	struct both b;
	char       *to;

	(void)state;
	both_open(&b);
	assert_int_equal(ring_peek(&b.front, &from), 0);
	assert_int_equal(ring_room(&b.worker, &to), RING_BYTES);
	ring_produce(&b.worker, RING_BYTES);
	assert_int_equal(ring_room(&b.worker, &to), 0);
	assert_int_equal(ring_announce(&b.front, RING_BYTES), true);
	assert_int_equal(ring_announce(&b.front, 1), false);
	assert_int_equal(ring_peek(&b.front, &from), RING_BYTES);
	ring_consume(&b.front, RING_BYTES);
	assert_int_equal(ring_peek(&b.front, &from), 0);
	ring_acked(&b.worker, RING_BYTES);
	assert_int_equal(ring_room(&b.worker, &to), RING_BYTES);
	both_close(&b);
}

/* What is announced is believed only as far as it fits. */
static void test_announce_bounds(void **state)
{
	struct ring none = {0};
	struct both b;

	(void)state;
	assert_int_equal(ring_announce(&none, 1), false);
	both_open(&b);
	assert_int_equal(ring_announce(&b.front, RING_BYTES + 1), false);
	assert_int_equal(ring_announce(&b.front, SIZE_MAX), false);
	assert_int_equal(ring_announce(&b.front, 10), true);
	assert_int_equal(ring_announce(&b.front, RING_BYTES - 9), false);
	assert_int_equal(ring_announce(&b.front, SIZE_MAX - 5), false);
	assert_int_equal(ring_announce(&b.front, RING_BYTES - 10), true);
	both_close(&b);
}

static void test_acked_bounds(void **state)
{
	struct both b;
	char       *to;

	(void)state;
	both_open(&b);
	ring_produce(&b.worker, 10);
	ring_acked(&b.worker, 1000);
	assert_int_equal(b.worker.used, 0);
	assert_int_equal(ring_room(&b.worker, &to), RING_BYTES);
	both_close(&b);
}

/* What goes over the end is in one piece for both sides all the same. */
static void test_wraps(void **state)
{
	const char *from;
	struct both b;
	char       *to;

	(void)state;
	both_open(&b);
	ring_produce(&b.worker, RING_BYTES - 3);
	(void)ring_announce(&b.front, RING_BYTES - 3);
	ring_consume(&b.front, RING_BYTES - 3);
	ring_acked(&b.worker, RING_BYTES - 3);
	assert_int_equal(ring_room(&b.worker, &to), RING_BYTES);
	memset(to, 'x', RING_BYTES);
	memcpy(to, "abcde", 5);
	to[RING_BYTES - 1] = 'z';
	ring_produce(&b.worker, RING_BYTES);
	assert_int_equal(ring_room(&b.worker, &to), 0);
	assert_int_equal(ring_announce(&b.front, RING_BYTES), true);
	assert_int_equal(ring_peek(&b.front, &from), RING_BYTES);
	assert_memory_equal(from, "abcdex", 6);
	assert_int_equal(from[RING_BYTES - 1], 'z');
	ring_consume(&b.front, 4);
	assert_int_equal(ring_peek(&b.front, &from), RING_BYTES - 4);
	assert_memory_equal(from, "ex", 2);
	both_close(&b);
}

/* Taken back before the front was told, over the end, too. */
static void test_unproduce(void **state)
{
	struct both b;
	char       *first, *to;

	(void)state;
	both_open(&b);
	ring_produce(&b.worker, RING_BYTES - 3);
	ring_acked(&b.worker, RING_BYTES - 3);
	(void)ring_room(&b.worker, &first);
	ring_produce(&b.worker, 10);
	ring_unproduce(&b.worker, 10);
	assert_int_equal(ring_room(&b.worker, &to), RING_BYTES);
	assert_ptr_equal(to, first);
	ring_produce(&b.worker, 10);
	ring_unproduce(&b.worker, 4);
	assert_int_equal(ring_room(&b.worker, &to), RING_BYTES - 6);
	assert_int_equal(b.worker.pos, 3);
	both_close(&b);
}

static unsigned char pattern(size_t at)
{
	return (unsigned char)(at * 131 + at / 251);
}

/* Random amounts on both sides: every byte arrives once and in order. */
static void test_stream(void **state)
{
	size_t        made = 0, announced = 0, seen = 0, acked = 0;
	struct random r;
	struct both   b;

	(void)state;
	random_init(&r, seed);
	both_open(&b);
	while (seen < 6 * RING_BYTES) {
		const char *from;
		char       *to;
		size_t      n, i, want = 1 + random_below(&r, RING_BYTES / 3);

		n = ring_room(&b.worker, &to);
		n = n < want ? n : want;
		for (i = 0; i < n; i++)
			to[i] = (char)pattern(made + i);
		ring_produce(&b.worker, n);
		made += n;
		if (random_below(&r, 2)) {
			assert_int_equal(ring_announce(&b.front, made - announced), true);
			announced = made;
		}
		n = ring_peek(&b.front, &from);
		want = 1 + random_below(&r, RING_BYTES / 3);
		n = n < want ? n : want;
		for (i = 0; i < n; i++)
			if ((unsigned char)from[i] != pattern(seen + i))
				fail_msg("seed %llu: byte %zu is %02X, not %02X",
					 (unsigned long long)seed, seen + i, (unsigned char)from[i],
					 pattern(seen + i));
		if (n > 0)
			ring_consume(&b.front, n);
		seen += n;
		if (random_below(&r, 2)) {
			ring_acked(&b.worker, seen - acked);
			acked = seen;
		}
	}
	both_close(&b);
}

static int sealed_memfd(off_t size, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_in_range(fd, 0, 10000);
	assert_int_equal(ftruncate(fd, size), 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void expect_refused(int fd, const char *want)
{
	struct ring r = {0};
	struct err  err;

	err_init(&err);
	assert_int_equal(ring_attach(&r, fd, &err), -1);
	if (want)
		assert_string_equal(err.text, want);
	assert_null(r.base);
	(void)close(fd);
}

static void test_attach_refuses(void **state)
{
	struct both b;
	struct err  err;
	int         fd;

	(void)state;
	expect_refused(sealed_memfd((off_t)RING_BYTES, 0), "a worker sent an unsealed reply ring");
	expect_refused(open("/dev/zero", O_RDWR | O_CLOEXEC),
		       "a worker sent an unsealed reply ring");
	both_open(&b);
	fd = sealed_memfd((off_t)RING_BYTES, F_SEAL_SHRINK);
	err_init(&err);
	assert_int_equal(ring_attach(&b.front, fd, &err), -1);
	assert_string_equal(err.text, "a worker sent a second reply ring");
	(void)close(fd);
	both_close(&b);
}

/* Reading behind the end of a memfd is a fatal signal in the front. */
static void test_attach_refuses_a_short_memfd(void **state)
{
	(void)state;
	expect_refused(sealed_memfd(4096, F_SEAL_SHRINK | F_SEAL_GROW), NULL);
	expect_refused(sealed_memfd(0, F_SEAL_SHRINK), NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_and_full),
		cmocka_unit_test(test_announce_bounds),
		cmocka_unit_test(test_acked_bounds),
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_unproduce),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_attach_refuses),
		cmocka_unit_test(test_attach_refuses_a_short_memfd),
	};

	seed = random_seed_of(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
