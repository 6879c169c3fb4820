/* SPDX-License-Identifier: MIT */
/* Records of utmp: as the C library writes them, and byte by byte for both layouts on any machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <utmpx.h>

#include "base/buf.h"
#include "captured.h"
#include "sys/utmp.h"

static char   file[2048];
static size_t file_n;

static void put(enum utmp_layout layout, int16_t type, const char *user, int64_t seconds,
		int32_t micro)
{
	char   *record = file + file_n;
	int64_t wide = micro;

	file_n += layout == UTMP_TIME32 ? 384 : 400;
	assert_true(file_n <= sizeof(file));
	memset(record, 0xee, (size_t)(file + file_n - record));
	memcpy(record, &type, 2);
	memset(record + 44, 0, 32);
	memcpy(record + 44, user, strlen(user));
	if (layout == UTMP_TIME32) {
		uint32_t narrow = (uint32_t)seconds;

		memcpy(record + 340, &narrow, 4);
		memcpy(record + 344, &micro, 4);
	} else {
		memcpy(record + 344, &seconds, 8);
		memcpy(record + 352, &wide, 8);
	}
}

static void next_is(struct slice *data, enum utmp_layout layout, const char *user, int64_t time_us)
{
	struct utmp_login login;

	assert_true(utmp_next(data, layout, &login));
	assert_true(slice_is(login.user, user));
	assert_true(login.time_us == time_us);
}

static void walk(enum utmp_layout layout)
{
	struct utmp_login login;
	struct slice      data;

	file_n = 0;
	put(layout, 2, "reboot", 1, 0);
	put(layout, 7, "zoe", 1700000100, 250000);
	put(layout, 8, "gone", 5, 0);
	put(layout, 7, "abcdefghijklmnopqrstuvwxyz012345", 4000000000, 999999);
	data = slice_of(file, file_n + 100); /* and a torn record */
	next_is(&data, layout, "zoe", 1700000100250000);
	next_is(&data, layout, "abcdefghijklmnopqrstuvwxyz012345", 4000000000999999);
	assert_false(utmp_next(&data, layout, &login));
	assert_int_equal(data.n, 100);
	data = slice_of("", 0);
	assert_false(utmp_next(&data, layout, &login));
}

static void both_layouts(void **state)
{
	(void)state;
	walk(UTMP_TIME32);
	walk(UTMP_TIME64);
}

static void what_is_no_time(void **state)
{
	struct slice data;

	(void)state;
	file_n = 0;
	put(UTMP_TIME64, 7, "a", INT64_MAX, 0);
	put(UTMP_TIME64, 7, "b", INT64_MIN, 0);
	put(UTMP_TIME64, 7, "c", -1, -1);
	put(UTMP_TIME64, 7, "d", 1, 1000000);
	data = slice_of(file, file_n);
	next_is(&data, UTMP_TIME64, "a", 0);
	next_is(&data, UTMP_TIME64, "b", 0);
	next_is(&data, UTMP_TIME64, "c", -1000000);
	next_is(&data, UTMP_TIME64, "d", 1000000);
}

#ifdef __GLIBC__
static void what_the_c_library_writes(void **state)
{
	struct buf   data = BUF_INIT(1 << 16);
	struct slice rest;
	struct utmpx u = {.ut_type = USER_PROCESS, .ut_pid = 4711, .ut_id = "1", .ut_line = "tty1"};
	struct captured c;
	char            path[512];
	int             os;

	(void)state;
	captured_open(&c);
	captured_file(&c, "/var/run/utmp", "");
	captured_path(&c, "/var/run/utmp", path);
	memcpy(u.ut_user, "ann", 3);
	memset(u.ut_host, 'h', sizeof(u.ut_host));
	u.ut_session = -1;
	u.ut_tv.tv_sec = 1700000100;
	u.ut_tv.tv_usec = 250000;
	assert_int_equal(utmpxname(path), 0);
	setutxent();
	assert_non_null(pututxline(&u));
	endutxent();
	assert_true(root_read(&c.root, "/var/run/utmp", &data, &os) > 0);
	rest = slice_of(data.data, data.len);
	next_is(&rest, UTMP_NATIVE, "ann", 1700000100250000);
	assert_int_equal(rest.n, 0);
	buf_fini(&data);
	captured_close(&c);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_layouts),
		cmocka_unit_test(what_is_no_time),
#ifdef __GLIBC__
		cmocka_unit_test(what_the_c_library_writes),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
