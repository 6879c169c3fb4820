/* SPDX-License-Identifier: MIT */
/*
 * Both implementations of json_scan_string() against a naive loop: the one for this processor may
 * use vectors, the other is compiled in here under another name. Buffers end where the memory ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "json/scan.h"

#define json_scan_string scan_word
const unsigned char *scan_word(const unsigned char *p, const unsigned char *end,
			       unsigned char quote);
#include "json/scan_word.c"
#undef json_scan_string

#ifdef __SSE2__
#define json_scan_string scan_sse2
const unsigned char *scan_sse2(const unsigned char *p, const unsigned char *end,
			       unsigned char quote);
#include "json/scan_sse2.c"
#undef json_scan_string
#endif

struct variant {
	const char *name;
	const unsigned char *(*scan)(const unsigned char *p, const unsigned char *end,
				     unsigned char quote);
};

static const struct variant variants[] = {
	{"linked", json_scan_string},
	{"word", scan_word},
#ifdef __SSE2__
	{"sse2", scan_sse2},
#endif
};

static const unsigned char quotes[] = {'"', '\''};

static const unsigned char *naive(const unsigned char *p, const unsigned char *end,
				  unsigned char quote)
{
	while (p < end && *p != quote && *p != '\\' && *p >= 0x20 && *p < 0x80)
		p++;
	return p;
}

static void compare(const unsigned char *p, const unsigned char *end)
{
	size_t i, q;

	for (q = 0; q < ARRAY_SIZE(quotes); q++) {
		const unsigned char *want = naive(p, end, quotes[q]);

		for (i = 0; i < ARRAY_SIZE(variants); i++) {
			const unsigned char *got = variants[i].scan(p, end, quotes[q]);

			if (got != want)
				fail_msg("%s: %td bytes, stops at %td, not at %td",
					 variants[i].name, end - p, got - p, want - p);
		}
	}
}

/* The last byte of the page in front of one that cannot be read. */
static unsigned char *guarded_end(void)
{
	size_t         page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	return map + page;
}

static void test_every_byte_at_every_place(void **state)
{
	unsigned char *end = guarded_end();
	size_t         n, at;
	unsigned       byte;

	(void)state;
	for (n = 0; n <= 40; n++) {
		unsigned char *p = end - n;

		memset(p, 'x', n);
		compare(p, end);
		for (at = 0; at < n; at++) {
			for (byte = 0; byte <= 0xFF; byte++) {
				p[at] = (unsigned char)byte;
				compare(p, end);
			}
			p[at] = 'x';
		}
	}
}

/* Pairs: a byte that borrows from its neighbour must not hide or invent one. */
static void test_neighbours(void **state)
{
	static const unsigned char edges[] = {0x00, 0x01, 0x1F, 0x20, 0x21, '"',  0x23, 0x26, '\'',
					      0x28, 0x5B, '\\', 0x5D, 0x7F, 0x80, 0x81, 0xFE, 0xFF};
	unsigned char             *end = guarded_end(), *p = end - 32;
	size_t                     at, a, b;

	(void)state;
	for (at = 0; at < 31; at++) {
		for (a = 0; a < sizeof(edges); a++) {
			for (b = 0; b < sizeof(edges); b++) {
				memset(p, 0x20, 32);
				p[at] = edges[a];
				p[at + 1] = edges[b];
				compare(p, end);
			}
		}
	}
}

static void test_every_alignment(void **state)
{
	unsigned char *end = guarded_end();
	size_t         start, n;

	(void)state;
	memset(end - 256, '~', 256);
	end[-100] = '"';
	for (start = 101; start <= 256; start++)
		for (n = 0; n <= start; n++)
			compare(end - start, end - start + n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_at_every_place),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_every_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
