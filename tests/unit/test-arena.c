/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_zeroed_and_aligned(void **state)
{
	struct arena a;
	size_t       size, i;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xA5, size);
	}
	arena_fini(&a);
}

static void test_pieces_do_not_overlap(void **state)
{
	unsigned char *p[200];
	struct arena   a;
	size_t         i, k;

	(void)state;
	arena_init(&a, 1 << 20);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = arena_alloc(&a, i * 13 % 257 + 1);
		assert_non_null(p[i]);
		memset(p[i], (int)i, i * 13 % 257 + 1);
	}
	for (i = 0; i < ARRAY_SIZE(p); i++)
		for (k = 0; k < i * 13 % 257 + 1; k++)
			assert_int_equal(p[i][k], (unsigned char)i);
	arena_fini(&a);
}

static void test_size_zero_gives_distinct_pointers(void **state)
{
	struct arena a;
	void        *p, *q;

	(void)state;
	arena_init(&a, 1000);
	p = arena_alloc(&a, 0);
	q = arena_array(&a, 0, 8);
	assert_non_null(p);
	assert_non_null(q);
	assert_ptr_not_equal(p, q);
	arena_fini(&a);
}

static void test_cap_is_hard(void **state)
{
	static const size_t caps[] = {0, 1, 15, 16, 100, 4095, 4096, 4097, 10000, 100000};
	size_t              i, total;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		struct arena a;

		arena_init(&a, caps[i]);
		for (total = 0; arena_alloc(&a, 16); total += 16)
			assert_in_range(a.used, 0, caps[i]);
		assert_in_range(total, 0, caps[i]);
		assert_in_range(a.used, 0, caps[i]);
		/* what does not fit must not hide that less would: the cap is used to the last
		 * piece */
		assert_in_range(caps[i] - total, 0, 15);
		arena_fini(&a);
		assert_int_equal(a.used, 0);
		assert_int_equal(a.cap, caps[i]);
	}
}

static void test_one_piece_of_the_whole_cap(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_null(arena_alloc(&a, (1 << 20) + 1));
	assert_non_null(arena_alloc(&a, 1 << 20));
	assert_null(arena_alloc(&a, 1));
	arena_fini(&a);
	assert_non_null(arena_alloc(&a, 1));
	arena_fini(&a);
	arena_fini(&a);
}

static void test_sizes_do_not_wrap(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - _Alignof(max_align_t)));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_null(arena_array(&a, SIZE_MAX, SIZE_MAX));
	assert_null(arena_strndup(&a, "x", SIZE_MAX));
	assert_non_null(arena_array(&a, 10, 8));
	arena_fini(&a);
}

static void test_copies(void **state)
{
	char         bytes[3] = {'a', 'b', 'c'};
	struct arena a;
	char        *s;

	(void)state;
	arena_init(&a, 1 << 20);
	s = arena_strdup(&a, "hello");
	assert_string_equal(s, "hello");
	assert_string_equal(arena_strdup(&a, ""), "");
	assert_string_equal(arena_strndup(&a, bytes, 3), "abc");
	assert_string_equal(arena_strndup(&a, bytes, 0), "");
	assert_string_equal(arena_printf(&a, "%s-%05d", "x", 42), "x-00042");
	s = arena_printf(&a, "%*d", 9000, 7);
	assert_int_equal(strlen(s), 9000);
	arena_fini(&a);

	arena_init(&a, 16);
	assert_null(arena_strdup(&a, "a text of more than sixteen bytes"));
	assert_null(arena_printf(&a, "%s", "a text of more than sixteen bytes"));
	assert_string_equal(arena_strdup(&a, "short"), "short");
	arena_fini(&a);
}

static void test_arrays_grow(void **state)
{
	struct arena a;
	int         *items = NULL;
	size_t       n = 0, i;

	(void)state;
	arena_init(&a, 1 << 20);
	for (i = 0; i < 10000; i++) {
		int *item = arena_push(&a, &items, &n, sizeof(*item));

		assert_non_null(item);
		assert_int_equal(*item, 0);
		*item = (int)i;
	}
	assert_int_equal(n, 10000);
	for (i = 0; i < n; i++)
		assert_int_equal(items[i], i);
	arena_fini(&a);

	items = NULL;
	arena_init(&a, 1024);
	for (n = 0, i = 0; arena_push(&a, &items, &n, sizeof(*items)); i++)
		;
	assert_int_equal(n, i);
	assert_in_range(n, 8, 256);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_and_aligned),
		cmocka_unit_test(test_pieces_do_not_overlap),
		cmocka_unit_test(test_size_zero_gives_distinct_pointers),
		cmocka_unit_test(test_cap_is_hard),
		cmocka_unit_test(test_one_piece_of_the_whole_cap),
		cmocka_unit_test(test_sizes_do_not_wrap),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_arrays_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
