/* SPDX-License-Identifier: MIT */
/* Orders of freezing on hand-made machines: a tree in which sysfs looks as the kernel makes it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sys/root.h"
#include "sys/stacking.h"

static char               top[64];
static struct sys_root    root;
static struct arena       arena;
static struct mount_table table;
static struct stacking    stacking;
static struct err         err;

/* --- machines --- */

static void make_directories(const char *path)
{
	char whole[512], *slash;

	(void)snprintf(whole, sizeof(whole), "%s%s", top, path);
	for (slash = whole + strlen(top) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(whole, 0755); /* most are there */
		*slash = '/';
	}
}

static void put(const char *path, const char *text)
{
	char           whole[512];
	auto_close int fd = -1;

	make_directories(path);
	(void)snprintf(whole, sizeof(whole), "%s%s", top, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void link_to(const char *text, const char *path)
{
	char whole[512];

	make_directories(path);
	(void)snprintf(whole, sizeof(whole), "%s%s", top, path);
	assert_int_equal(symlink(text, whole), 0);
}

static void disk(const char *name, const char *numbers)
{
	char path[256], text[128];

	(void)snprintf(path, sizeof(path), "/sys/devices/virtual/block/%s/dev", name);
	(void)snprintf(text, sizeof(text), "%s\n", numbers);
	put(path, text);
	(void)snprintf(path, sizeof(path), "/sys/dev/block/%s", numbers);
	(void)snprintf(text, sizeof(text), "../../devices/virtual/block/%s", name);
	link_to(text, path);
}

static void partition(const char *of, const char *name, const char *numbers)
{
	char path[256], text[128];

	(void)snprintf(text, sizeof(text), "%s/%s", of, name);
	disk(text, numbers);
	(void)snprintf(path, sizeof(path), "/sys/devices/virtual/block/%s/partition", text);
	put(path, "1\n");
}

static void loop(const char *name, const char *numbers, const char *file)
{
	char path[256], text[128];

	disk(name, numbers);
	(void)snprintf(path, sizeof(path), "/sys/devices/virtual/block/%s/loop/backing_file", name);
	(void)snprintf(text, sizeof(text), "%s\n", file);
	put(path, text);
}

static void slave(const char *name, const char *of)
{
	char path[256], text[128];

	(void)snprintf(path, sizeof(path), "/sys/devices/virtual/block/%s/slaves/%s", name, of);
	(void)snprintf(text, sizeof(text), "../../%s", of);
	link_to(text, path);
}

static void btrfs_member(const char *uuid, const char *name)
{
	char path[256], text[128];

	(void)snprintf(path, sizeof(path), "/sys/fs/btrfs/%s/devices/%s", uuid, name);
	(void)snprintf(text, sizeof(text), "../../../../devices/virtual/block/%s", name);
	link_to(text, path);
}

static int no_device(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	(void)ctx;
	(void)path;
	(void)ret_major;
	(void)ret_minor;
	return 0;
}

/* Lines "8:1 /point type [options]", in mount order. */
static void mounts(const char *lines)
{
	struct buf text = BUF_INIT((size_t)4 << 20);
	size_t     id = 10;

	while (*lines) {
		size_t n = strcspn(lines, " "), m = strcspn(lines + n + 1, " "),
		       k = strcspn(lines + n + m + 2, " \n"), rest = strcspn(lines, "\n");

		buf_printf(&text, "%zu 1 %.*s / %.*s rw - %.*s /dev/x rw", id++, (int)n, lines,
			   (int)m, lines + n + 1, (int)k, lines + n + m + 2);
		if (n + m + 2 + k < rest)
			buf_printf(&text, ",%.*s", (int)(rest - (n + m + k + 3)),
				   lines + n + m + k + 3);
		buf_add_str(&text, "\n");
		lines += rest + (lines[rest] == '\n');
	}
	assert_int_equal(mounts_parse(text.data, text.len, no_device, NULL, &arena, &table, &err),
			 0);
	buf_fini(&text);
}

static int fresh(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/virtagent-stacking-XXXXXX");
	assert_non_null(mkdtemp(top));
	arena_init(&arena, (size_t)64 << 20);
	err_init(&err);
	return root_init(&root, top, top, &err);
}

static int drop(void **state)
{
	char command[128];

	(void)state;
	root_fini(&root);
	arena_fini(&arena);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

/* --- what is expected --- */

static void expect_order(const char *points)
{
	struct buf text = BUF_INIT((size_t)1 << 20);
	size_t     i;

	assert_int_equal(stacking_read(&root, &table, &arena, &stacking, &err), 0);
	for (i = 0; i < stacking.n; i++)
		buf_printf(&text, "%s%s", i ? " " : "",
			   table.filesystems[stacking.order[i]].first->point);
	buf_add_char(&text, '\0');
	assert_string_equal(text.data, points);
	buf_fini(&text);
}

static void expect_bases(const char *point, const char *points)
{
	char                        text[512] = "";
	const struct stacking_base *b;
	size_t                      i;

	for (i = 0; strcmp(table.filesystems[i].first->point, point) != 0; i++)
		assert_true(i + 1 < table.n_filesystems);
	for (b = stacking.bases[i]; b; b = b->next) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
			       table.filesystems[b->fs].first->point);
	}
	assert_string_equal(text, points);
}

static void nothing_stacked_is_reverse_mount_order(void **state)
{
	(void)state;
	disk("vda", "254:0");
	disk("vdb", "254:16");
	mounts("254:0 / ext4\n0:5 /proc proc\n254:16 /home xfs\n254:0 /bind ext4\n8:1 /unknown "
	       "ext4\n");
	expect_order("/unknown /home /");
	assert_false(stacking.circular);
	expect_bases("/home", "");
	mounts("");
	expect_order("");
}

/* The file of each loop lies on the one mounted after it: the hostile order. */
static void three_levels_of_loops(void **state)
{
	(void)state;
	disk("vda", "254:0");
	loop("loop0", "7:0", "/a/one.img");
	loop("loop1", "7:1", "/b/two.img");
	loop("loop2", "7:2", "/c/three.img");
	/* /a is the disk, but was mounted last; /b stands on it, and so on */
	mounts("7:2 /d ext4\n7:1 /c ext4\n7:0 /b ext4\n254:0 /a ext4\n");
	expect_order("/d /c /b /a");
	expect_bases("/d", "/c");
	expect_bases("/c", "/b");
	expect_bases("/b", "/a");
	expect_bases("/a", "");
	mounts("254:0 /a ext4\n7:0 /b ext4\n7:1 /c ext4\n7:2 /d ext4\n");
	expect_order("/d /c /b /a");
	mounts("7:1 /c ext4\n254:0 /a ext4\n7:2 /d ext4\n7:0 /b ext4\n");
	expect_order("/d /c /b /a");
}

static void independent_ones_stay_in_mount_order(void **state)
{
	(void)state;
	disk("vda", "254:0");
	disk("vdb", "254:16");
	disk("vdc", "254:32");
	loop("loop0", "7:0", "/data/x.img");
	mounts("254:32 / ext4\n7:0 /early ext4\n254:16 /between ext4\n254:0 /data ext4\n");
	/* only /data has to wait, for /early */
	expect_order("/between /early /data /");
}

static void partitions_dm_and_md_lead_to_the_loop(void **state)
{
	(void)state;
	disk("vda", "254:0");
	loop("loop0", "7:0", "/store/disk.img");
	partition("loop0", "loop0p1", "259:0");
	loop("loop1", "7:1", "/other/half.img");
	disk("md0", "9:0");
	slave("md0", "loop1");
	disk("dm-0", "253:0");
	slave("dm-0", "md0");
	disk("dm-1", "253:1");
	slave("dm-1", "dm-0");
	disk("vdb", "254:16");
	slave("dm-1", "vdb");
	mounts("259:0 /part ext4\n253:1 /lv xfs\n254:0 /store ext4\n254:16 /other ext4\n");
	expect_order("/lv /other /part /store");
	expect_bases("/lv", "/other");
	expect_bases("/part", "/store");
}

static void a_slave_is_a_partition_of_a_loop(void **state)
{
	(void)state;
	disk("vda", "254:0");
	loop("loop3", "7:3", "/store/disk.img");
	partition("loop3", "loop3p2", "259:2");
	disk("dm-7", "253:7");
	link_to("../../loop3/loop3p2", "/sys/devices/virtual/block/dm-7/slaves/loop3p2");
	mounts("253:7 /lv ext4\n254:0 /store ext4\n");
	expect_order("/lv /store");
}

static void file_on_a_mount_that_does_not_count(void **state)
{
	(void)state;
	loop("loop0", "7:0", "/run/x.img");
	loop("loop1", "7:1", "/gone/y.img (deleted)");
	loop("loop2", "7:2", "relative.img");
	disk("vda", "254:0");
	mounts("7:2 /r ext4\n7:1 /m ext4\n7:0 /l ext4\n0:30 /run tmpfs\n254:0 / ext4\n");
	expect_order("/l /m / /r");
	expect_bases("/l", "");
	expect_bases("/m", "/");
}

static void points_are_whole_names(void **state)
{
	(void)state;
	disk("vda", "254:0");
	disk("vdb", "254:16");
	disk("vdc", "254:32");
	loop("loop0", "7:0", "/data2/x.img");
	mounts("7:0 /l ext4\n254:0 / ext4\n254:16 /data ext4\n254:32 /data2/x.img.d ext4\n");
	expect_order("/data2/x.img.d /data /l /");
	expect_bases("/l", "/");
}

static void covered_mounts_count_as_well(void **state)
{
	(void)state;
	disk("vda", "254:0");
	disk("vdb", "254:16");
	loop("loop0", "7:0", "/mnt/x.img");
	mounts("7:0 /l ext4\n254:0 /mnt ext4\n254:16 /mnt ext4\n");
	expect_order("/l /mnt /mnt");
	expect_bases("/l", "/mnt /mnt");
}

static void bind_mounts_lead_to_their_filesystem(void **state)
{
	(void)state;
	disk("vda", "254:0");
	loop("loop0", "7:0", "/bound/x.img");
	mounts("7:0 /l ext4\n254:0 /store ext4\n254:0 /bound ext4\n");
	expect_order("/l /store");
	expect_bases("/l", "/store");
}

static void overlays_lead_to_what_takes_the_writes(void **state)
{
	(void)state;
	disk("vda", "254:0");
	disk("vdb", "254:16");
	loop("loop0", "7:0", "/merged/x.img");
	mounts("7:0 /l ext4\n254:0 /lower ext4\n254:16 /upper ext4\n"
	       "0:40 /merged overlay lowerdir=/lower,upperdir=/over/up,workdir=/upper/w\n"
	       "0:41 /over overlay lowerdir=/lower,upperdir=/upper/u,workdir=/upper/w\n");
	expect_order("/lower /l /upper");
	expect_bases("/l", "/upper");
	/* an overlay whose upper directory is on itself must end */
	mounts("7:0 /l ext4\n0:40 /merged overlay upperdir=/merged/u\n");
	expect_order("/l");
}

static void all_devices_of_a_btrfs_count(void **state)
{
	(void)state;
	disk("vda", "254:0");
	disk("vdb", "254:16");
	disk("vdc", "254:32");
	loop("loop0", "7:0", "/store/x.img");
	put("/sys/fs/btrfs/features/x", "1\n");
	btrfs_member("0123-4567", "vda");
	btrfs_member("0123-4567", "vdb");
	btrfs_member("0123-4567", "loop0");
	mounts("254:0 /pool btrfs\n254:32 /store ext4\n");
	expect_order("/pool /store");
	mounts("254:16 /pool btrfs\n254:32 /store ext4\n");
	expect_order("/pool /store");
	mounts("7:0 /pool btrfs\n254:32 /store ext4\n");
	expect_order("/pool /store");
}

static void circles_end(void **state)
{
	(void)state;
	disk("vda", "254:0");
	loop("loop0", "7:0", "/b/x.img");
	loop("loop1", "7:1", "/a/y.img");
	loop("loop2", "7:2", "/self/z.img");
	disk("dm-0", "253:0");
	slave("dm-0", "dm-0");
	mounts("254:0 / ext4\n7:0 /a ext4\n7:1 /b ext4\n7:2 /self ext4\n253:0 /dm ext4\n");
	expect_order("/dm /self / /b /a");
	assert_true(stacking.circular);
}

static void little_memory_is_an_error(void **state)
{
	struct arena small;
	size_t       cap;

	(void)state;
	disk("vda", "254:0");
	loop("loop0", "7:0", "/a/one.img");
	btrfs_member("0123-4567", "vda");
	mounts("7:0 /b ext4\n254:0 /a ext4\n");
	for (cap = 0; cap < 8192; cap += 16) {
		int rc;

		arena_init(&small, cap);
		err_init(&err);
		rc = stacking_read(&root, &table, &small, &stacking, &err);
		assert_int_equal(rc < 0, err.set);
		arena_fini(&small);
		if (rc == 0)
			return;
	}
	fail_msg("two filesystems need more than %zu bytes", cap);
}

/* Many loops on one filesystem, mounted before it. */
static void many(void **state)
{
	struct buf lines = BUF_INIT((size_t)4 << 20);
	size_t     i;

	(void)state;
	disk("vda", "254:0");
	for (i = 0; i < 300; i++) {
		char name[32], numbers[32];

		(void)snprintf(name, sizeof(name), "loop%zu", i);
		(void)snprintf(numbers, sizeof(numbers), "7:%zu", i);
		loop(name, numbers, "/store/x.img");
		buf_printf(&lines, "7:%zu /l%zu ext4\n", i, i);
	}
	buf_add_str(&lines, "254:0 /store ext4\n");
	buf_add_char(&lines, '\0');
	mounts(lines.data);
	buf_fini(&lines);
	assert_int_equal(stacking_read(&root, &table, &arena, &stacking, &err), 0);
	for (i = 0; i < 300; i++)
		assert_int_equal(stacking.order[i], 299 - i);
	assert_int_equal(stacking.order[300], 300);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(nothing_stacked_is_reverse_mount_order),
		T(three_levels_of_loops),
		T(independent_ones_stay_in_mount_order),
		T(partitions_dm_and_md_lead_to_the_loop),
		T(a_slave_is_a_partition_of_a_loop),
		T(file_on_a_mount_that_does_not_count),
		T(points_are_whole_names),
		T(covered_mounts_count_as_well),
		T(bind_mounts_lead_to_their_filesystem),
		T(overlays_lead_to_what_takes_the_writes),
		T(all_devices_of_a_btrfs_count),
		T(circles_end),
		T(little_memory_is_an_error),
		T(many),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
