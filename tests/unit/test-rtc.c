/* SPDX-License-Identifier: MIT */
/* What /etc/adjtime says; finding the clock is for a captured tree, setting it for a guest. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sys/rtc.h"
#include "sys/settime.h"

static void adjtime(void **state)
{
	(void)state;
	assert_false(rtc_adjtime_is_local(""));
	assert_false(rtc_adjtime_is_local("0.0 0 0.0\n"));
	assert_false(rtc_adjtime_is_local("0.0 0 0.0\n0\n"));
	assert_false(rtc_adjtime_is_local("0.0 0 0.0\n0\nUTC\n"));
	assert_true(rtc_adjtime_is_local("0.0 0 0.0\n0\nLOCAL\n"));
	assert_true(rtc_adjtime_is_local("0.0 0 0.0\n0\nLOCAL"));
	assert_false(rtc_adjtime_is_local("LOCAL\n0\nUTC\n"));
	assert_false(rtc_adjtime_is_local("\n\n\nLOCAL"));
}

static void no_clock_and_no_such_device(void **state)
{
	char            dir[] = "/tmp/virtagent-rtc-XXXXXX", path[64];
	struct sys_root root;
	struct rtc      rtc;
	struct err      err;
	int             fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	err_init(&err);
	assert_int_equal(root_init(&root, dir, dir, &err), 0);
	assert_int_equal(rtc_open_opt(&root, &rtc, &err), 0);
	(void)snprintf(path, sizeof(path), "%s/dev", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/dev/rtc0", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(rtc_open_opt(&root, &rtc, &err), -1);
	assert_string_equal(err.text, "cannot read the real-time clock: Inappropriate ioctl for "
				      "device");
	assert_int_equal(rtc.fd, -1);
	(void)unlink(path);
	path[strlen(path) - strlen("/rtc0")] = '\0';
	assert_int_equal(rmdir(path) | rmdir(dir), 0);
	root_fini(&root);
}

/* The years are those of the local time, whatever that is at the moment. */
static void years(void **state)
{
	const int64_t end = INT64_C(3155760000); /* 2070-01-01 00:00:00 UTC */

	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	assert_true(settime_may_be(0));
	assert_false(settime_may_be(-1));
	assert_true(settime_may_be(end - 1));
	assert_false(settime_may_be(end));
	assert_int_equal(setenv("TZ", "EST5", 1), 0);
	assert_false(settime_may_be(5 * 3600 - 1));
	assert_true(settime_may_be(5 * 3600));
	assert_true(settime_may_be(end + 5 * 3600 - 1));
	assert_false(settime_may_be(end + 5 * 3600));
	assert_int_equal(setenv("TZ", "CET-1", 1), 0);
	assert_true(settime_may_be(-3600));
	assert_false(settime_may_be(-3601));
	assert_false(settime_may_be(INT64_MAX));
	assert_false(settime_may_be(INT64_MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adjtime),
		cmocka_unit_test(no_clock_and_no_such_device),
		cmocka_unit_test(years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
