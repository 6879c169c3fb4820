/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sys/files.h"

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
	strcpy(directory, "/tmp/test-files.XXXXXX");
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int teardown(void **state)
{
	(void)state;
	if (chdir("/") < 0)
		return -1;
	return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int open_ok(const char *path, const char *mode)
{
	int os = -1;
	int fd = sys_file_open(path, sys_file_mode(mode), &os);

	if (fd < 0)
		fail_msg("%s (%s): %s", path, mode, strerror(os));
	assert_int_equal(os, 0);
	return fd;
}

static void expect_refused(const char *path, const char *mode, int want)
{
	int os = 0;

	assert_int_equal(sys_file_open(path, sys_file_mode(mode), &os), -1);
	assert_int_equal(os, want);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_in_range(fd, 0, INT32_MAX);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void expect_content(const char *path, const char *want)
{
	char    got[100];
	int     fd = open(path, O_RDONLY);
	ssize_t n;

	assert_in_range(fd, 0, INT32_MAX);
	n = read(fd, got, sizeof(got) - 1);
	assert_in_range(n, 0, sizeof(got) - 1);
	got[n] = '\0';
	assert_string_equal(got, want);
	assert_int_equal(close(fd), 0);
}

static void test_modes(void **state)
{
	static const struct {
		const char *mode;
		int         flags;
	} rows[] = {
		{"r", O_RDONLY},
		{"rb", O_RDONLY},
		{"w", O_WRONLY | O_CREAT | O_TRUNC},
		{"wb", O_WRONLY | O_CREAT | O_TRUNC},
		{"a", O_WRONLY | O_CREAT | O_APPEND},
		{"ab", O_WRONLY | O_CREAT | O_APPEND},
		{"r+", O_RDWR},
		{"rb+", O_RDWR},
		{"r+b", O_RDWR},
		{"w+", O_RDWR | O_CREAT | O_TRUNC},
		{"wb+", O_RDWR | O_CREAT | O_TRUNC},
		{"w+b", O_RDWR | O_CREAT | O_TRUNC},
		{"a+", O_RDWR | O_CREAT | O_APPEND},
		{"ab+", O_RDWR | O_CREAT | O_APPEND},
		{"a+b", O_RDWR | O_CREAT | O_APPEND},
	};
	static const char *const strangers[] = {"",   "R",   "b",   "+",    "x",   "rw", "r ",
						" r", "r++", "br",  "+r",   "rbb", "wx", "r+bb",
						"rt", "re",  "w+x", "rb+b", "bw+"};
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (sys_file_mode(rows[i].mode) != rows[i].flags)
			fail_msg("%s: %#x", rows[i].mode,
				 (unsigned int)sys_file_mode(rows[i].mode));
	for (i = 0; i < ARRAY_SIZE(strangers); i++)
		if (sys_file_mode(strangers[i]) != -1)
			fail_msg("'%s' is a mode", strangers[i]);
}

/* Nothing there: the modes that create do, the others do not. */
static void test_create(void **state)
{
	static const char *const creating[] = {"w", "a", "w+", "a+"};
	size_t                   i;

	(void)state;
	expect_refused("new", "r", ENOENT);
	expect_refused("new", "r+", ENOENT);
	for (i = 0; i < ARRAY_SIZE(creating); i++) {
		assert_int_equal(close(open_ok("new", creating[i])), 0);
		expect_content("new", "");
		assert_int_equal(unlink("new"), 0);
		expect_refused("no/new", creating[i], ENOENT);
	}
}

static void test_flags(void **state)
{
	int fd, flags;

	(void)state;
	fd = open_ok("f", "a+");
	flags = fcntl(fd, F_GETFL);
	assert_int_equal(flags & (O_ACCMODE | O_APPEND | O_NONBLOCK),
			 O_RDWR | O_APPEND | O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
	/* the second step */
	fd = open_ok("f", "w");
	flags = fcntl(fd, F_GETFL);
	assert_int_equal(flags & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_WRONLY | O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
}

/* What is there is emptied or continued, and keeps its permissions. */
static void test_existing(void **state)
{
	static const struct {
		const char *mode, *want;
	} rows[] = {
		{"w", "xy"}, {"w+", "xy"}, {"a", "old xy"}, {"a+", "old xy"}, {"r+", "xyd "},
	};
	struct stat st;
	size_t      i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd;

		put("f", "old ");
		fd = open_ok("f", rows[i].mode);
		assert_int_equal(sys_file_write(fd, "xy", 2), 0);
		assert_int_equal(close(fd), 0);
		expect_content("f", rows[i].want);
	}
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_links(void **state)
{
	struct stat st;
	int         fd;

	(void)state;
	put("f", "old");
	assert_int_equal(symlink("f", "link"), 0);
	fd = open_ok("link", "a");
	assert_int_equal(sys_file_write(fd, "!", 1), 0);
	assert_int_equal(close(fd), 0);
	expect_content("f", "old!");
	assert_int_equal(close(open_ok("link", "w")), 0);
	expect_content("f", "");
	assert_int_equal(lstat("link", &st), 0);
	assert_int_equal(S_ISLNK(st.st_mode), true);
	assert_int_equal(symlink("loop", "loop"), 0);
	expect_refused("loop", "w", ELOOP);
	expect_refused("loop", "r", ELOOP);
}

/* Nothing is made at the far end. */
static void test_dangling_link(void **state)
{
	static const char *const all[] = {"r", "w", "a", "r+", "w+", "a+"};
	size_t                   i;

	(void)state;
	assert_int_equal(symlink("nowhere", "link"), 0);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		expect_refused("link", all[i], ENOENT);
		assert_int_equal(access("nowhere", F_OK), -1);
	}
}

static void test_umask(void **state)
{
	static const mode_t masks[] = {0, 022, 027, 077, 0177};
	struct stat         st;
	size_t              i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		mode_t before = umask(masks[i]);
		int    fd = open_ok("f", "w");

		(void)umask(before);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0666 & ~masks[i]);
		assert_int_equal(close(fd), 0);
		assert_int_equal(unlink("f"), 0);
	}
}

static void test_directory(void **state)
{
	char c;
	bool eof = true;
	int  fd, os = 0;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	fd = open_ok("d", "r");
	assert_int_equal(sys_file_read(fd, &c, 1, &eof, &os), 0);
	assert_int_equal(os, EISDIR);
	assert_int_equal(eof, false);
	assert_int_equal(close(fd), 0);
	expect_refused("d", "w", EISDIR);
	expect_refused("d", "a", EISDIR);
	expect_refused("d", "r+", EISDIR);
	put("f", "");
	expect_refused("f/x", "r", ENOTDIR);
	expect_refused("f/x", "w", ENOTDIR);
}

static void test_fifo(void **state)
{
	char c[10];
	bool eof;
	int  reader, writer, os;

	(void)state;
	assert_int_equal(mkfifo("p", 0600), 0);
	expect_refused("p", "w", ENXIO);
	reader = open_ok("p", "r");
	assert_int_equal(sys_file_read(reader, c, sizeof(c), &eof, &os), 0);
	assert_int_equal(eof, true);
	assert_int_equal(os, 0);
	writer = open_ok("p", "w");
	assert_int_equal(sys_file_read(reader, c, sizeof(c), &eof, &os), 0);
	assert_int_equal(eof, false);
	assert_int_equal(os, EAGAIN);
	/* what there is comes with the error */
	assert_int_equal(sys_file_write(writer, "abc", 3), 0);
	assert_int_equal(sys_file_read(reader, c, sizeof(c), &eof, &os), 3);
	assert_memory_equal(c, "abc", 3);
	assert_int_equal(eof, false);
	assert_int_equal(os, EAGAIN);
	/* or with the end */
	assert_int_equal(sys_file_write(writer, "de", 2), 0);
	assert_int_equal(close(writer), 0);
	assert_int_equal(sys_file_read(reader, c, sizeof(c), &eof, &os), 2);
	assert_int_equal(eof, true);
	assert_int_equal(os, 0);
	assert_int_equal(close(reader), 0);
}

static void test_full_fifo(void **state)
{
	static char block[1 << 16];
	int         fd, os = 0, i;

	(void)state;
	assert_int_equal(mkfifo("p", 0600), 0);
	fd = open_ok("p", "r+");
	for (i = 0; i < 1000 && os == 0; i++)
		os = sys_file_write(fd, block, sizeof(block));
	assert_int_equal(os, EAGAIN);
	assert_int_equal(close(fd), 0);
}

/* The end is told when it is met, not when it is next. */
static void test_eof(void **state)
{
	char c[10];
	bool eof;
	int  fd, os;

	(void)state;
	put("f", "abcde");
	fd = open_ok("f", "r");
	assert_int_equal(sys_file_read(fd, c, 0, &eof, &os), 0);
	assert_int_equal(eof, false);
	assert_int_equal(os, 0);
	assert_int_equal(sys_file_read(fd, c, 2, &eof, &os), 2);
	assert_memory_equal(c, "ab", 2);
	assert_int_equal(eof, false);
	assert_int_equal(sys_file_read(fd, c, 3, &eof, &os), 3);
	assert_memory_equal(c, "cde", 3);
	assert_int_equal(eof, false);
	assert_int_equal(sys_file_read(fd, c, 1, &eof, &os), 0);
	assert_int_equal(eof, true);
	assert_int_equal(os, 0);
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_int_equal(sys_file_read(fd, c, sizeof(c), &eof, &os), 2);
	assert_int_equal(eof, true);
	assert_int_equal(close(fd), 0);
}

static void test_wrong_direction(void **state)
{
	char c;
	bool eof;
	int  fd, os;

	(void)state;
	fd = open_ok("f", "w");
	assert_int_equal(sys_file_read(fd, &c, 1, &eof, &os), 0);
	assert_int_equal(os, EBADF);
	assert_int_equal(eof, false);
	assert_int_equal(sys_file_write(fd, "", 0), 0);
	assert_int_equal(close(fd), 0);
	fd = open_ok("f", "r");
	assert_int_equal(sys_file_write(fd, "x", 1), EBADF);
	assert_int_equal(sys_file_write(fd, "", 0), 0);
	assert_int_equal(close(fd), 0);
}

#define FILES_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes), FILES_TEST(test_create),
		FILES_TEST(test_flags),       FILES_TEST(test_existing),
		FILES_TEST(test_links),       FILES_TEST(test_dangling_link),
		FILES_TEST(test_umask),       FILES_TEST(test_directory),
		FILES_TEST(test_fifo),        FILES_TEST(test_full_fifo),
		FILES_TEST(test_eof),         FILES_TEST(test_wrong_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
