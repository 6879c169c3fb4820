/* SPDX-License-Identifier: MIT */
/*
 * From devices to the disks below them, where that gets wide, deep or circular, and where things
 * are missing. What the hardware is called is tested with captured machines (tests/roots).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured.h"
#include "sys/block.h"
#include "sys/sysdir.h"

#define VIRTUAL "/sys/devices/virtual/block/"

static struct captured c;
static struct arena    a;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&a, (size_t)64 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&a);
	captured_close(&c);
	return 0;
}

static void add_disk(int n)
{
	char path[128], text[128];

	(void)snprintf(path, sizeof(path), "/sys/devices/platform/x/sd%d/uevent", n);
	(void)snprintf(text, sizeof(text), "MAJOR=8\nMINOR=%d\nDEVNAME=sd%d\nDEVTYPE=disk\n", n, n);
	captured_file(&c, path, text);
}

static void add_slave(const char *upper, const char *name, const char *target)
{
	char path[128], text[128];

	(void)snprintf(path, sizeof(path), VIRTUAL "%s/slaves/%s", upper, name);
	(void)snprintf(text, sizeof(text), "/sys/devices/%s/%s", target, name);
	captured_link(&c, path, text);
}

static size_t resolve(const char *name, struct block_list *list)
{
	char path[128];

	(void)snprintf(path, sizeof(path), VIRTUAL "%s", name);
	*list = (struct block_list){.n = 0};
	assert_int_equal(block_resolve(&c.root, path, NULL, &a, list), 0);
	return list->n;
}

static void finds_the_disks_below(void **state)
{
	struct block_list list;

	(void)state;
	add_disk(1);
	add_disk(2);
	add_slave("dm-0", "sd1", "platform/x");
	add_slave("dm-0", "gone", "platform/x");
	add_slave("dm-1", "dm-0", "virtual/block");
	add_slave("dm-1", "sd2", "platform/x");
	assert_int_equal(resolve("dm-1", &list), 2);
	assert_int_equal(list.items[0].bus_type, BLOCK_BUS_UNKNOWN);
	assert_int_equal(list.items[0].pci.domain, -1);
	assert_int_equal(strlen(list.items[0].dev), strlen("/dev/sd1"));
	assert_int_equal(resolve("none", &list), 0);
	/* a partition of a virtual disk */
	assert_int_equal(resolve("dm-1/dm-1p1", &list), 2);
}

static void knows_where_devices_are(void **state)
{
	char path[ROOT_PATH_MAX];

	(void)state;
	add_disk(9);
	captured_link(&c, "/sys/dev/block/8:9", "../../devices/platform/x/sd9");
	captured_link(&c, "/sys/dev/block/8:10", "nowhere");
	assert_int_equal(block_find(&c.root, 8, 9, path), 1);
	assert_string_equal(path, "/sys/devices/platform/x/sd9");
	assert_string_equal(block_name(path), "sd9");
	assert_int_equal(block_find(&c.root, 8, 10, path), 0);
	assert_int_equal(block_find(&c.root, 8, 11, path), 0);
}

/* On the machine itself links are followed without opening what they lead to. */
static void follows_links_as_the_kernel_does(void **state)
{
	static struct sys_root here = {.fd = -1};
	struct sysdir          names;
	char                   link[300], path[ROOT_PATH_MAX], real[ROOT_PATH_MAX];
	size_t                 i;
	int                    os;

	(void)state;
	if (sysdir_read(&here, "/sys/class/block", sysdir_is_link, NULL, &a, &names, &os) < 0)
		skip();
	for (i = 0; i < names.n; i++) {
		(void)snprintf(link, sizeof(link), "/sys/class/block/%s", names.names[i]);
		if (root_resolve(&here, link, real, sizeof(real), &os) < 0)
			continue; /* gone meanwhile */
		assert_int_equal(block_follow(&here, link, path, &os), 0);
		assert_string_equal(path, real);
	}
	/* no links of that kind */
	assert_int_equal(block_follow(&here, "/sys/class", path, &os), 0);
	assert_string_equal(path, "/sys/class");
	assert_int_equal(block_follow(&here, "/sys/class/block/nothing", path, &os), -1);
	assert_int_equal(os, ENOENT);
}

static void stops_at_many_disks(void **state)
{
	struct block_list list;
	char              name[16];
	int               i;

	(void)state;
	for (i = 100; i < 100 + BLOCK_DISKS_MAX + 10; i++) {
		add_disk(i);
		(void)snprintf(name, sizeof(name), "sd%d", i);
		add_slave("wide", name, "platform/x");
	}
	assert_int_equal(resolve("wide", &list), BLOCK_DISKS_MAX);
}

static void stops_when_it_gets_deep(void **state)
{
	struct block_list list;
	char              upper[16], lower[16];
	int               i;

	(void)state;
	add_disk(1000);
	for (i = 0; i < BLOCK_DEPTH_MAX + 2; i++) {
		(void)snprintf(upper, sizeof(upper), "level%d", i);
		(void)snprintf(lower, sizeof(lower), "level%d", i + 1);
		add_slave(upper, lower, "virtual/block");
	}
	add_slave(lower, "sd1000", "platform/x");
	assert_int_equal(resolve("level0", &list), 0);
	assert_int_equal(resolve("level3", &list), 1);
	add_slave("level5", "level0", "virtual/block"); /* a circle */
	assert_true(resolve("level0", &list) < BLOCK_DISKS_MAX);
}

/* Eight devices on each level, each on all of the next: 8^6 ways down, and no disk there. */
static void stops_when_there_are_many_ways(void **state)
{
	struct block_list list;
	char              upper[16], lower[16];
	int               level, i, k;

	(void)state;
	for (level = 0; level < 6; level++)
		for (i = 0; i < 8; i++)
			for (k = 0; k < 8; k++) {
				(void)snprintf(upper, sizeof(upper), "way%d-%d", level, i);
				(void)snprintf(lower, sizeof(lower), "way%d-%d", level + 1, k);
				add_slave(upper, lower, "virtual/block");
			}
	for (k = 0; k < 8; k++) {
		(void)snprintf(lower, sizeof(lower), "way6-%d", k);
		add_slave(lower, "nothing", "virtual/block");
		captured_file(&c, VIRTUAL "nothing/size", "1");
	}
	assert_int_equal(resolve("way0-0", &list), 0);
	assert_true(list.visits >= BLOCK_VISITS_MAX);
}

static void little_memory_is_an_error(void **state)
{
	struct block_list list = {.n = 0};
	struct arena      small;

	(void)state;
	arena_init(&small, 600);
	assert_int_equal(block_resolve(&c.root, VIRTUAL "wide", NULL, &small, &list), -1);
	arena_fini(&small);
}

static bool any(const void *ctx, const struct dirent *entry)
{
	(void)ctx;
	return entry->d_name[0] != 0;
}

/* In the order of sysfs, which a program of its own has found out (kernel 6.18, x86-64). */
static void lists_like_sysfs(void **state)
{
	static const char *const order[] = {"loop1", "nvme0n1", "sdb", "vdb",   "md0",
					    "dm-0",  "sda1",    "sda", "zram0", "vda"};
	struct sysdir            d;
	char                     path[64];
	size_t                   i;
	int                      os;

	(void)state;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		(void)snprintf(path, sizeof(path), "/sys/order/%s", order[i]);
		captured_link(&c, path, "x");
	}
	assert_int_equal(sysdir_read(&c.root, "/sys/order", any, NULL, &a, &d, &os), 0);
	assert_int_equal(d.n, sizeof(order) / sizeof(order[0]));
	for (i = 0; i < d.n; i++)
		assert_string_equal(d.names[i], order[i]);
	assert_int_equal(sysdir_read(&c.root, "/sys/none", any, NULL, &a, &d, &os), -1);
	assert_int_equal(os, ENOENT);
}

static void long_directories_are_refused(void **state)
{
	struct sysdir d;
	char          path[512];
	int           i, os, fd;

	(void)state;
	captured_file(&c, "/sys/long/0", "");
	captured_path(&c, "/sys/long", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (i = 1; i <= SYSDIR_NAMES_MAX; i++) {
		(void)snprintf(path, sizeof(path), "%d", i);
		assert_int_equal(symlinkat("x", fd, path), 0);
	}
	assert_int_equal(sysdir_read(&c.root, "/sys/long", any, NULL, &a, &d, &os), -1);
	assert_int_equal(os, EOVERFLOW);
	assert_int_equal(unlinkat(fd, "1", 0), 0);
	assert_int_equal(sysdir_read(&c.root, "/sys/long", any, NULL, &a, &d, &os), 0);
	assert_int_equal(d.n, SYSDIR_NAMES_MAX);
	(void)close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_disks_below),
		cmocka_unit_test(knows_where_devices_are),
		cmocka_unit_test(follows_links_as_the_kernel_does),
		cmocka_unit_test(stops_at_many_disks),
		cmocka_unit_test(stops_when_it_gets_deep),
		cmocka_unit_test(stops_when_there_are_many_ways),
		cmocka_unit_test(little_memory_is_an_error),
		cmocka_unit_test(lists_like_sysfs),
		cmocka_unit_test(long_directories_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
