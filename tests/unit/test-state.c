/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "sys/state.h"

#define STEP 100
#define UNTOUCHED 77
#define NOBODY 65534

/* Each test runs in an empty directory of its own. */
static char directory[32];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test-state.XXXXXX");
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int teardown(void **state)
{
	(void)state;
	if (chdir("/") < 0 || chmod(directory, 0700) < 0)
		return -1;
	return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const void *bytes, size_t n)
{
	int fd = open("qga.state", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_in_range(fd, 0, INT32_MAX);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(close(fd), 0);
}

/* The file as it is always written. */
static void expect_file(int64_t number)
{
	char    got[200], want[200];
	int     fd = open("qga.state", O_RDONLY);
	ssize_t n;

	assert_in_range(fd, 0, INT32_MAX);
	n = read(fd, got, sizeof(got) - 1);
	assert_in_range(n, 1, sizeof(got) - 1);
	got[n] = '\0';
	assert_int_equal(close(fd), 0);
	(void)snprintf(want, sizeof(want), "[global]\nfd_counter=%" PRId64 "\n", number);
	assert_string_equal(got, want);
	assert_int_equal(access("qga.state.new", F_OK), -1);
}

static void expect_reserved(int64_t n, int64_t at_least, int64_t want)
{
	struct err err;
	int64_t    first = UNTOUCHED;

	err_init(&err);
	if (state_reserve_handles(directory, n, at_least, &first, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(first, want);
	expect_file(want + n);
}

static void expect_read_as(const char *text, int64_t want)
{
	put(text, strlen(text));
	expect_reserved(STEP, 0, want);
}

static void expect_error(const char *statedir, int os, const char *text)
{
	struct err err;
	int64_t    first = UNTOUCHED;

	err_init(&err);
	assert_int_equal(state_reserve_handles(statedir, STEP, 0, &first, &err), -1);
	assert_int_equal(err.os, os);
	if (!strstr(err.text, text))
		fail_msg("%s", err.text);
	assert_int_equal(first, UNTOUCHED);
}

static void test_fresh(void **state)
{
	struct stat st;

	(void)state;
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE);
	assert_int_equal(stat("qga.state", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE + STEP);
	expect_reserved(1, 0, STATE_FIRST_HANDLE + 2 * STEP);
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE + 2 * STEP + 1);
}

static void test_existing(void **state)
{
	(void)state;
	expect_read_as("[global]\nfd_counter=1000\n", 1000);
	expect_read_as("[global]\nfd_counter=4711\n", 4711);
	expect_read_as("[global]\nfd_counter=4711", 4711);
	expect_read_as("\n\n[global]\n\n# no comment\nfd_counter=4711\n\n", 4711);
	expect_read_as("[global]\npstate=1\nfd_counter=4711\nz=1\n", 4711);
	expect_read_as("[global]\nfd_counter=2000\nfd_counter=3000\n", 3000);
}

static void test_blanks(void **state)
{
	(void)state;
	expect_read_as("[global]\nfd_counter = 4711\n", 4711);
	expect_read_as("  [global]\t\n \tfd_counter\t=\t4711 \t\n", 4711);
	expect_read_as("[global]\r\nfd_counter=4711\r\n", 4711);
	expect_read_as("[global]\nfd_counter=47 11\n", STATE_FIRST_HANDLE);
	expect_read_as("[global]\nfd counter=4711\n", STATE_FIRST_HANDLE);
}

static void test_other_groups(void **state)
{
	(void)state;
	expect_read_as("[other]\nfd_counter=9000\n[global]\nfd_counter=4711\n", 4711);
	expect_read_as("[global]\nfd_counter=4711\n[other]\nfd_counter=9000\n", 4711);
	expect_read_as("[a]\n[global]\nx=1\n[b]\n[global]\nfd_counter=4711\n", 4711);
	expect_read_as("[other]\nfd_counter=9000\n", STATE_FIRST_HANDLE);
	expect_read_as("[Global]\nfd_counter=9000\n", STATE_FIRST_HANDLE);
	expect_read_as("[globals]\nfd_counter=9000\n", STATE_FIRST_HANDLE);
	expect_read_as("fd_counter=9000\n", STATE_FIRST_HANDLE);
}

static void test_damaged(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"\xFF\xFE",
		"[",
		"[global",
		"[global]",
		"=",
		"[global]\n=\n",
		"[global]\n=4711\n",
		"[global]\nfd_counter\n",
		"[global]\nfd_counter=\n",
		"[global]\nfd_counter=x\n",
		"[global]\nfd_counter=4711x\n",
		"[global]\nfd_counter=0x4711\n",
		"[global]\nfd_counter=4711.0\n",
		"[global]\nfd_counter==4711\n",
		"[global]\nfd_counter=999\n",
		"[global]\nfd_counter=0\n",
		"[global]\nfd_counter=-4711\n",
		"[global]\nfd_counter=9223372036854775808\n",
		"[global]\n#fd_counter=4711\n",
		"[global]\nfd_counters=4711\n",
		"[global]\nfd_counte=4711\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		expect_read_as(texts[i], STATE_FIRST_HANDLE);
	put("\0[global]\nfd_counter=4711\n", 26);
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE);
}

/* Longer than a state file is: nothing is read behind the buffer. */
static void test_long(void **state)
{
	static char text[100000];

	(void)state;
	memset(text, 'x', sizeof(text));
	put(text, sizeof(text));
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE);
	memset(text, '\n', sizeof(text));
	memcpy(text, "[global]\nfd_counter=4711", 24);
	put(text, sizeof(text));
	expect_reserved(STEP, 0, 4711);
}

static void test_at_least(void **state)
{
	(void)state;
	expect_reserved(STEP, 5000, 5000);
	expect_reserved(STEP, 5000, 5100);
	expect_reserved(STEP, 5200, 5200);
	expect_reserved(STEP, 5301, 5301);
	assert_int_equal(unlink("qga.state"), 0);
	expect_reserved(STEP, 5401, 5401);
	assert_int_equal(unlink("qga.state"), 0);
	expect_reserved(STEP, 999, STATE_FIRST_HANDLE);
}

static void test_overflow(void **state)
{
	(void)state;
	put("[global]\nfd_counter=9223372036854775707\n", 40);
	expect_reserved(STEP, 0, INT64_MAX - STEP);
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE);
	put("[global]\nfd_counter=9223372036854775708\n", 40);
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE);
	expect_reserved(STEP, INT64_MAX, STATE_FIRST_HANDLE);
}

/* A file of whoever was stopped in the middle is no obstacle. */
static void test_left_over(void **state)
{
	(void)state;
	put("half of a very long file that is longer than the one that is written\n", 69);
	assert_int_equal(rename("qga.state", "qga.state.new"), 0);
	expect_reserved(STEP, 0, STATE_FIRST_HANDLE);
}

#define PROCESSES 8
#define ROUNDS 25

/* Tells its parent every first number through the pipe. */
static void reserve_in_child(int to)
{
	struct err err;
	int64_t    first;
	int        i;

	err_init(&err);
	for (i = 0; i < ROUNDS; i++)
		if (state_reserve_handles(directory, STEP, 0, &first, &err) < 0 ||
		    write(to, &first, sizeof(first)) != sizeof(first))
			_exit(1);
	_exit(0);
}

static void test_processes(void **state)
{
	bool    seen[PROCESSES * ROUNDS] = {false};
	int64_t first;
	int     fds[2], i, status;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid == 0)
			reserve_in_child(fds[1]);
		assert_in_range(pid, 1, INT32_MAX);
	}
	assert_int_equal(close(fds[1]), 0);
	for (i = 0; i < PROCESSES * ROUNDS; i++) {
		assert_int_equal(read(fds[0], &first, sizeof(first)), sizeof(first));
		first -= STATE_FIRST_HANDLE;
		assert_int_equal(first % STEP, 0);
		first /= STEP;
		assert_in_range(first, 0, PROCESSES * ROUNDS - 1);
		assert_int_equal(seen[first], false);
		seen[first] = true;
	}
	assert_int_equal(close(fds[0]), 0);
	for (i = 0; i < PROCESSES; i++) {
		assert_in_range(wait(&status), 1, INT32_MAX);
		assert_int_equal(status, 0);
	}
	expect_file(STATE_FIRST_HANDLE + PROCESSES * ROUNDS * STEP);
}

static void test_no_directory(void **state)
{
	(void)state;
	expect_error("nowhere", ENOENT, "cannot use the state directory nowhere: ");
	put("", 0);
	expect_error("qga.state", ENOTDIR, "cannot use the state directory qga.state: ");
}

/* Links are not followed, and what is no file is not replaced. */
static void test_no_file(void **state)
{
	(void)state;
	assert_int_equal(symlink("elsewhere", "qga.state"), 0);
	expect_error(directory, ELOOP, "cannot open qga.state: ");
	assert_int_equal(unlink("qga.state"), 0);
	assert_int_equal(mkdir("qga.state", 0700), 0);
	expect_error(directory, EISDIR, "cannot read qga.state: ");
	assert_int_equal(rmdir("qga.state"), 0);
	assert_int_equal(symlink("elsewhere", "qga.state.new"), 0);
	expect_error(directory, ELOOP, "cannot write qga.state: ");
	assert_int_equal(access("elsewhere", F_OK), -1);
	assert_int_equal(access("qga.state", F_OK), -1);
}

static void reserve_unprivileged(void)
{
	struct err err;
	int64_t    first = UNTOUCHED;

	err_init(&err);
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(2);
	if (state_reserve_handles(directory, STEP, 0, &first, &err) != -1 || err.os != EACCES ||
	    !strstr(err.text, "cannot write qga.state: ") || first != UNTOUCHED)
		_exit(1);
	_exit(0);
}

/* Root may write anywhere, so somebody else tries. */
static void test_unwritable(void **state)
{
	int   status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(directory, 0555), 0);
	pid = fork();
	if (pid == 0)
		reserve_unprivileged();
	assert_in_range(pid, 1, INT32_MAX);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(access("qga.state", F_OK), -1);
	assert_int_equal(access("qga.state.new", F_OK), -1);
}

#define STATE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(test_fresh),        STATE_TEST(test_existing),
		STATE_TEST(test_blanks),       STATE_TEST(test_other_groups),
		STATE_TEST(test_damaged),      STATE_TEST(test_long),
		STATE_TEST(test_at_least),     STATE_TEST(test_overflow),
		STATE_TEST(test_left_over),    STATE_TEST(test_processes),
		STATE_TEST(test_no_directory), STATE_TEST(test_no_file),
		STATE_TEST(test_unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
