/* SPDX-License-Identifier: MIT */
/*
 * Base64 alone: from memory in the second level cache to memory there. Prints bytes of data (not of
 * text) per microsecond, the median of many passes.
 *
 *     b64 encode|decode|lines best|scalar|ssse3|avx2    ours; `lines`: decoding text of 76 columns
 *     b64 encode|decode|lines LIBRARY                   glib's, with the path of libglib-2.0; its
 *                                                       decoder does not validate
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/b64.h"

#define DATA_BYTES (48 << 10)
#define TEXT_BYTES (DATA_BYTES / 3 * 4)
#define COLUMNS 76
#define PASSES 101
#define REPEATS 16 /* within a pass: more than the clock's grain */

static unsigned char data[DATA_BYTES], decoded[TEXT_BYTES];
static char          text[TEXT_BYTES + 8], lines[2 * TEXT_BYTES];
static size_t        n_lines;

static const struct b64_implementation *ours;

/* glib's prototypes, as of 2.12 */
typedef size_t (*glib_encode_step)(const void *in, size_t len, int break_lines, char *out,
				   int *state, int *save);
typedef size_t (*glib_encode_close)(int break_lines, char *out, int *state, int *save);
typedef size_t (*glib_decode_step)(const char *in, size_t len, void *out, int *state,
				   unsigned *save);
static glib_encode_step  step;
static glib_encode_close last;
static glib_decode_step  unstep;

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static size_t encode_ours(void)
{
	return b64_encode_with(ours, data, DATA_BYTES, text) / 4 * 3;
}

static size_t decode_text(const char *src, size_t n)
{
	size_t n_bytes;

	return b64_decode_with(ours, src, n, decoded, &n_bytes) < 0 ? 0 : n_bytes;
}

static size_t decode_ours(void)
{
	return decode_text(text, TEXT_BYTES);
}

static size_t lines_ours(void)
{
	return decode_text(lines, n_lines);
}

static size_t encode_glib(void)
{
	int    state = 0, save = 0;
	size_t n = step(data, DATA_BYTES, 0, text, &state, &save);

	return (n + last(0, text + n, &state, &save)) / 4 * 3;
}

static size_t decode_glib(void)
{
	int      state = 0;
	unsigned save = 0;

	return unstep(text, TEXT_BYTES, decoded, &state, &save);
}

static size_t lines_glib(void)
{
	int      state = 0;
	unsigned save = 0;

	return unstep(lines, n_lines, decoded, &state, &save);
}

static const struct verb {
	const char *name;
	size_t (*ours)(void);
	size_t (*glib)(void);
} verbs[] = {
	{"encode", encode_ours, encode_glib},
	{"decode", decode_ours, decode_glib},
	{"lines", lines_ours, lines_glib},
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "b64: %s: %s\n", what, why);
	exit(1);
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	fail(name, "no such operation");
	return NULL;
}

static const struct b64_implementation *find_implementation(const char *name)
{
	const struct b64_implementation *const *one;

	for (one = b64_implementations;; one++) {
		if ((*one)->is_supported() &&
		    (!strcmp(name, "best") || !strcmp(name, (*one)->name)))
			return *one;
		if (*one == &b64_scalar)
			fail(name, "not on this processor");
	}
}

static void *find_symbol(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	if (!symbol)
		fail(name, dlerror());
	return symbol;
}

static void open_glib(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);

	if (!library)
		fail(path, dlerror());
	step = (glib_encode_step)find_symbol(library, "g_base64_encode_step");
	last = (glib_encode_close)find_symbol(library, "g_base64_encode_close");
	unstep = (glib_decode_step)find_symbol(library, "g_base64_decode_step");
}

static void prepare(void)
{
	size_t i;

	srandom(1);
	for (i = 0; i < DATA_BYTES; i++)
		data[i] = (unsigned char)(random() >> 8);
	(void)b64_encode(data, DATA_BYTES, text);
	for (i = 0; i < TEXT_BYTES; i++) {
		lines[n_lines++] = text[i];
		if (i % COLUMNS == COLUMNS - 1)
			lines[n_lines++] = '\n';
	}
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t pass(size_t (*run)(void))
{
	uint64_t begun = now_ns();
	int      i;

	for (i = 0; i < REPEATS; i++)
		if (run() != DATA_BYTES)
			fail("result", "wrong");
	return now_ns() - begun;
}

int main(int argc, char **argv)
{
	static uint64_t    times[PASSES];
	const struct verb *verb;
	size_t (*run)(void);
	size_t i;

	if (argc != 3) {
		fprintf(stderr, "usage: b64 encode|decode|lines IMPLEMENTATION|LIBRARY\n");
		return 2;
	}
	verb = find_verb(argv[1]);
	if (strchr(argv[2], '/')) {
		open_glib(argv[2]);
		run = verb->glib;
	} else {
		ours = find_implementation(argv[2]);
		run = verb->ours;
	}
	prepare();
	for (i = 0; i < PASSES; i++)
		times[i] = pass(run);
	qsort(times, PASSES, sizeof(times[0]), compare_u64);
	printf("%" PRIu64 "\n", (uint64_t)DATA_BYTES * REPEATS * 1000 / times[PASSES / 2]);
	return 0;
}
