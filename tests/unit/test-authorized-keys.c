/* SPDX-License-Identifier: MIT */
/*
 * The key writer in a private directory: what it does, what it does when any of its system calls
 * fails, and what a user can do to it; the same attacks against an implementation that works as
 * root and by path, to see that they are attacks. As root; users are numbers without accounts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* --- the nth system call fails --- */

static int fail_at, calls, fail_os;

static bool fails(void)
{
	if (++calls != fail_at)
		return false;
	errno = fail_os;
	return true;
}

#define open(...) (fails() ? -1 : open(__VA_ARGS__))
#define openat(...) (fails() ? -1 : openat(__VA_ARGS__))
#define syscall(...) (fails() ? -1 : syscall(__VA_ARGS__))
#define fstat(...) (fails() ? -1 : fstat(__VA_ARGS__))
#define fstatat(...) (fails() ? -1 : fstatat(__VA_ARGS__))
#define read(...) (fails() ? -1 : read(__VA_ARGS__))
#define write(...) (fails() ? -1 : write(__VA_ARGS__))
#define fsync(...) (fails() ? -1 : fsync(__VA_ARGS__))
#define fchmod(...) (fails() ? -1 : fchmod(__VA_ARGS__))
#define mkdirat(...) (fails() ? -1 : mkdirat(__VA_ARGS__))
#define renameat(...) (fails() ? -1 : renameat(__VA_ARGS__))
#define getrandom(...) (fails() ? -1 : getrandom(__VA_ARGS__))
#include "sys/authorized_keys.c"
#undef open
#undef openat
#undef syscall
#undef fstat
#undef fstatat
#undef read
#undef write
#undef fsync
#undef fchmod
#undef mkdirat
#undef renameat
#undef getrandom

#include "sys/account.h"

#define USER 54321
#define OTHER 54322

static char top[64], home[128], secret[128], ssh[160], file[192];

/* --- a home --- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void put(const char *path, const char *text, uid_t uid, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(fchown(fd, uid, uid), 0);
	(void)close(fd);
}

static void make_dir(const char *path, uid_t uid, mode_t mode)
{
	assert_int_equal(mkdir(path, mode), 0);
	assert_int_equal(chown(path, uid, uid), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int setup(void **state)
{
	(void)state;
	fail_at = 0;
	(void)snprintf(top, sizeof(top), "/tmp/virtagent-keys-XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(chmod(top, 0755), 0);
	(void)snprintf(home, sizeof(home), "%s/home", top);
	(void)snprintf(ssh, sizeof(ssh), "%s/.ssh", home);
	(void)snprintf(file, sizeof(file), "%s/authorized_keys", ssh);
	(void)snprintf(secret, sizeof(secret), "%s/secret", top);
	make_dir(home, USER, 0755);
	put(secret, "root's secret\n", 0, 0600);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- ours, as the user --- */

struct work {
	bool                        get;
	enum authorized_keys_change what;
	struct key_list             keys;
	struct err                  err;
	size_t                      n;
	char                        data[65536];
};

static void job(void *shared, void *ctx)
{
	struct work *w = shared;
	struct buf   data = BUF_INIT(AUTHORIZED_KEYS_MAX + 131072);

	(void)ctx;
	err_init(&w->err);
	if (!w->get) {
		(void)authorized_keys_change(home, w->what, &w->keys, &w->err);
		return;
	}
	if (authorized_keys_read(home, &data, &w->err) == 0 && data.len > 0) {
		w->n = data.len < sizeof(w->data) - 1 ? data.len : sizeof(w->data) - 1;
		memcpy(w->data, data.data, w->n);
	}
}

static struct work *work;

static void run_as(uid_t uid)
{
	gid_t          group = uid;
	struct account user = {.uid = uid, .gid = uid, .groups = &group, .n_groups = 1};
	struct err     err;

	err_init(&err);
	work->n = 0;
	memset(work->data, 0, sizeof(work->data));
	if (account_run(&user, job, work, NULL, 10000, &err) < 0)
		fail_msg("%s", err.text);
}

static char *const key_a[] = {(char *)(uintptr_t) "ssh-ed25519 AAAA a@host"};

static bool change(enum authorized_keys_change what)
{
	work->get = false;
	work->what = what;
	work->keys = (struct key_list){.n = 1, .items = key_a};
	run_as(USER);
	return !work->err.set;
}

static bool add(void)
{
	return change(AUTHORIZED_KEYS_ADD);
}

static const char *get(void)
{
	work->get = true;
	run_as(USER);
	return work->err.set ? NULL : work->data;
}

static void assert_text(const char *path, const char *wanted)
{
	char text[4096];
	int  fd = open(path, O_RDONLY | O_CLOEXEC);
	long n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(fd);
	assert_string_equal(text, wanted);
}

static void assert_owned(const char *path, uid_t uid, mode_t mode)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, uid);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void assert_secret_is_safe(void)
{
	assert_text(secret, "root's secret\n");
	assert_owned(secret, 0, 0600);
}

static size_t entries(const char *path)
{
	DIR   *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n - 2;
}

/* --- what it does --- */

static void test_makes_directory_and_file(void **state)
{
	(void)state;
	assert_true(add());
	assert_text(file, key_a[0]);
	assert_owned(ssh, USER, 0700);
	assert_owned(file, USER, 0600);
	assert_int_equal(entries(ssh), 1);
	assert_true(add());
	assert_text(file, key_a[0]);
	assert_string_equal(get(), key_a[0]);
}

static void test_keeps_what_is_there(void **state)
{
	static const char old[] =
		"# comment\n\ncommand=\"x\",no-pty ssh-rsa BBBB b\n  \nodd \xff\n";
	char wanted[256];

	(void)state;
	make_dir(ssh, USER, 0755);
	put(file, old, USER, 0644);
	assert_true(add());
	(void)snprintf(wanted, sizeof(wanted), "%s\n%s", old, key_a[0]);
	assert_text(file, wanted);
	assert_owned(ssh, USER, 0755);
	assert_owned(file, USER, 0600);
	assert_true(change(AUTHORIZED_KEYS_REMOVE));
	/* without the key, with the line feed that stood before it */
	assert_text(file, old);
	assert_true(change(AUTHORIZED_KEYS_RESET));
	assert_text(file, key_a[0]);
}

static void test_removes_from_nothing(void **state)
{
	(void)state;
	assert_true(change(AUTHORIZED_KEYS_REMOVE));
	assert_int_equal(entries(home), 0);
	make_dir(ssh, USER, 0700);
	assert_true(change(AUTHORIZED_KEYS_REMOVE));
	assert_int_equal(entries(ssh), 0);
	assert_null(get());
	assert_non_null(strstr(work->err.text, "Failed to open file \u201c"));
	assert_non_null(strstr(work->err.text, "No such file or directory"));
}

/* --- attacks --- */

/* An implementation as they are common: as root, by path. What it does to the secret is its text
 * in a file of the user's, or the secret's owner. */
static void naive_add(void)
{
	char        text[4096] = "", temporary[256];
	int         fd;
	struct stat st;

	if (stat(ssh, &st) < 0) {
		(void)mkdir(ssh, 0700);
		(void)!chown(ssh, USER, USER);
	}
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	(void)snprintf(temporary, sizeof(temporary), "%s.tmp", file);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, text, strlen(text));
		(void)!write(fd, key_a[0], strlen(key_a[0]));
		(void)close(fd);
	}
	(void)rename(temporary, file);
	(void)!chown(file, USER, USER);
	(void)chmod(file, 0600);
}

/* What the naive one is tricked into: the secret in a file that the user can read. */
static bool naive_leaks(void)
{
	char        text[4096] = "";
	struct stat st;
	int         fd;

	naive_add();
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	(void)!read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return st.st_uid == USER && strstr(text, "secret");
}

static void link_as_user(const char *to, const char *from)
{
	assert_int_equal(symlink(to, from), 0);
	assert_int_equal(lchown(from, USER, USER), 0);
}

static void test_linked_file(void **state)
{
	(void)state;
	make_dir(ssh, USER, 0700);
	link_as_user(secret, file);
	assert_null(get());
	assert_non_null(strstr(work->err.text, "Too many levels of symbolic links"));
	assert_false(add());
	assert_false(change(AUTHORIZED_KEYS_REMOVE));
	assert_secret_is_safe();
	assert_int_equal(entries(ssh), 1);
	/* a reset does not look at what was there: the link goes */
	assert_true(change(AUTHORIZED_KEYS_RESET));
	assert_text(file, key_a[0]);
	assert_secret_is_safe();
	assert_int_equal(unlink(file), 0);
	link_as_user(secret, file);
	assert_true(naive_leaks());
}

static void test_linked_directory(void **state)
{
	char other[192], inside[256];

	(void)state;
	(void)snprintf(other, sizeof(other), "%s/root-ssh", top);
	(void)snprintf(inside, sizeof(inside), "%s/authorized_keys", other);
	make_dir(other, 0, 0755);
	put(inside, "root's key\n", 0, 0644);
	link_as_user(other, ssh);
	assert_null(get());
	assert_false(add());
	assert_false(change(AUTHORIZED_KEYS_RESET));
	assert_false(change(AUTHORIZED_KEYS_REMOVE));
	assert_text(inside, "root's key\n");
	assert_owned(inside, 0, 0644);
	assert_int_equal(entries(other), 1);
	naive_add();
	assert_owned(inside, USER, 0600); /* root's own keys are the user's now */
}

static void test_hard_link(void **state)
{
	char mine[192];

	(void)state;
	make_dir(ssh, USER, 0700);
	assert_int_equal(link(secret, file), 0);
	assert_null(get());
	assert_false(add());
	assert_secret_is_safe();
	assert_true(naive_leaks());
	/* a file of his own with two names */
	assert_int_equal(unlink(file), 0);
	(void)snprintf(mine, sizeof(mine), "%s/mine", home);
	put(mine, "key\n", USER, 0600);
	assert_int_equal(link(mine, file), 0);
	assert_false(add());
	assert_non_null(strstr(work->err.text, "it has more than one name"));
}

static void test_fifo(void **state)
{
	(void)state;
	make_dir(ssh, USER, 0700);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(chown(file, USER, USER), 0);
	assert_null(get());
	assert_non_null(strstr(work->err.text, "it is not a regular file"));
	assert_false(add());
	assert_true(change(AUTHORIZED_KEYS_RESET));
	assert_text(file, key_a[0]);
}

static void test_devices(void **state)
{
	(void)state;
	make_dir(ssh, USER, 0700);
	link_as_user("/dev/zero", file);
	assert_null(get());
	assert_false(add());
	assert_int_equal(unlink(file), 0);
	if (mknod(file, S_IFCHR | 0666, 0x0105) == 0) {
		assert_null(get());
		assert_false(add());
	}
}

static void test_huge(void **state)
{
	(void)state;
	make_dir(ssh, USER, 0700);
	put(file, "key\n", USER, 0600);
	assert_int_equal(truncate(file, (off_t)1 << 40), 0);
	assert_null(get());
	assert_non_null(strstr(work->err.text, "it is too large"));
	assert_false(add());
	assert_int_equal(truncate(file, (off_t)AUTHORIZED_KEYS_MAX), 0);
	assert_non_null(get());
	assert_false(add());
	assert_non_null(strstr(work->err.text, "limit exceeded"));
}

static void test_directory_in_place(void **state)
{
	(void)state;
	make_dir(ssh, USER, 0700);
	make_dir(file, USER, 0700);
	assert_null(get());
	assert_non_null(strstr(work->err.text, "Error reading file \u201c"));
	assert_non_null(strstr(work->err.text, "Is a directory"));
	assert_false(add());
	assert_false(change(AUTHORIZED_KEYS_RESET));
	assert_int_equal(entries(ssh), 1);
}

static void test_others_homes(void **state)
{
	(void)state;
	assert_int_equal(chown(home, OTHER, OTHER), 0);
	assert_false(add());
	assert_non_null(strstr(work->err.text, "Permission denied"));
	/* somebody else's directory, open to all */
	make_dir(ssh, OTHER, 0777);
	assert_false(add());
	assert_non_null(strstr(work->err.text, "it belongs to another user"));
	put(file, "theirs\n", OTHER, 0666);
	assert_null(get());
	assert_text(file, "theirs\n");
}

/* A user who swaps what is there as fast as he can. */
static pid_t start_swapping(void)
{
	char  kept[192], linked[192];
	pid_t pid;

	(void)snprintf(kept, sizeof(kept), "%s/kept", ssh);
	(void)snprintf(linked, sizeof(linked), "%s/linked", ssh);
	put(kept, "mine\n", USER, 0600);
	link_as_user(secret, linked);
	pid = fork();
	if (pid)
		return pid;
	(void)setgid(USER);
	(void)setuid(USER);
	for (;;) {
		(void)syscall(SYS_renameat2, AT_FDCWD, kept, AT_FDCWD, linked, 2 /* exchange */);
		(void)unlink(file);
		(void)link(linked, file);
	}
}

static void test_race(void **state)
{
	bool  leaked = false;
	pid_t pid;
	int   i;

	(void)state;
	make_dir(ssh, USER, 0700);
	pid = start_swapping();
	for (i = 0; i < 150; i++) {
		const char *text = get();

		assert_true(!text || !strstr(text, "secret"));
		(void)add();
	}
	assert_secret_is_safe();
	for (i = 0; i < 20000 && !leaked; i++)
		leaked = naive_leaks();
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	assert_true(leaked);
}

/* --- faults --- */

/* Every call fails once, with each of some errors: old or new, nothing in between, nothing left. */
static void fault_run(enum authorized_keys_change what, const char *old, const char *fresh)
{
	static const int errors[] = {EIO, ENOSPC, EINTR, ENOSYS, ENOMEM, EACCES};
	size_t           k;
	int              n;

	for (k = 0; k < ARRAY_SIZE(errors); k++) {
		n = 0;
		do {
			struct key_list keys = {.n = 1, .items = key_a};
			struct err      err;
			char            text[512];
			int             fd, rc;
			ssize_t         len;

			put(file, old, 0, 0600);
			err_init(&err);
			calls = 0;
			fail_at = ++n;
			fail_os = errors[k];
			rc = authorized_keys_change(home, what, &keys, &err);
			fail_at = 0;
			assert_int_equal(rc < 0, err.set);
			fd = open(file, O_RDONLY | O_CLOEXEC);
			assert_true(fd >= 0);
			len = read(fd, text, sizeof(text) - 1);
			(void)close(fd);
			assert_true(len >= 0);
			text[len] = '\0';
			if (strcmp(text, fresh) != 0)
				assert_string_equal(text, old);
			if (rc == 0)
				assert_string_equal(text, fresh);
			assert_int_equal(entries(ssh), 1);
		} while (calls >= n);
		assert_true(n > 8);
	}
}

static void test_every_call_fails(void **state)
{
	(void)state;
	assert_int_equal(chown(home, 0, 0), 0);
	make_dir(ssh, 0, 0700);
	fault_run(AUTHORIZED_KEYS_RESET, "old\n", key_a[0]);
	fault_run(AUTHORIZED_KEYS_ADD, "old", "old\nssh-ed25519 AAAA a@host");
	fault_run(AUTHORIZED_KEYS_REMOVE, "old\nssh-ed25519 AAAA a@host", "old");
}

static void test_without_openat2(void **state)
{
	char moved[192];
	int  fd, linked;

	(void)state;
	make_dir(ssh, USER, 0700);
	put(file, "key\n", USER, 0600);
	linked = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(linked >= 0);
	calls = 0;
	fail_at = 1;
	fail_os = ENOSYS;
	fd = open_below(linked, DIRECTORY, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)snprintf(moved, sizeof(moved), "%s/moved", home);
	assert_int_equal(rename(ssh, moved), 0);
	link_as_user(moved, ssh);
	calls = 0;
	fd = open_below(linked, DIRECTORY, O_RDONLY | O_DIRECTORY);
	assert_int_equal(fd, -1);
	fail_at = 0;
	(void)close(linked);
}

/* A user may stop or kill what acts for him. */
static void stop_itself(void *shared, void *ctx)
{
	(void)shared;
	(void)ctx;
	(void)raise(SIGSTOP);
}

static void kill_itself(void *shared, void *ctx)
{
	(void)shared;
	(void)ctx;
	(void)raise(SIGKILL);
}

static void look_at_ids(void *shared, void *ctx)
{
	char *ok = shared;

	(void)ctx;
	*ok = getuid() == USER && geteuid() == USER && getgid() == USER && setuid(0) < 0 &&
	      setgid(0) < 0 && access(secret, R_OK) < 0;
}

static void test_acting(void **state)
{
	gid_t          group = USER;
	struct account user = {.uid = USER, .gid = USER, .groups = &group, .n_groups = 1};
	struct err     err;
	char          *shared = account_shared(4096);

	(void)state;
	err_init(&err);
	assert_int_equal(account_run(&user, look_at_ids, shared, NULL, 10000, &err), 0);
	assert_true(*shared);
	assert_int_equal(account_run(&user, stop_itself, shared, NULL, 50, &err), -1);
	assert_string_equal(err.text, "acting as the user took longer than 50 ms");
	err_init(&err);
	assert_int_equal(account_run(&user, kill_itself, shared, NULL, 10000, &err), -1);
	assert_string_equal(err.text, "acting as the user was ended by signal 9");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	account_unshare(shared, 4096);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_makes_directory_and_file),
		CASE(test_keeps_what_is_there),
		CASE(test_removes_from_nothing),
		CASE(test_linked_file),
		CASE(test_linked_directory),
		CASE(test_hard_link),
		CASE(test_fifo),
		CASE(test_devices),
		CASE(test_huge),
		CASE(test_directory_in_place),
		CASE(test_others_homes),
		CASE(test_race),
		CASE(test_every_call_fails),
		CASE(test_without_openat2),
		CASE(test_acting),
	};

	if (geteuid() != 0) {
		(void)puts("SKIP: needs root to be other users");
		return 77;
	}
	work = account_shared(sizeof(*work));
	if (!work)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
