/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/attr.h"
#include "front/pidfile.h"

static char dir[] = "/tmp/test-pidfile-XXXXXX", path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/pid", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* What another process gets: 0, or the text of its error in *text. */
static int take_elsewhere(char *text, size_t size)
{
	int    ends[2], status;
	size_t n = 0;
	pid_t  pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct pidfile p;
		struct err     err;
		int            rc;

		err_init(&err);
		rc = pidfile_take(&p, path, &err);
		(void)!write(ends[1], err.text, strlen(err.text));
		_exit(rc < 0);
	}
	(void)close(ends[1]);
	n = (size_t)read(ends[0], text, size - 1);
	text[n < size ? n : 0] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void test_one_owner(void **state)
{
	struct pidfile p;
	struct stat    st;
	struct err     err;
	char           text[256];

	(void)state;
	err_init(&err);
	assert_int_equal(pidfile_take(&p, path, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(take_elsewhere(text, sizeof(text)), 1);
	assert_string_equal(text, "Cannot lock pid file: Resource temporarily unavailable");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 1); /* the one that failed has not emptied it */
	pidfile_remove(&p);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(errno, ENOENT);
	pidfile_remove(&p); /* not ours any more */
}

/* A file that an agent left which was killed. */
static void test_stale(void **state)
{
	struct pidfile p;
	struct err     err;
	char           text[64] = "", want[64];
	FILE          *file = fopen(path, "w");

	(void)state;
	assert_true(fputs("1234567890123\nmore\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(take_elsewhere(text, sizeof(text)), 0);
	err_init(&err);
	assert_int_equal(pidfile_take(&p, path, &err), 0);
	/* through the descriptor that is open: closing another one would drop the lock */
	assert_int_equal(lseek(p.fd, 0, SEEK_CUR), snprintf(want, sizeof(want), "%d\n", getpid()));
	pidfile_remove(&p);
}

static void test_errors(void **state)
{
	struct pidfile p;
	struct err     err;

	(void)state;
	err_init(&err);
	assert_int_equal(pidfile_take(&p, "/nonexistent/pid", &err), -1);
	assert_string_equal(err.text,
			    "Could not create '/nonexistent/pid': No such file or directory");
	assert_int_equal(p.fd, -1);
}

/* Many at once: never two owners, and the file of the owner is never removed by another. */
static void test_race(void **state)
{
	char  owned[64];
	pid_t pids[8];
	int   i, round, status, bad = 0;

	(void)state;
	(void)snprintf(owned, sizeof(owned), "%s/owned", dir);
	for (i = 0; i < (int)ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		for (round = 0; round < 300; round++) {
			struct pidfile p;
			struct err     err;
			int            fd;

			err_init(&err);
			if (pidfile_take(&p, path, &err) < 0)
				continue;
			fd = open(owned, O_CREAT | O_EXCL, 0600);
			if (fd < 0)
				_exit(1); /* somebody else owns it, too */
			(void)close(fd);
			(void)unlink(owned);
			pidfile_remove(&p);
		}
		_exit(0);
	}
	for (i = 0; i < (int)ARRAY_SIZE(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		bad += status != 0;
	}
	assert_int_equal(bad, 0);
	(void)unlink(path);
	(void)unlink(owned);
}

/* One that was opened by somebody else: taken if it still is the pid file, else to be opened again.
 */
static void test_adopted(void **state)
{
	struct pidfile p = {.fd = -1};
	struct err     err;
	char           other[80];
	int            fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	err_init(&err);
	assert_true(fd >= 0);
	(void)snprintf(other, sizeof(other), "%s.other", path);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(pidfile_adopt(&p, path, fd, &err), 0);
	assert_int_equal(p.fd, -1);
	fd = open(other, O_WRONLY | O_CLOEXEC);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(pidfile_adopt(&p, path, fd, &err), 1);
	assert_int_equal(p.fd, fd);
	pidfile_leave(&p);
	assert_int_equal(p.fd, -1);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_owner), cmocka_unit_test(test_stale),
		cmocka_unit_test(test_errors),    cmocka_unit_test(test_race),
		cmocka_unit_test(test_adopted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
