/* SPDX-License-Identifier: MIT */
/* The mount table: lines, escapes, which mounts stand for a filesystem, both sources of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sys/mounts.h"
#include "sys/root.h"

static struct arena       arena;
static struct mount_table table;
static struct err         err;

static int fresh(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	err_init(&err);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* /dev/vdX is 254:X, /dev/lost cannot be inspected, anything else is no device. */
static int device(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	unsigned *asked = ctx;

	if (asked)
		++*asked;
	if (!strcmp(path, "/dev/lost"))
		return -1;
	if (strncmp(path, "/dev/vd", 7) != 0)
		return 0;
	*ret_major = 254;
	*ret_minor = (unsigned)(path[7] - 'a') * 16;
	return 1;
}

static int point_device(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	(void)ctx;
	*ret_major = 8;
	*ret_minor = (unsigned)strlen(path);
	return 1;
}

static void parse(const char *text)
{
	assert_int_equal(mounts_parse(text, strlen(text), device, NULL, &arena, &table, &err), 0);
}

static void reads_a_line(void **state)
{
	const struct mount *m;

	(void)state;
	parse("36 35 98:7 /sub /mnt/point rw,noatime master:1 propagate_from:2 - ext3 /dev/root "
	      "rw,errors=continue\n");
	assert_int_equal(table.n_mounts, 1);
	m = &table.mounts[0];
	assert_int_equal(m->id, 36);
	assert_int_equal(m->parent, 35);
	assert_int_equal(m->major, 98);
	assert_int_equal(m->minor, 7);
	assert_string_equal(m->root, "/sub");
	assert_string_equal(m->point, "/mnt/point");
	assert_string_equal(m->type, "ext3");
	assert_string_equal(m->source, "/dev/root");
	assert_false(m->read_only);
	assert_int_equal(table.n_filesystems, 1);
	assert_ptr_equal(table.filesystems[0].first, m);
	assert_null(m->next);
}

static void decodes_escapes(void **state)
{
	(void)state;
	parse("1 0 8:1 / /a\\040b\\011c\\012d\\134e\\\\f\\x\\9\\04 rw - ext4 /dev/a\\040b rw\n"
	      "2 0 8:2 / /\\303\\244\\000\\400 rw - ext4 \\134\\134 rw");
	assert_int_equal(table.n_mounts, 2);
	assert_string_equal(table.mounts[0].point, "/a b\tc\nd\\e\\f\\x\\9\\04");
	assert_string_equal(table.mounts[0].source, "/dev/a b");
	assert_string_equal(table.mounts[1].point, "/\303\244\\000\\400");
	assert_string_equal(table.mounts[1].source, "\\\\");
}

static void tells_read_only(void **state)
{
	static const char *const lines[] = {
		"1 0 8:1 / / ro,noatime - ext4 /dev/sda rw\n", "1 0 8:1 / / ro - ext4 /dev/sda rw",
		"1 0 8:1 / / rw - ext4 /dev/sda ro,quota\n", "1 0 8:1 / / rw - ext4 /dev/sda ro\n"};
	static const char *const writable[] = {"1 0 8:1 / / rw,ro - ext4 /dev/sda rw\n",
					       "1 0 8:1 / / rw - ext4 /dev/sda root=x\n",
					       "1 0 8:1 / / rw - ext4 /dev/sda\n"};
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		parse(lines[i]);
		assert_true(table.mounts[0].read_only);
	}
	for (i = 0; i < ARRAY_SIZE(writable); i++) {
		parse(writable[i]);
		assert_int_equal(table.n_mounts, 1);
		assert_false(table.mounts[0].read_only);
	}
}

static void skips_what_it_does_not_understand(void **state)
{
	static const char *const bad[] = {"",
					  " ",
					  "garbage",
					  "1 0 8:1 / /mnt rw",
					  "1 0 8:1 / /mnt rw - ext4",
					  "x 0 8:1 / /mnt rw - ext4 /dev/a rw",
					  "1 x 8:1 / /mnt rw - ext4 /dev/a rw",
					  "1 0 81 / /mnt rw - ext4 /dev/a rw",
					  "1 0 8: / /mnt rw - ext4 /dev/a rw",
					  "1 0 :1 / /mnt rw - ext4 /dev/a rw",
					  "1 0 8:1:1 / /mnt rw - ext4 /dev/a rw",
					  "1 0 8:4294967296 / /mnt rw - ext4 /dev/a rw",
					  "1 0 8:1 /  rw - ext4 /dev/a rw",
					  "1 0 8:1 / /mnt rw -  /dev/a rw",
					  "1 0 -8:1 / /mnt rw - ext4 /dev/a rw",
					  "99999999999 0 8:1 / /mnt rw - ext4 /dev/a rw"};
	char                     text[256];
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)snprintf(text, sizeof(text), "%s\n2 1 8:2 / /good rw - ext4 /dev/b rw\n%s",
			       bad[i], bad[i]);
		parse(text);
		assert_int_equal(table.n_mounts, 1);
		assert_string_equal(table.mounts[0].point, "/good");
	}
	parse("");
	assert_int_equal(table.n_mounts, 0);
	assert_int_equal(table.n_filesystems, 0);
}

static void keeps_an_empty_source(void **state)
{
	(void)state;
	parse("1 0 0:33 / /mnt rw - tmpfs  rw\n");
	assert_int_equal(table.n_mounts, 1);
	assert_string_equal(table.mounts[0].source, "");
	assert_int_equal(table.n_filesystems, 0);
}

static void groups_mounts_of_a_device(void **state)
{
	const struct mount *m;

	(void)state;
	parse("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	      "2 1 0:5 / /dev rw - devtmpfs udev rw\n"
	      "3 1 8:2 / /home rw - ext4 /dev/sda2 rw\n"
	      "4 1 8:1 /srv /exports rw - ext4 /dev/sda1 rw\n"
	      "5 1 0:40 / /net rw - nfs4 host:/x rw\n"
	      "6 1 8:1 /opt /exports/opt ro - ext4 /dev/sda1 rw\n");
	assert_int_equal(table.n_mounts, 6);
	assert_int_equal(table.n_filesystems, 2);
	m = table.filesystems[0].first;
	assert_string_equal(m->point, "/");
	assert_string_equal(m->next->point, "/exports");
	assert_string_equal(m->next->next->point, "/exports/opt");
	assert_null(m->next->next->next);
	assert_string_equal(table.filesystems[1].first->point, "/home");
	assert_null(table.filesystems[1].first->next);
}

static void asks_for_the_device_of_btrfs(void **state)
{
	(void)state;
	parse("1 0 0:30 /@ / rw - btrfs /dev/vdb rw\n"
	      "2 1 0:30 /@home /home rw - btrfs /dev/vdb rw\n"
	      "3 1 0:31 / /lost rw - btrfs /dev/lost rw\n"
	      "4 1 0:32 / /odd rw - btrfs none rw\n"
	      "5 1 0:33 / /tmp rw - tmpfs /dev/vdc rw\n");
	assert_int_equal(table.n_filesystems, 1);
	assert_int_equal(table.filesystems[0].major, 254);
	assert_int_equal(table.filesystems[0].minor, 16);
	assert_string_equal(table.filesystems[0].first->point, "/");
	assert_string_equal(table.filesystems[0].first->next->point, "/home");
	assert_true(table.mounts[2].source_lost);
	assert_false(table.mounts[3].source_lost);
}

static void short_table(void **state)
{
	static const char text[] = "proc /proc proc rw 0 0\n"
				   "/dev/vda / ext4 ro,noatime 0 0\n"
				   "//host/share /cifs cifs rw 0 0\n"
				   "/dev/vdb /smb smbfs rw 0 0\n"
				   "/srv /bound none rw,bind 0 0\n"
				   "/dev/vda /again ext4 rw 0 0\n"
				   "/dev/lost /x\\040y xfs rw 0 0\n"
				   "/dev/vdc\n";

	(void)state;
	assert_int_equal(mounts_parse_short(text, strlen(text), device, point_device, NULL, &arena,
					    &table, &err),
			 0);
	assert_int_equal(table.n_mounts, 7);
	assert_int_equal(table.n_filesystems, 2);
	assert_string_equal(table.filesystems[0].first->point, "/");
	assert_true(table.filesystems[0].first->read_only);
	assert_string_equal(table.filesystems[0].first->next->point, "/again");
	assert_int_equal(table.filesystems[0].first->id, -1);
	/* no node for the source: the device below the mount point */
	assert_string_equal(table.filesystems[1].first->point, "/x y");
	assert_int_equal(table.filesystems[1].major, 8);
}

static void little_memory_is_an_error(void **state)
{
	static const char line[] = "1 0 8:1 / /mnt rw - ext4 /dev/sda1 rw\n";
	size_t            cap;

	(void)state;
	for (cap = 0; cap < 1200; cap += 7) {
		arena_fini(&arena);
		arena_init(&arena, cap);
		err_init(&err);
		if (mounts_parse(line, strlen(line), device, NULL, &arena, &table, &err) == 0)
			return;
		assert_true(err.set);
	}
	fail_msg("a line needs more than %zu bytes", cap);
}

/* Ten times the mounts take ten times the lookups, not a hundred times: all that could be asked of
 * the machine is counted. */
static void is_linear(void **state)
{
	struct buf text = BUF_INIT((size_t)64 << 20);
	unsigned   i, n = 20000, asked = 0;

	(void)state;
	for (i = 0; i < n; i++)
		buf_printf(&text, "%u 1 %u:%u / /m/%u rw - %s /dev/vda rw\n", i + 2, i % 3 ? 0 : 7,
			   i, i, i % 3 ? "btrfs" : "ext4");
	assert_int_equal(mounts_parse(text.data, text.len, device, &asked, &arena, &table, &err),
			 0);
	assert_int_equal(table.n_mounts, n);
	assert_int_equal(asked, n - (n + 2) / 3);
	assert_int_equal(table.n_filesystems, (n + 2) / 3 + 1);
	buf_fini(&text);
}

/* --- reading a tree --- */

static char            top[] = "/tmp/virtagent-mounts-XXXXXX";
static struct sys_root root;

static void write_file(const char *name, const char *text)
{
	char           path[256];
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), "%s%s", top, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_directory(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", top, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void remove_file(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", top, name);
	assert_int_equal(unlink(path), 0);
}

static void reads_a_tree(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(root_init(&root, top, top, &err), 0);
	assert_int_equal(mounts_read(&root, &arena, &table, &err), -1);
	assert_string_equal(err.text, "failed to open mtab file: '/proc/self/mounts'");

	make_directory("/proc");
	make_directory("/proc/self");
	make_directory("/sys");
	make_directory("/sys/class");
	make_directory("/sys/class/block");
	make_directory("/sys/class/block/vdb3");
	write_file("/sys/class/block/vdb3/dev", "254:19\n");
	write_file("/proc/self/mounts", "/dev/vdb3 /short xfs rw 0 0\n");
	err_init(&err);
	assert_int_equal(mounts_read(&root, &arena, &table, &err), 0);
	assert_string_equal(table.filesystems[0].first->point, "/short");

	write_file("/proc/self/mountinfo", "1 0 0:30 / /b rw - btrfs /dev/vdb3 rw\n"
					   "2 0 0:31 / /c rw - btrfs /dev/vdb4 rw\n");
	assert_int_equal(mounts_read(&root, &arena, &table, &err), 0);
	assert_int_equal(table.n_filesystems, 1);
	assert_int_equal(table.filesystems[0].major, 254);
	assert_int_equal(table.filesystems[0].minor, 19);
	assert_true(table.mounts[1].source_lost);
	remove_file("/proc/self/mountinfo");
	root_fini(&root);
}

static void reads_this_machine(void **state)
{
	struct sys_root here;

	(void)state;
	assert_int_equal(root_init(&here, NULL, "/tmp", &err), 0);
	assert_int_equal(mounts_read(&here, &arena, &table, &err), 0);
	assert_true(table.n_mounts > 0);
	root_fini(&here);
}

static int cleanup(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(reads_a_line),
		T(decodes_escapes),
		T(tells_read_only),
		T(skips_what_it_does_not_understand),
		T(keeps_an_empty_source),
		T(groups_mounts_of_a_device),
		T(asks_for_the_device_of_btrfs),
		T(short_table),
		T(little_memory_is_an_error),
		T(is_linear),
		T(reads_a_tree),
		T(reads_this_machine),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, cleanup);
}
