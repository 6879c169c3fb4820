/* SPDX-License-Identifier: MIT */
/* Captured answers of calls: values by key, captured failures, what was not captured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured-each.h"
#include "sys/answer.h"
#include "sys/clock.h"
#include "sys/uname.h"

static void finds_values(void **state)
{
	const char *text = "bsize 4096\nbsizes 1\nname a b\nempty \nlast 18446744073709551615";
	char        to[8];
	uint64_t    n;

	(void)state;
	assert_true(answer_u64(text, "bsize", &n));
	assert_int_equal(n, 4096);
	assert_true(answer_u64(text, "last", &n));
	assert_true(n == UINT64_MAX);
	assert_false(answer_u64(text, "bsiz", &n));
	assert_false(answer_u64(text, "name", &n));
	assert_true(answer_str(text, "name", to, sizeof(to)));
	assert_string_equal(to, "a b");
	assert_false(answer_str(text, "name", to, 3));
	assert_true(answer_str(text, "empty", to, sizeof(to)));
	assert_string_equal(to, "");
}

static void reads_answers(void **state)
{
	char       text[ANSWER_TEXT_MAX];
	struct buf b = BUF_INIT(100000);
	int        os;

	(void)state;
	captured_file(&c, "/.virtagent/statvfs/=", "bsize 1\n");
	captured_file(&c, "/.virtagent/statvfs/mnt/a b/=", "error 5\n");
	assert_int_equal(answer_read_text(&c.root, "statvfs", "/", text, &os), 0);
	assert_string_equal(text, "bsize 1");
	assert_int_equal(answer_read_text(&c.root, "statvfs", "/mnt/a b", text, &os), -1);
	assert_int_equal(os, EIO);
	assert_int_equal(answer_read_text(&c.root, "statvfs", "/mnt", text, &os), -1);
	assert_int_equal(os, ENOSYS);
	assert_int_equal(answer_read(&c.root, "statvfs", "/", &b, &os), 8);
	assert_int_equal(answer_read(&c.root, "other", NULL, &b, &os), -1);
	assert_int_equal(os, ENOSYS);
	buf_fini(&b);
}

static void only_of_another_machine(void **state)
{
	struct sys_root real;
	struct err      err;

	(void)state;
	err_init(&err);
	assert_true(answer_wanted(&c.root));
	assert_int_equal(root_init(&real, "/", c.dir, &err), 0);
	assert_false(answer_wanted(&real));
	root_fini(&real);
	assert_int_equal(root_init(&real, NULL, c.dir, &err), 0);
	assert_false(answer_wanted(&real));
	root_fini(&real);
}

static void reads_names(void **state)
{
	struct sys_root real;
	struct utsname  names, here;
	struct err      err;
	int             os;

	(void)state;
	assert_int_equal(uname_read(&c.root, &names, &os), -1);
	assert_int_equal(os, ENOSYS);
	captured_file(&c, "/.virtagent/uname",
		      "nodename box\nrelease 5.4.0\nversion #1 SMP Thu\nmachine s390x\n");
	assert_int_equal(uname_read(&c.root, &names, &os), 0);
	assert_string_equal(names.nodename, "box");
	assert_string_equal(names.version, "#1 SMP Thu");
	assert_string_equal(names.sysname, "");
	captured_file(&c, "/.virtagent/uname", "error 14\n");
	assert_int_equal(uname_read(&c.root, &names, &os), -1);
	assert_int_equal(os, EFAULT);

	err_init(&err);
	assert_int_equal(root_init(&real, NULL, c.dir, &err), 0);
	assert_int_equal(uname_read(&real, &names, &os), 0);
	assert_int_equal(uname(&here), 0);
	assert_string_equal(names.release, here.release);
	root_fini(&real);
}

static void a_captured_clock_stands_still(void **state)
{
	(void)state;
	assert_true(sys_clock_realtime_ns(&c.root) > 1600000000000000000);
	captured_file(&c, "/.virtagent/clock", "realtime 1700000000000000001\n");
	assert_true(sys_clock_realtime_ns(&c.root) == 1700000000000000001);
	assert_true(sys_clock_realtime_ns(&c.root) == 1700000000000000001);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_values),
		cmocka_unit_test(reads_answers),
		cmocka_unit_test(only_of_another_machine),
		cmocka_unit_test(reads_names),
		cmocka_unit_test(a_captured_clock_stands_still),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
