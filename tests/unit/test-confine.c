/* SPDX-License-Identifier: MIT */
/*
 * Opening within rules, attacked: "..", links, links that change, directories that are exchanged
 * and moved, magic links of /proc. In a directory of our own: inside/ is allowed, outside/ is not.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sys/confine.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

/* Opens while somebody exchanges what is opened. */
#define RACES 1000

static char top[64], allowed[80];

static bool is_inside(void *ctx, const char *real)
{
	size_t n = strlen(ctx);

	return !strncmp(real, ctx, n) && (real[n] == '/' || real[n] == '\0');
}

static const struct confine inside = {.allows = is_inside, .ctx = allowed};

static const char *at(const char *name)
{
	static char paths[8][PATH_MAX];
	static int  next;
	char       *path = paths[next++ % 8];

	(void)snprintf(path, PATH_MAX, "%s/%s", top, name);
	return path;
}

static void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
	char *real;

	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/test-confine-XXXXXX");
	assert_non_null(mkdtemp(top));
	real = realpath(top, NULL);
	assert_non_null(real);
	(void)snprintf(top, sizeof(top), "%.60s", real);
	free(real);
	(void)snprintf(allowed, sizeof(allowed), "%s/inside", top);
	assert_int_equal(mkdir(at("inside"), 0700), 0);
	assert_int_equal(mkdir(at("inside/dir"), 0700), 0);
	assert_int_equal(mkdir(at("outside"), 0700), 0);
	assert_int_equal(mkdir(at("outside/dir"), 0700), 0);
	put("inside/file", "good");
	put("inside/dir/file", "good");
	put("outside/file", "evil");
	put("outside/dir/file", "evil");
	return 0;
}

static int tear_down(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", top, NULL);
		_exit(1);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* What comes of opening: the first byte of the file, '!' for refused, '?' for an error. */
static char outcome(const char *path, int flags, int *ret_os)
{
	char c = '0';
	int  fd = confine_open(&inside, path, flags, ret_os);

	if (fd < 0)
		return *ret_os ? '?' : '!';
	if (pread(fd, &c, 1, 0) == 0)
		c = '0';
	assert_int_equal(close(fd), 0);
	return c;
}

static void expect(char wanted, const char *path)
{
	int  os;
	char got = outcome(path, O_RDONLY, &os);

	if (got != wanted)
		fail_msg("%s: '%c' (%s), expected '%c'", path, got, strerror(os), wanted);
}

static void test_plain(void **state)
{
	int os;

	(void)state;
	expect('g', at("inside/file"));
	expect('g', at("inside/dir/file"));
	expect('!', at("outside/file"));
	expect('!', at("insidefile")); /* a beginning of a name is no directory */
	expect('!', "/etc/passwd");
	expect('!', "/");
	expect('!', "");
	assert_int_equal(outcome(at("inside/none"), O_RDONLY, &os), '?');
	assert_int_equal(os, ENOENT);
	assert_int_equal(outcome(at("inside/file/x"), O_RDONLY, &os), '?');
	assert_int_equal(os, ENOTDIR);
	/* what is not there is not told apart from what is */
	expect('!', at("outside/none"));
	expect('!', at("inside/../outside/none"));
	assert_int_equal(outcome(at("inside"), O_WRONLY, &os), '?');
	assert_int_equal(os, EISDIR);
}

static void test_dots(void **state)
{
	(void)state;
	expect('g', at("inside/../inside/./file"));
	expect('g', at("outside/../inside//dir/../file"));
	expect('!', at("inside/../outside/file"));
	expect('!', at("inside/dir/../../outside/file"));
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(symlink(at("outside/file"), at("inside/absolute")), 0);
	assert_int_equal(symlink("../outside/file", at("inside/relative")), 0);
	assert_int_equal(symlink("../outside", at("inside/way-out")), 0);
	assert_int_equal(symlink("relative", at("inside/chain")), 0);
	assert_int_equal(symlink("../inside", at("outside/way-in")), 0);
	assert_int_equal(symlink("loop", at("inside/loop")), 0);
	expect('!', at("inside/absolute"));
	expect('!', at("inside/relative"));
	expect('!', at("inside/way-out/file"));
	expect('!', at("inside/chain"));
	expect('g', at("outside/way-in/file"));
	expect('?', at("inside/loop"));
	/* the other way round, with .. from behind a link */
	expect('!', at("inside/way-out/../outside/file"));
	expect('g', at("inside/way-out/../inside/file"));
}

static void test_relative_path(void **state)
{
	int os;

	(void)state;
	assert_int_equal(chdir(allowed), 0);
	expect('g', "file");
	expect('!', "../outside/file");
	expect('?', "none");
	expect('!', "../none");
	assert_int_equal(outcome("made", O_RDWR | O_CREAT, &os), '0');
	assert_int_equal(outcome("../made", O_RDWR | O_CREAT, &os), '!');
	assert_int_equal(access(at("made"), F_OK), -1);
	assert_int_equal(chdir("/"), 0);
}

/* Links that are none: the kernel jumps. */
static void test_magic_links(void **state)
{
	char path[PATH_MAX];
	int  in = open(at("inside/file"), O_RDONLY | O_CLOEXEC),
	    out = open(at("outside/file"), O_RDONLY | O_CLOEXEC), gone;

	(void)state;
	(void)snprintf(path, sizeof(path), "/proc/self/root%s", at("outside/file"));
	expect('!', path);
	(void)snprintf(path, sizeof(path), "/proc/self/root%s", at("inside/file"));
	expect('g', path);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", out);
	expect('!', path);
	assert_int_equal(symlink(path, at("inside/magic")), 0);
	expect('!', at("inside/magic"));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
	expect('g', path);
	/* a file without a name has no place */
	put("inside/gone", "good");
	gone = open(at("inside/gone"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(unlink(at("inside/gone")), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", gone);
	expect('!', path);
	/* not even when another has taken its name */
	put("inside/gone", "good");
	expect('!', path);
	(void)close(in);
	(void)close(out);
	(void)close(gone);
}

/* Another mount namespace, in which something else is mounted where our file is. */
static bool cover_inside(void)
{
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", allowed, "tmpfs", 0, NULL) < 0)
		return false;
	fd = open(at("inside/file"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd >= 0 && write(fd, "evil", 4) == 4;
}

/* The kernel says of files of that namespace that they are where ours are. */
static void test_other_namespace(void **state)
{
	int   ready[2], go[2], os;
	char  path[PATH_MAX], c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		c = cover_inside() ? 'y' : 'n';
		(void)!write(ready[1], &c, 1);
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	if (c == 'y') {
		(void)snprintf(path, sizeof(path), "/proc/%d/root%s", pid, at("inside/file"));
		expect('!', path);
		assert_int_equal(outcome(path, O_RDWR | O_CREAT | O_TRUNC, &os), '!');
		expect('g', at("inside/file"));
		(void)snprintf(path, sizeof(path), "/proc/%d/root%s", pid, at("inside/new"));
		assert_int_equal(outcome(path, O_RDWR | O_CREAT, &os), '!');
		assert_int_equal(access(at("inside/new"), F_OK), -1);
	} else {
		print_message("no mount namespaces here: not looked at\n");
	}
	(void)close(go[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(go[0]);
}

/* Inherent: the file has two names, and one of them is allowed. */
static void test_hard_link(void **state)
{
	(void)state;
	assert_int_equal(link(at("outside/file"), at("inside/hard")), 0);
	expect('e', at("inside/hard"));
	expect('!', at("outside/file"));
}

static void test_making(void **state)
{
	int         os;
	struct stat st;

	(void)state;
	assert_int_equal(outcome(at("inside/new"), O_RDWR | O_CREAT, &os), '0');
	assert_int_equal(stat(at("inside/new"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(outcome(at("inside/dir/../new2"), O_RDWR | O_CREAT, &os), '0');
	assert_int_equal(outcome(at("outside/new"), O_RDWR | O_CREAT, &os), '!');
	assert_int_equal(outcome(at("inside/../new"), O_RDWR | O_CREAT, &os), '!');
	assert_int_equal(outcome(at("outside/none/new"), O_RDWR | O_CREAT, &os), '!');
	assert_int_equal(outcome(at("inside/none/new"), O_RDWR | O_CREAT, &os), '?');
	assert_int_equal(os, ENOENT);
	assert_int_equal(outcome(at("inside/new3/"), O_RDWR | O_CREAT, &os), '?');
	assert_int_equal(os, EISDIR);
	assert_int_equal(symlink("../outside", at("inside/out")), 0);
	assert_int_equal(outcome(at("inside/out/new"), O_RDWR | O_CREAT, &os), '!');
	/* a link to nowhere makes nothing, wherever it leads */
	assert_int_equal(symlink("../outside/new", at("inside/dangling")), 0);
	assert_int_equal(outcome(at("inside/dangling"), O_RDWR | O_CREAT, &os), '?');
	assert_int_equal(os, ENOENT);
	assert_int_equal(symlink("newer", at("inside/dangling2")), 0);
	assert_int_equal(outcome(at("inside/dangling2"), O_RDWR | O_CREAT, &os), '?');
	assert_int_equal(access(at("outside/new"), F_OK), -1);
	assert_int_equal(access(at("inside/newer"), F_OK), -1);
	/* what is there is cut only if it is allowed */
	assert_int_equal(outcome(at("outside/file"), O_RDWR | O_CREAT | O_TRUNC, &os), '!');
	assert_int_equal(stat(at("outside/file"), &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(outcome(at("inside/file"), O_RDWR | O_CREAT | O_TRUNC, &os), '0');
}

static void test_long_paths(void **state)
{
	char path[2 * PATH_MAX];
	int  os, n = snprintf(path, sizeof(path), "%s/", allowed);

	(void)state;
	memset(path + n, 'n', NAME_MAX + 1);
	path[n + NAME_MAX + 1] = '\0';
	assert_int_equal(outcome(path, O_RDWR | O_CREAT, &os), '?');
	assert_int_equal(os, ENAMETOOLONG);
	memset(path + n, '/', PATH_MAX);
	path[n + PATH_MAX] = '\0';
	assert_int_equal(outcome(path, O_RDWR | O_CREAT, &os), '?');
	assert_int_equal(os, ENAMETOOLONG);
}

/* --- races --- */

/* Something is exchanged at the worst moment: when the place has just been judged. */
struct attack {
	void (*strike)(void);
	int  after;  /* judgements before it */
	bool refuse; /* the place is not allowed any more, either */
	int  judged;
};

static bool judge_and_strike(void *ctx, const char *real)
{
	struct attack *a = ctx;
	bool           verdict = is_inside(allowed, real);

	if (a->judged++ == a->after) {
		if (a->strike)
			a->strike();
		verdict = verdict && !a->refuse;
	}
	return verdict;
}

/* As outcome(), under attack. */
static char outcome_of(struct attack a, const char *path, int flags)
{
	struct confine c = {.allows = judge_and_strike, .ctx = &a};
	char           got = '0';
	int            os, fd = confine_open(&c, path, flags, &os);

	if (fd < 0)
		return os ? '?' : '!';
	if (pread(fd, &got, 1, 0) == 0)
		got = '0';
	assert_int_equal(close(fd), 0);
	return got;
}

/* The file becomes a link to one that is not allowed. */
static void swap_file(void)
{
	assert_int_equal(unlink(at("inside/file")), 0);
	assert_int_equal(symlink("../outside/file", at("inside/file")), 0);
}

/* The directory and a link to another one change places. */
static void swap_directory(void)
{
	assert_int_equal(syscall(SYS_renameat2, AT_FDCWD, at("inside/dir"), AT_FDCWD,
				 at("inside/other"), RENAME_EXCHANGE),
			 0);
}

static void remove_file(void)
{
	assert_int_equal(unlink(at("inside/file")), 0);
}

static void test_file_becomes_link(void **state)
{
	(void)state;
	assert_int_equal(
		outcome_of((struct attack){.strike = swap_file}, at("inside/file"), O_RDONLY), '!');
}

static void test_directory_becomes_link(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(symlink("../outside/dir", at("inside/other")), 0);
	assert_int_equal(outcome_of((struct attack){.strike = swap_directory},
				    at("inside/dir/file"), O_RDWR | O_TRUNC),
			 '!');
	assert_int_equal(stat(at("outside/dir/file"), &st), 0);
	assert_int_equal(st.st_size, 4);
}

/* One that is never found where it is said to be is given up. */
static void test_file_that_is_never_there(void **state)
{
	struct attack  a = {.after = -1};
	struct confine c = {.allows = judge_and_strike, .ctx = &a};
	char           path[PATH_MAX];
	int            fd = open(at("inside/file"), O_RDONLY | O_CLOEXEC), os;

	(void)state;
	assert_int_equal(unlink(at("inside/file")), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(confine_open(&c, path, O_RDONLY, &os), -1);
	assert_int_equal(os, 0);
	assert_int_equal(a.judged, CONFINE_TRIES);
	(void)close(fd);
}

static void test_file_goes_away(void **state)
{
	(void)state;
	assert_int_equal(
		outcome_of((struct attack){.strike = remove_file}, at("inside/file"), O_RDONLY),
		'?');
}

static void test_making_in_a_directory_that_becomes_link(void **state)
{
	(void)state;
	assert_int_equal(symlink("../outside/dir", at("inside/other")), 0);
	assert_int_equal(outcome_of((struct attack){.strike = swap_directory},
				    at("inside/dir/made"), O_RDWR | O_CREAT),
			 '!');
	assert_int_equal(access(at("outside/dir/made"), F_OK), -1);
}

/* Made in a directory that was moved meanwhile: nothing stays. */
static void test_making_in_a_directory_that_moves(void **state)
{
	(void)state;
	assert_int_equal(outcome_of((struct attack){.after = 1, .refuse = true},
				    at("inside/dir/made"), O_RDWR | O_CREAT),
			 '!');
	assert_int_equal(access(at("inside/dir/made"), F_OK), -1);
}

/* Links that are exchanged all the time, without knowing the moment. */
static void swap_for_ever(void)
{
	for (;;)
		(void)syscall(SYS_renameat2, AT_FDCWD, at("inside/dir"), AT_FDCWD,
			      at("inside/other"), RENAME_EXCHANGE);
}

static void test_many_races(void **state)
{
	pid_t pid;
	int   i, os;

	(void)state;
	assert_int_equal(symlink("../outside/dir", at("inside/other")), 0);
	pid = fork();
	if (pid == 0)
		swap_for_ever();
	for (i = 0; i < RACES; i++) {
		if (outcome(at("inside/dir/file"), O_RDWR, &os) == 'e')
			fail_msg("what is not allowed was opened, try %d", i);
		(void)outcome(at("inside/dir/made"), O_RDWR | O_CREAT, &os);
		if (access(at("outside/dir/made"), F_OK) == 0)
			fail_msg("made outside, try %d", i);
		(void)unlink(at("inside/dir/made"));
	}
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* --- what is open, and what is only looked up --- */

static void test_open_files(void **state)
{
	int fd = open(at("inside/file"), O_RDONLY | O_CLOEXEC),
	    out = open(at("outside/file"), O_RDONLY | O_CLOEXEC), ends[2];

	(void)state;
	assert_true(confine_allows_fd(&inside, fd));
	assert_false(confine_allows_fd(&inside, out));
	assert_int_equal(rename(at("inside/file"), at("outside/renamed")), 0);
	assert_false(confine_allows_fd(&inside, fd));
	assert_int_equal(rename(at("outside/renamed"), at("inside/again")), 0);
	assert_true(confine_allows_fd(&inside, fd));
	assert_int_equal(unlink(at("inside/again")), 0);
	assert_true(confine_allows_fd(&inside, fd));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_false(confine_allows_fd(&inside, ends[0]));
	assert_false(confine_allows_fd(&inside, -1));
	(void)close(fd);
	(void)close(out);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void test_resolving(void **state)
{
	char real[PATH_MAX];
	int  os;

	(void)state;
	assert_int_equal(symlink("../inside/dir/file", at("outside/program")), 0);
	assert_int_equal(confine_resolve(&inside, at("outside/program"), real, &os), 0);
	assert_string_equal(real, at("inside/dir/file"));
	assert_int_equal(confine_resolve(&inside, at("outside/file"), real, &os), -1);
	assert_int_equal(os, 0);
	assert_int_equal(confine_resolve(&inside, at("inside/none"), real, &os), -1);
	assert_int_equal(os, ENOENT);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_plain),
		WITH_FILES(test_dots),
		WITH_FILES(test_links),
		WITH_FILES(test_relative_path),
		WITH_FILES(test_magic_links),
		WITH_FILES(test_other_namespace),
		WITH_FILES(test_hard_link),
		WITH_FILES(test_making),
		WITH_FILES(test_long_paths),
		WITH_FILES(test_file_becomes_link),
		WITH_FILES(test_directory_becomes_link),
		WITH_FILES(test_file_that_is_never_there),
		WITH_FILES(test_file_goes_away),
		WITH_FILES(test_making_in_a_directory_that_becomes_link),
		WITH_FILES(test_making_in_a_directory_that_moves),
		WITH_FILES(test_many_races),
		WITH_FILES(test_open_files),
		WITH_FILES(test_resolving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
