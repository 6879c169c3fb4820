/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "front/handles.h"

#define FIRST 1000

static struct handles handles;
static struct err     err;

/* Descriptors are only numbers here, but for the one that is closed. */
static int64_t opened(int fd, int64_t first)
{
	return handles_opened(&handles, fd, first, &err);
}

static void begin(void)
{
	assert_int_equal(handles_begin_open(&handles, &err), 0);
}

/* As the front does it: reserves when it is told to. */
static int64_t open_one(int fd, int64_t *next_reserved)
{
	int64_t first = 0, n;

	begin();
	n = handles_to_reserve(&handles);
	if (n > 0) {
		first = *next_reserved;
		*next_reserved += n;
	}
	return opened(fd, first);
}

static int setup(void **state)
{
	(void)state;
	memset(&handles, 0, sizeof(handles));
	err_init(&err);
	return 0;
}

static int teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < HANDLES_BUCKETS; i++)
		while (handles.buckets[i])
			(void)handles_remove(&handles, handles.buckets[i]);
	return handles.n == 0 ? 0 : -1;
}

static void test_empty(void **state)
{
	static const int64_t numbers[] = {0, 1, -1, FIRST, INT64_MAX, INT64_MIN};
	size_t               i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_null(handles_find(&handles, numbers[i]));
}

static void test_open(void **state)
{
	struct handle *h;

	(void)state;
	begin();
	assert_int_equal(handles.opening, 1);
	assert_int_equal(opened(70, FIRST), FIRST);
	assert_int_equal(handles.opening, 0);
	assert_int_equal(handles.n, 1);
	h = handles_find(&handles, FIRST);
	assert_non_null(h);
	assert_int_equal(h->number, FIRST);
	assert_int_equal(h->fd, 70);
	assert_int_equal(h->deferred, 0);
	assert_int_equal(h->busy, false);
	assert_null(handles_find(&handles, FIRST + 1));
	assert_null(handles_find(&handles, FIRST + HANDLES_BUCKETS));
	assert_null(handles_find(&handles, FIRST - HANDLES_BUCKETS));
}

/* One after the other: a number each, one reservation in so many. */
static void test_numbers(void **state)
{
	int64_t reserved = FIRST;
	int     i;

	(void)state;
	for (i = 0; i < 3 * HANDLES_RESERVE; i++) {
		assert_int_equal(open_one(i, &reserved), FIRST + i);
		assert_int_equal(reserved, FIRST + (i / HANDLES_RESERVE + 1) * HANDLES_RESERVE);
	}
}

/* A number does not come back with its handle gone. */
static void test_numbers_are_not_reused(void **state)
{
	int64_t reserved = FIRST;
	int     i;

	(void)state;
	for (i = 0; i < 10; i++) {
		assert_int_equal(open_one(5, &reserved), FIRST + i);
		assert_int_equal(handles_remove(&handles, handles_find(&handles, FIRST + i)), 5);
	}
	assert_int_equal(handles.n, 0);
}

static void test_limit(void **state)
{
	int64_t reserved = FIRST;
	int     i;

	(void)state;
	for (i = 0; i < HANDLES_MAX; i++)
		assert_int_equal(open_one(i, &reserved), FIRST + i);
	assert_int_equal(handles_begin_open(&handles, &err), -1);
	assert_string_equal(err.text, "limit exceeded: 1024 open file handles");
	assert_int_equal(handles.opening, 0);
	assert_int_equal(handles.n, HANDLES_MAX);
	(void)handles_remove(&handles, handles_find(&handles, FIRST + 17));
	assert_int_equal(open_one(9, &reserved), FIRST + HANDLES_MAX);
	err_init(&err);
	assert_int_equal(handles_begin_open(&handles, &err), -1);
}

/* Opens under way count, until they fail. */
static void test_limit_counts_opening(void **state)
{
	int i;

	(void)state;
	begin();
	assert_int_equal(opened(3, FIRST), FIRST);
	for (i = 1; i < HANDLES_MAX; i++)
		begin();
	assert_int_equal(handles_begin_open(&handles, &err), -1);
	handles_not_opened(&handles);
	err_init(&err);
	begin();
	assert_int_equal(handles_begin_open(&handles, &err), -1);
	for (i = 1; i < HANDLES_MAX; i++)
		handles_not_opened(&handles);
	assert_int_equal(handles.opening, 0);
	assert_int_equal(handles.n, 1);
}

static void test_reserve(void **state)
{
	int i;

	(void)state;
	begin();
	assert_int_equal(handles_to_reserve(&handles), HANDLES_RESERVE);
	handles_not_opened(&handles);
	begin();
	assert_int_equal(handles_to_reserve(&handles), HANDLES_RESERVE);
	assert_int_equal(opened(3, FIRST), FIRST);
	/* the rest is enough for all but one of these */
	for (i = 1; i < HANDLES_RESERVE; i++) {
		begin();
		assert_int_equal(handles_to_reserve(&handles), 0);
	}
	begin();
	assert_int_equal(handles_to_reserve(&handles), HANDLES_RESERVE);
	/* the last comes first: there is a number for everyone */
	assert_int_equal(opened(3, FIRST + HANDLES_RESERVE), FIRST + HANDLES_RESERVE);
	for (i = 1; i < HANDLES_RESERVE; i++)
		assert_int_equal(opened(3, 0), FIRST + HANDLES_RESERVE + i);
	begin();
	assert_int_equal(handles_to_reserve(&handles), HANDLES_RESERVE);
	handles_not_opened(&handles);
}

/* Two reservations at once, the later one first. */
static void test_reservations_cross(void **state)
{
	(void)state;
	begin();
	begin();
	assert_int_equal(handles_to_reserve(&handles), HANDLES_RESERVE);
	assert_int_equal(opened(3, FIRST + HANDLES_RESERVE), FIRST + HANDLES_RESERVE);
	/* the numbers of the earlier one are left out: the counter does not go back */
	assert_int_equal(opened(4, FIRST), FIRST + HANDLES_RESERVE + 1);
	assert_int_equal(handles_find(&handles, FIRST + HANDLES_RESERVE)->fd, 3);
	assert_int_equal(handles_find(&handles, FIRST + HANDLES_RESERVE + 1)->fd, 4);
	assert_int_equal(handles.highest, FIRST + 2 * HANDLES_RESERVE);
	assert_int_equal(handles.n, 2);
}

/* Without a number the descriptor is closed. */
static void test_no_number(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	begin();
	assert_int_equal(opened(fds[0], 0), -1);
	assert_int_equal(err.set, true);
	assert_non_null(strstr(err.text, "cannot keep the file handle"));
	assert_int_equal(handles.n, 0);
	assert_int_equal(handles.opening, 0);
	assert_int_equal(close(fds[0]), -1);
	assert_int_equal(close(fds[1]), 0);
}

/* Four in one bucket, removed from the middle, the head and the end. */
static void test_one_bucket(void **state)
{
	static const int order[] = {2, 3, 0, 1};
	struct handle   *h;
	size_t           i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		int64_t number = FIRST + (int64_t)i * HANDLES_BUCKETS;

		begin();
		assert_int_equal(opened(50 + (int)i, number), number);
	}
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		h = handles_find(&handles, FIRST + order[i] * HANDLES_BUCKETS);
		assert_non_null(h);
		assert_int_equal(handles_remove(&handles, h), 50 + order[i]);
		for (k = 0; k < ARRAY_SIZE(order); k++) {
			h = handles_find(&handles, FIRST + order[k] * HANDLES_BUCKETS);
			assert_int_equal(h != NULL, k > i);
		}
	}
	assert_int_equal(handles.n, 0);
}

/* All there may be, every other one removed. */
static void test_many_buckets(void **state)
{
	int64_t reserved = INT64_C(1) << 40, start = reserved;
	int     i;

	(void)state;
	for (i = 0; i < HANDLES_MAX; i++)
		assert_int_equal(open_one(i, &reserved), start + i);
	for (i = 0; i < HANDLES_BUCKETS; i++)
		assert_non_null(handles.buckets[i]);
	for (i = 0; i < HANDLES_MAX; i += 2)
		assert_int_equal(handles_remove(&handles, handles_find(&handles, start + i)), i);
	assert_int_equal(handles.n, HANDLES_MAX / 2);
	for (i = 0; i < HANDLES_MAX; i++) {
		struct handle *h = handles_find(&handles, start + i);

		assert_int_equal(h != NULL, i % 2);
		if (h)
			assert_int_equal(h->fd, i);
	}
}

#define HANDLES_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HANDLES_TEST(test_empty),        HANDLES_TEST(test_open),
		HANDLES_TEST(test_numbers),      HANDLES_TEST(test_numbers_are_not_reused),
		HANDLES_TEST(test_limit),        HANDLES_TEST(test_limit_counts_opening),
		HANDLES_TEST(test_reserve),      HANDLES_TEST(test_reservations_cross),
		HANDLES_TEST(test_no_number),    HANDLES_TEST(test_one_bucket),
		HANDLES_TEST(test_many_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
