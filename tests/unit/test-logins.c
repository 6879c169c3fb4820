/* SPDX-License-Identifier: MIT */
/* utmp records, session files of systemd-logind, one entry per user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <utmpx.h>

#include "captured.h"
#include "sys/logins.h"

static struct captured c;
static struct arena    arena;
static struct utmpx    records[8];
static size_t          n_records;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&arena, 1 << 20);
	memset(records, 0, sizeof(records));
	n_records = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	captured_close(&c);
	return 0;
}

static void record(short type, const char *user, uint32_t seconds, int micro)
{
	struct utmpx *u = &records[n_records++];

	u->ut_type = type;
	memcpy(u->ut_user, user,
	       strlen(user) < sizeof(u->ut_user) ? strlen(user) : sizeof(u->ut_user));
	memset(u->ut_host, 'h', sizeof(u->ut_host));
	u->ut_tv.tv_sec = (__typeof__(u->ut_tv.tv_sec))seconds;
	u->ut_tv.tv_usec = micro;
}

static struct login_list read_all(void)
{
	struct login_list list;
	int               os;

	assert_int_equal(logins_read(&c.root, &arena, &list, &os), 0);
	return list;
}

static void users_of_utmp(void **state)
{
	struct login_list list;

	(void)state;
	record(BOOT_TIME, "reboot", 1, 0);
	record(USER_PROCESS, "zoe", 2000000000, 250000);
	record(DEAD_PROCESS, "gone", 5, 0);
	record(USER_PROCESS, "adam", 1700000000, 0);
	record(USER_PROCESS, "zoe", 1600000000, 5);
	record(USER_PROCESS, "adam", 1800000000, 0);
	captured_bytes(&c, "/var/run/utmp", records, n_records * sizeof(*records));
	list = read_all();
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0].user, "zoe");
	assert_true(list.items[0].time_us == 1600000000000005);
	assert_string_equal(list.items[1].user, "adam");
	assert_true(list.items[1].time_us == 1700000000000000);
}

static void names_without_an_end(void **state)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz012345";
	struct login_list list;

	(void)state;
	record(USER_PROCESS, name, 1, 0);
	captured_bytes(&c, "/var/run/utmp", records,
		       sizeof(*records) + 100); /* and a torn record */
	list = read_all();
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].user, name);
}

static void seconds_after_2038(void **state)
{
	struct login_list list;

	(void)state;
	record(USER_PROCESS, "late", 3000000000u, 0);
	captured_bytes(&c, "/var/run/utmp", records, sizeof(*records));
	list = read_all();
	assert_true(list.items[0].time_us == 3000000000000000);
}

static bool parse(const char *text, struct slice *user, struct slice *uid, int64_t *time_us)
{
	return logins_parse_session(slice_of(text, strlen(text)), user, uid, time_us);
}

static void session_files(void **state)
{
	struct slice user, uid;
	int64_t      t;

	(void)state;
	assert_true(parse("# private\nUID=1000\nUSER=ann\nSTATE=active\nCLASS=user\nREALTIME=17\n",
			  &user, &uid, &t));
	assert_true(slice_is(user, "ann"));
	assert_true(slice_is(uid, "1000"));
	assert_int_equal(t, 17);
	assert_true(parse("USER=ann\nREALTIME=17", &user, &uid, &t));
	assert_true(parse("UID=5\nCLASS=user-early\nREALTIME=17", &user, &uid, &t));
	assert_int_equal(user.n, 0);
	assert_false(parse("USER=gdm\nCLASS=greeter\nREALTIME=17", &user, &uid, &t));
	assert_false(parse("USER=ann\nCLASS=manager\nREALTIME=17", &user, &uid, &t));
	assert_false(parse("USER=ann\nCLASS=background\nREALTIME=17", &user, &uid, &t));
	assert_false(parse("USER=ann\nSTATE=closing\nREALTIME=17", &user, &uid, &t));
	assert_false(parse("USER=ann\n", &user, &uid, &t));
	assert_false(parse("USER=ann\nREALTIME=x\n", &user, &uid, &t));
	assert_false(parse("USER=\nUID=\nREALTIME=1\n", &user, &uid, &t));
	assert_false(parse("", &user, &uid, &t));
}

static void sessions_where_there_is_no_utmp(void **state)
{
	struct login_list list;

	(void)state;
	assert_int_equal(read_all().n, 0);
	captured_file(&c, "/run/systemd/sessions/9", "USER=bob\nCLASS=user\nREALTIME=100\n");
	captured_file(&c, "/run/systemd/sessions/10", "USER=ann\nCLASS=user\nREALTIME=50\n");
	captured_file(&c, "/run/systemd/sessions/c1", "USER=gdm\nCLASS=greeter\nREALTIME=1\n");
	captured_file(&c, "/run/systemd/sessions/11", "USER=bob\nCLASS=user\nREALTIME=40\n");
	captured_file(&c, "/run/systemd/sessions/9.ref", "USER=no\nREALTIME=1\n");
	captured_file(&c, "/run/systemd/sessions/12", "UID=1002\nCLASS=user\nREALTIME=60\n");
	captured_file(&c, "/run/systemd/users/1002", "# x\nNAME=cat\nSTATE=active\n");
	captured_file(&c, "/run/systemd/sessions/13", "UID=1003\nCLASS=user\nREALTIME=60\n");
	list = read_all();
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[0].user, "bob");
	assert_int_equal(list.items[0].time_us, 40);
	assert_string_equal(list.items[1].user, "ann");
	assert_string_equal(list.items[2].user, "cat");
	captured_file(&c, "/var/run/utmp", "");
	assert_int_equal(read_all().n, 3);
	record(BOOT_TIME, "reboot", 1, 0);
	captured_bytes(&c, "/var/run/utmp", records, sizeof(*records));
	assert_int_equal(read_all().n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(users_of_utmp),
		T(names_without_an_end),
		T(seconds_after_2038),
		T(session_files),
		T(sessions_where_there_is_no_utmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
