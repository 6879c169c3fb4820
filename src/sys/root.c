/* SPDX-License-Identifier: MIT */
#include "sys/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "sys/probe.h"
#include "sys/serials.h"

/* What root_read() asks for at a time when a file does not say its size. */
#define READ_STEP ((size_t)16 << 10)

int root_init(struct sys_root *r, const char *dir, const char *statedir, struct err *err)
{
	r->fd = -1;
	r->path[0] = '\0';
	r->statedir = statedir;
	r->probes = probe_pool_new();
	r->serials = serials_new();
	if (!r->probes || !r->serials) {
		root_fini(r);
		return err_os(err, ENOMEM, "cannot start");
	}
	if (!dir)
		return 0;
	r->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->fd < 0) {
		int os = errno;

		root_fini(r);
		return err_os(err, os, "cannot use the root directory %s", dir);
	}
	if (!realpath(dir, r->path)) { /* PATH_MAX is ROOT_PATH_MAX */
		int os = errno;

		root_fini(r);
		return err_os(err, os, "cannot use the root directory %s", dir);
	}
	if (!strcmp(r->path, "/"))
		r->path[0] = '\0';
	return 0;
}

void root_fini(struct sys_root *r)
{
	if (r->fd >= 0)
		(void)close(take_fd(&r->fd));
	r->path[0] = '\0';
	probe_pool_free(r->probes);
	r->probes = NULL;
	serials_free(r->serials);
	r->serials = NULL;
}

static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_IN_ROOT};
	long            fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return (int)fd;
	/* Linux before 5.6, or a filter that does not know the call: relative links only */
	while (*path == '/')
		path++;
	return openat(dir, *path ? path : ".", flags);
}

int root_open(const struct sys_root *r, const char *path, int flags, int *ret_os)
{
	int fd;

	flags |= O_CLOEXEC;
	do
		fd = r->fd < 0 ? open(path, flags) : open_beneath(r->fd, path, flags);
	while (fd < 0 && errno == EINTR);
	*ret_os = fd < 0 ? errno : 0;
	return fd;
}

DIR *root_opendir(const struct sys_root *r, const char *path, int *ret_os)
{
	int  fd = root_open(r, path, O_RDONLY | O_DIRECTORY, ret_os);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir) {
		*ret_os = errno;
		(void)close(fd);
	}
	return dir;
}

int root_stat(const struct sys_root *r, const char *path, struct stat *ret, int *ret_os)
{
	auto_close int fd = -1;
	int            rc;

	if (r->fd < 0) {
		rc = stat(path, ret);
	} else {
		fd = root_open(r, path, O_PATH, ret_os);
		if (fd < 0)
			return -1;
		rc = fstat(fd, ret);
	}
	*ret_os = rc < 0 ? errno : 0;
	return rc;
}

static ssize_t read_again(int fd, char *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t root_read(const struct sys_root *r, const char *path, struct buf *to, int *ret_os)
{
	auto_close int fd = root_open(r, path, O_RDONLY, ret_os);
	size_t         before = to->len;

	if (fd < 0)
		return -1;
	for (;;) {
		ssize_t got;

		if (buf_reserve(to, READ_STEP) < 0) {
			*ret_os = ENOMEM;
			return -1;
		}
		got = read_again(fd, to->data + to->len, to->cap - to->len - 1);
		if (got < 0) {
			*ret_os = errno;
			return -1;
		}
		to->len += (size_t)got;
		to->data[to->len] = '\0';
		if (got == 0)
			return (ssize_t)(to->len - before);
	}
}

static ssize_t read_attr(int fd, char *to, size_t size, int *ret_os)
{
	size_t n = 0;

	while (n < size - 1) {
		ssize_t got = read_again(fd, to + n, size - 1 - n);

		if (got < 0) {
			*ret_os = errno;
			return -1;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	while (n > 0 && strchr(" \t\r\n", to[n - 1]))
		n--;
	to[n] = '\0';
	return (ssize_t)n;
}

ssize_t root_read_attr(const struct sys_root *r, const char *path, char *to, size_t size,
		       int *ret_os)
{
	auto_close int fd = root_open(r, path, O_RDONLY, ret_os);

	return fd < 0 ? -1 : read_attr(fd, to, size, ret_os);
}

ssize_t root_read_attr_at(int dir, const char *name, char *to, size_t size, int *ret_os)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	*ret_os = fd < 0 ? errno : 0;
	return fd < 0 ? -1 : read_attr(fd, to, size, ret_os);
}

/* readlinkat() of a descriptor's own link text, or of the object that it names. */
static ssize_t link_text(int fd, const char *name, char *to, size_t size, int *ret_os)
{
	ssize_t n = readlinkat(fd, name, to, size);

	if (n >= 0 && (size_t)n >= size) {
		*ret_os = ENAMETOOLONG;
		return -1;
	}
	*ret_os = n < 0 ? errno : 0;
	if (n >= 0)
		to[n] = '\0';
	return n;
}

ssize_t root_readlink(const struct sys_root *r, const char *path, char *to, size_t size,
		      int *ret_os)
{
	auto_close int fd = -1;
	ssize_t        n;

	if (r->fd < 0)
		return link_text(AT_FDCWD, path, to, size, ret_os);
	fd = root_open(r, path, O_PATH | O_NOFOLLOW, ret_os);
	if (fd < 0)
		return -1;
	n = link_text(fd, "", to, size, ret_os);
	if (n < 0 && *ret_os == ENOENT)
		*ret_os = EINVAL; /* what readlinkat() says of a descriptor that is no link */
	return n;
}

ssize_t root_resolve(const struct sys_root *r, const char *path, char *to, size_t size, int *ret_os)
{
	auto_close int fd = root_open(r, path, O_PATH, ret_os);
	char           name[64], full[ROOT_PATH_MAX + 16];
	size_t         skip = strlen(r->path);
	ssize_t        n;

	if (fd < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = link_text(AT_FDCWD, name, full, sizeof(full), ret_os);
	if (n < 0)
		return -1;
	if ((size_t)n < skip || (size_t)n - skip + 2 > size) {
		*ret_os = ENAMETOOLONG;
		return -1;
	}
	n = snprintf(to, size, "%s", full[skip] ? full + skip : "/");
	return n;
}

bool root_note(const struct sys_root *r, const char *fmt, ...)
{
	char           path[ROOT_PATH_MAX], line[1024];
	auto_close int fd = -1;
	va_list        ap;
	int            n;

	if (!root_is_captured(r))
		return false;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	(void)snprintf(path, sizeof(path), "%s/virtagent.effects", r->statedir);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)!write(fd, line,
			     (size_t)n); /* a lost note is no reason to touch the machine */
	return true;
}
