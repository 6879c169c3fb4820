/* SPDX-License-Identifier: MIT */
#include "sys/authorized_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define DIRECTORY ".ssh"
#define FILE_NAME "authorized_keys"

/* A label of SELinux with its NUL. */
#define LABEL_MAX 256
#define LABEL_NAME "security.selinux"
#define LABEL_TYPE "ssh_home_t"

/* Paths are for texts only. */
struct places {
	char directory[4096];
	char file[4096];
};

static void places_of(const char *home, struct places *ret)
{
	const char *slash = *home ? "/" : "";

	(void)snprintf(ret->directory, sizeof(ret->directory), "%.4000s%s" DIRECTORY, home, slash);
	(void)snprintf(ret->file, sizeof(ret->file), "%.4000s%s" DIRECTORY "/" FILE_NAME, home,
		       slash);
}

/* --- opening --- */

/* The home itself may be reached through links: they are root's. */
static int open_home(const char *home)
{
	int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* a home that its owner cannot list is still one */
	return fd < 0 && errno == EACCES ? open(home, O_PATH | O_DIRECTORY | O_CLOEXEC) : fd;
}

/* One name below dir, which is not a link. */
static int open_below(int dir, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC),
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH,
	};
	long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

	/* Linux before 5.6, or a filter that does not know it: for a single name the flags do */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(dir, name, (int)how.flags);
	return (int)fd;
}

static int open_ssh(int home)
{
	return open_below(home, DIRECTORY, O_RDONLY | O_DIRECTORY);
}

/* --- reading --- */

/* What the file must be; NULL: it is. */
static const char *objection(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return "it belongs to another user";
	if (st->st_nlink != 1)
		return "it has more than one name";
	if ((uint64_t)st->st_size > AUTHORIZED_KEYS_MAX)
		return "it is too large";
	return NULL;
}

static int refuse(const struct places *at, const char *why, struct err *err)
{
	return err_set(err, "failed to read '%s': %s", at->file, why);
}

static int cannot_open(const struct places *at, int os, struct err *err)
{
	(void)err_set(err, "failed to read '%s': Failed to open file \u201c%s\u201d: %s", at->file,
		      at->file, strerror(os));
	err->os = os;
	return -1;
}

static int cannot_read(const struct places *at, int os, struct err *err)
{
	return err_set(err, "failed to read '%s': Error reading file \u201c%s\u201d: %s", at->file,
		       at->file, strerror(os));
}

/* The file may still grow: no more than the limit is read. */
static int read_all(int fd, const struct places *at, struct buf *to, struct err *err)
{
	size_t before = to->len;

	for (;;) {
		ssize_t n;

		if (buf_reserve(to, 65536) < 0)
			return refuse(at, "it is too large", err);
		n = read(fd, to->data + to->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_read(at, errno, err);
		to->len += (size_t)n;
		if (to->len - before > AUTHORIZED_KEYS_MAX)
			return refuse(at, "it is too large", err);
		if (n == 0)
			return 0;
	}
}

static int read_file(int ssh, const struct places *at, struct buf *to, struct err *err)
{
	struct stat    st;
	const char    *why;
	auto_close int fd = -1;

	/* looked at before it is opened: opening a device can do things */
	if (fstatat(ssh, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot_open(at, errno, err);
	if (S_ISLNK(st.st_mode))
		return cannot_open(at, ELOOP, err);
	if (S_ISDIR(st.st_mode))
		return cannot_read(at, EISDIR, err);
	if ((why = objection(&st)))
		return refuse(at, why, err);
	fd = open_below(ssh, FILE_NAME, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return cannot_open(at, errno, err);
	/* and once more: it may be another one by now */
	if (fstat(fd, &st) < 0)
		return cannot_read(at, errno, err);
	if ((why = objection(&st)))
		return refuse(at, why, err);
	return read_all(fd, at, to, err);
}

int authorized_keys_read(const char *home, struct buf *to, struct err *err)
{
	auto_close int home_fd = -1, ssh = -1;
	struct places  at;

	places_of(home, &at);
	home_fd = open_home(home);
	if (home_fd >= 0)
		ssh = open_ssh(home_fd);
	if (ssh < 0)
		return cannot_open(&at, errno, err);
	return read_file(ssh, &at, to, err);
}

/* --- labels --- */

/* The label of one file for another. Without SELinux there is none, and setting one fails. */
static void copy_label(int from, int to)
{
	char    label[LABEL_MAX];
	ssize_t n = from >= 0 ? fgetxattr(from, LABEL_NAME, label, sizeof(label)) : -1;

	if (n > 0)
		(void)fsetxattr(to, LABEL_NAME, label, (size_t)n, 0); /* as well as it goes */
}

/* What the policies give ~/.ssh: the label of the home, with a type of its own. */
static void label_as_ssh(int home, int to)
{
	char    label[LABEL_MAX], made[LABEL_MAX + sizeof(LABEL_TYPE)];
	ssize_t n = fgetxattr(home, LABEL_NAME, label, sizeof(label) - 1);
	char   *type, *level;

	if (n <= 0)
		return;
	label[n] = '\0';
	type = strchr(label, ':');
	type = type ? strchr(type + 1, ':') : NULL;
	if (!type)
		return;
	*type++ = '\0';
	level = strchr(type, ':');
	n = snprintf(made, sizeof(made), "%s:" LABEL_TYPE "%s", label, level ? level : "");
	(void)fsetxattr(to, LABEL_NAME, made, (size_t)n + 1, 0); /* a policy without it refuses */
}

/* --- writing --- */

static int cannot_write(const struct places *at, const char *step, int os, struct err *err)
{
	return err_set(err, "failed to write to '%s': %s: %s", at->file, step, strerror(os));
}

static int make_directory(int home, const struct places *at, struct err *err)
{
	auto_close int fd = -1;

	if (mkdirat(home, DIRECTORY, 0700) < 0)
		return err_os(err, errno, "failed to create directory '%s'", at->directory);
	fd = open_ssh(home);
	if (fd < 0)
		return err_os(err, errno, "failed to create directory '%s'", at->directory);
	if (fchmod(fd, 0700) < 0)
		return err_os(err, errno, "failed to set permissions of directory '%s'",
			      at->directory);
	label_as_ssh(home, fd);
	return take_fd(&fd);
}

/* The directory, made if need be. Somebody else's is refused: he could change what is in it. */
static int ensure_directory(int home, const struct places *at, struct err *err)
{
	auto_close int fd = open_ssh(home);
	struct stat    st;

	if (fd < 0 && errno == ENOENT)
		return make_directory(home, at, err);
	if (fd < 0)
		return err_os(err, errno, "failed to create directory '%s'", at->directory);
	if (fstat(fd, &st) < 0)
		return err_os(err, errno, "failed to create directory '%s'", at->directory);
	if (st.st_uid != geteuid())
		return err_set(err,
			       "failed to set ownership of directory '%s': it belongs to another "
			       "user",
			       at->directory);
	return take_fd(&fd);
}

/* A name that nobody knows beforehand. */
static int temporary_name(char *to, size_t size)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	(void)snprintf(to, size, FILE_NAME ".%016" PRIx64, random);
	return 0;
}

static int write_all(int fd, const struct buf *data, const struct places *at, struct err *err)
{
	size_t done = 0;

	while (done < data->len) {
		ssize_t n = write(fd, data->data + done, data->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_write(at, "write() failed", errno, err);
		done += (size_t)n;
	}
	return 0;
}

static int finish_file(int ssh, int fd, const struct places *at, struct err *err)
{
	auto_close int old = open_below(ssh, FILE_NAME, O_RDONLY | O_NONBLOCK);

	if (fchmod(fd, 0600) < 0)
		return err_os(err, errno, "failed to set permissions of '%s'", at->file);
	copy_label(old >= 0 ? old : ssh, fd);
	if (fsync(fd) < 0)
		return cannot_write(at, "fsync() failed", errno, err);
	return 0;
}

static int put_in_place(int ssh, const char *temporary, const struct places *at, struct err *err)
{
	if (renameat(ssh, temporary, ssh, FILE_NAME) < 0) {
		int os = errno;

		(void)unlinkat(ssh, temporary, 0); /* the error is told already */
		return cannot_write(at, "rename() failed", os, err);
	}
	if (fsync(ssh) < 0 && errno != EINVAL && errno != EROFS)
		return cannot_write(at, "fsync() of the directory failed", errno, err);
	return 0;
}

static int write_file(int ssh, const struct buf *data, const struct places *at, struct err *err)
{
	char           temporary[64];
	auto_close int fd = -1;
	int            rc;

	if (temporary_name(temporary, sizeof(temporary)) < 0)
		return cannot_write(at, "no random name", errno, err);
	fd = openat(ssh, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err,
			       "failed to write to '%s': Failed to create file \u201c%s.XXXXXX"
			       "\u201d: %s",
			       at->file, at->file, strerror(errno));
	rc = write_all(fd, data, at, err);
	if (rc == 0)
		rc = finish_file(ssh, fd, at, err);
	if (rc == 0)
		return put_in_place(ssh, temporary, at, err);
	(void)unlinkat(ssh, temporary, 0); /* the error is told already */
	return rc;
}

/* --- the whole --- */

/* The old lines; none when there is no file. What is there and cannot be read is an error: its
 * keys would be lost. */
static int read_old(int ssh, const struct places *at, struct buf *old, bool *ret_missing,
		    struct err *err)
{
	*ret_missing = false;
	if (read_file(ssh, at, old, err) == 0)
		return 0;
	*ret_missing = err->os == ENOENT;
	if (!*ret_missing)
		return -1;
	err_init(err);
	return 0;
}

static int change_lines(enum authorized_keys_change what, const struct buf *old,
			const struct key_list *keys, const struct places *at, struct buf *to,
			struct err *err)
{
	int rc = what == AUTHORIZED_KEYS_REMOVE ? key_lines_remove(old->data, old->len, keys, to)
						: key_lines_add(old->data, old->len, keys, to);

	return rc < 0 ? err_set(err, "failed to write to '%s': limit exceeded: %zu bytes of keys",
				at->file, AUTHORIZED_KEYS_MAX)
		      : 0;
}

static int change_below(int ssh, enum authorized_keys_change what, const struct key_list *keys,
			const struct places *at, struct err *err)
{
	struct buf old = BUF_INIT(AUTHORIZED_KEYS_MAX + 131072),
		   fresh = BUF_INIT(AUTHORIZED_KEYS_MAX);
	bool missing = true;
	int  rc = 0;

	if (what != AUTHORIZED_KEYS_RESET)
		rc = read_old(ssh, at, &old, &missing, err);
	if (rc == 0 && !(missing && what == AUTHORIZED_KEYS_REMOVE)) {
		rc = change_lines(what, &old, keys, at, &fresh, err);
		if (rc == 0)
			rc = write_file(ssh, &fresh, at, err);
	}
	buf_fini(&old);
	buf_fini(&fresh);
	return rc;
}

int authorized_keys_change(const char *home, enum authorized_keys_change what,
			   const struct key_list *keys, struct err *err)
{
	auto_close int home_fd = -1, ssh = -1;
	struct places  at;

	places_of(home, &at);
	home_fd = open_home(home);
	/* nothing there to be removed */
	if (home_fd < 0 && errno == ENOENT && what == AUTHORIZED_KEYS_REMOVE)
		return 0;
	if (home_fd < 0)
		return err_os(err, errno, "failed to create directory '%s'", at.directory);
	if (what == AUTHORIZED_KEYS_REMOVE) {
		ssh = open_ssh(home_fd);
		if (ssh < 0 && errno == ENOENT)
			return 0;
	}
	if (ssh < 0)
		ssh = ensure_directory(home_fd, &at, err);
	return ssh < 0 ? -1 : change_below(ssh, what, keys, &at, err);
}
