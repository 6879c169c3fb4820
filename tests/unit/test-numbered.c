/* SPDX-License-Identifier: MIT */
/* Numbered entries of a directory, and the small files below it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sys/numbered.h"

static char           top[] = "/tmp/virtagent-numbered-XXXXXX";
static int            dir;
static enum attr_step step;
static int            os;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static void add(const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int list(const char *prefix, struct arena *a, uint64_t **ret, size_t *ret_n)
{
	DIR *d = opendir(top);
	int  rc;

	assert_non_null(d);
	rc = numbered_list(d, prefix, a, ret, ret_n, &os);
	(void)closedir(d);
	return rc;
}

static void sorted_by_number(void **state)
{
	static const char *const names[] = {"cpu10",   "cpu9",
					    "cpu0",    "cpu",
					    "cpufreq", "cpu1x",
					    "cpu-1",   "cpu 2",
					    "xcpu3",   "CPU4",
					    "memory",  "memory123",
					    "memory7", "cpu00018446744073709551616"};
	struct arena             a;
	uint64_t                *numbers;
	size_t                   n, i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		add(names[i], "");
	arena_init(&a, 1 << 20);
	assert_int_equal(list("cpu", &a, &numbers, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(numbers[0], 0);
	assert_int_equal(numbers[1], 9);
	assert_int_equal(numbers[2], 10);
	assert_int_equal(list("node", &a, &numbers, &n), 0);
	assert_int_equal(n, 0);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(unlinkat(dir, names[i], 0), 0);
	arena_fini(&a);
}

static void many(void **state)
{
	struct arena a, small;
	uint64_t    *numbers;
	size_t       n, i;
	char         name[32];

	(void)state;
	for (i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "block%zu", i * 7919 % 1000);
		add(name, "");
	}
	arena_init(&a, 1 << 20);
	arena_init(&small, 4096);
	assert_int_equal(list("block", &a, &numbers, &n), 0);
	assert_int_equal(n, 1000);
	for (i = 0; i < n; i++)
		assert_int_equal(numbers[i], i);
	assert_int_equal(list("block", &small, &numbers, &n), -1);
	assert_int_equal(os, ENOMEM);
	for (i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "block%zu", i);
		(void)unlinkat(dir, name, 0);
	}
	arena_fini(&a);
	arena_fini(&small);
}

static void attributes(void **state)
{
	char text[ATTR_BYTES];

	(void)state;
	add("a", "online\n");
	assert_int_equal(attr_read_at(dir, "a", text, &step, &os), 7);
	assert_string_equal(text, "online\n");
	add("a", "0123456789012345678901234567890123456789");
	assert_int_equal(attr_read_at(dir, "a", text, &step, &os), ATTR_BYTES - 1);
	assert_int_equal(strlen(text), ATTR_BYTES - 1);
	add("a", "");
	assert_int_equal(attr_read_at(dir, "a", text, &step, &os), -1);
	assert_int_equal(step, ATTR_EMPTY);
	assert_int_equal(os, 0);
	assert_int_equal(attr_read_at(dir, "none", text, &step, &os), -1);
	assert_int_equal(step, ATTR_OPEN);
	assert_int_equal(os, ENOENT);
	assert_int_equal(attr_read_at(dir, ".", text, &step, &os), -1);
	assert_int_equal(step, ATTR_TRANSFER);
	assert_int_equal(os, EISDIR);
	assert_int_equal(attr_write_at(dir, "a", "1", &step, &os), 0);
	assert_int_equal(attr_read_at(dir, "a", text, &step, &os), 1);
	assert_int_equal(attr_write_at(dir, "none", "1", &step, &os), -1);
	assert_int_equal(os, ENOENT);
	assert_int_equal(unlinkat(dir, "a", 0), 0);
	assert_int_equal(attr_write_at(AT_FDCWD, "/dev/full", "1", &step, &os), -1);
	assert_int_equal(step, ATTR_TRANSFER);
	assert_int_equal(os, ENOSPC);
}

static int teardown(void **state)
{
	(void)state;
	(void)close(dir);
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_by_number),
		cmocka_unit_test(many),
		cmocka_unit_test(attributes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
