/* SPDX-License-Identifier: MIT */
/* Which filesystems can be asked for their sizes without a process in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/mounts.h"
#include "sys/space.h"

/* Whether the last of these mounts is at hand. */
static bool at_hand(struct mount *mounts, size_t n)
{
	const struct mount_table table = {.mounts = mounts, .n_mounts = n};
	const struct filesystem  fs = {.first = &mounts[n - 1]};

	return space_is_at_hand(&table, &fs);
}

static void test_types(void **state)
{
	struct mount root[] = {{.point = "/", .type = "ext4"}, {.point = "/mnt", .type = "ext3"}};

	(void)state;
	assert_true(at_hand(root, 1));
	assert_true(at_hand(root, 2));
	root[1].type = "xfs";
	assert_false(at_hand(root, 2));
	root[1].type = "vfat";
	assert_false(at_hand(root, 2));
	root[1].type = "btrfs";
	assert_false(at_hand(root, 2));
	root[1].type = "ext4";
	root[0].type = "overlay";
	assert_false(at_hand(root, 2));
}

static void test_ways(void **state)
{
	struct mount mounts[] = {{.point = "/", .type = "ext4"},
				 {.point = "/proc", .type = "proc"},
				 {.point = "/net", .type = "nfs4"},
				 {.point = "/net/a/b", .type = "ext4"}};

	(void)state;
	assert_false(at_hand(mounts, 4));
	mounts[3].point = "/network";
	assert_true(at_hand(mounts, 4));
	mounts[3].point = "/net"; /* the one of the two is covered by the other */
	assert_false(at_hand(mounts, 4));
	mounts[3].point = "/ne";
	assert_true(at_hand(mounts, 4));
	mounts[2].point = "/";
	assert_false(at_hand(mounts, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
