/* SPDX-License-Identifier: MIT */
#include "cli/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/interrupt.h"

#define NEW_MODE 0666

static int refuse_directory(const char *path, struct err *err)
{
	return err_set(err, "%s is a directory; -r copies directories", path);
}

static void use_standard(struct local *l, int fd)
{
	struct stat st;

	l->fd = fd;
	l->is_standard = true;
	l->is_regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

void local_standard_output(struct local *l)
{
	use_standard(l, STDOUT_FILENO);
}

int local_open(struct local *l, const char *path, struct err *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0) {
		use_standard(l, STDIN_FILENO);
		return 0;
	}
	l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (l->fd < 0 || fstat(l->fd, &st) < 0)
		return err_os(err, errno, "cannot open %s", path);
	if (S_ISDIR(st.st_mode))
		return refuse_directory(path, err);
	l->is_regular = S_ISREG(st.st_mode);
	l->size = l->is_regular ? (uint64_t)st.st_size : 0;
	l->mode = st.st_mode & 07777;
	return 0;
}

/* mkostemp() would make it private; a file that did not exist follows the umask. */
static mode_t mode_of_new(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return NEW_MODE & ~mask;
}

static int make_temporary(struct local *l, struct err *err)
{
	const char *slash = strrchr(l->target, '/');
	int         n = slash ? (int)(slash - l->target) + 1 : 0;

	if (asprintf(&l->temporary, "%.*s.vactl-XXXXXX", n, l->target) < 0) {
		l->temporary = NULL;
		return err_set(err, "not enough memory");
	}
	l->fd = mkostemp(l->temporary, O_CLOEXEC);
	if (l->fd < 0) {
		int os = errno;

		free(l->temporary);
		l->temporary = NULL;
		return err_os(err, os, "cannot create a file beside %s", l->target);
	}
	l->is_regular = true;
	return 0;
}

/* `path` may be a symbolic link: the file it leads to is replaced, not the link. */
static int replace(struct local *l, const char *path, const struct stat *st, struct err *err)
{
	/* what open() would refuse is not circumvented by making another file */
	if (access(path, W_OK) < 0)
		return err_os(err, errno, "cannot write to %s", path);
	l->target = realpath(path, NULL);
	if (!l->target)
		return err_os(err, errno, "cannot write to %s", path);
	if (make_temporary(l, err) < 0)
		return -1;
	/* only root can give a file away; the contents count more than that */
	(void)!fchown(l->fd, st->st_uid, st->st_gid);
	if (fchmod(l->fd, st->st_mode & 0777) < 0)
		return err_os(err, errno, "cannot set the permissions of %s", l->temporary);
	return 0;
}

static int create_new(struct local *l, const char *path, struct err *err)
{
	l->target = strdup(path);
	if (!l->target)
		return err_set(err, "not enough memory");
	if (make_temporary(l, err) < 0)
		return -1;
	if (fchmod(l->fd, mode_of_new()) < 0)
		return err_os(err, errno, "cannot set the permissions of %s", l->temporary);
	return 0;
}

static int open_special(struct local *l, const char *path, struct err *err)
{
	l->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return l->fd < 0 ? err_os(err, errno, "cannot open %s", path) : 0;
}

int local_create(struct local *l, const char *path, struct err *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0) {
		local_standard_output(l);
		return 0;
	}
	if (stat(path, &st) < 0) {
		size_t n = strlen(path);

		if (errno != ENOENT)
			return err_os(err, errno, "cannot create %s", path);
		if (n > 0 && path[n - 1] == '/')
			return err_os(err, ENOENT, "cannot create %s", path);
		/* a link that leads nowhere would be replaced by the file */
		if (lstat(path, &st) == 0)
			return err_set(err, "%s is a symbolic link to nothing", path);
		return create_new(l, path, err);
	}
	if (S_ISDIR(st.st_mode))
		return refuse_directory(path, err);
	if (S_ISREG(st.st_mode))
		return replace(l, path, &st, err);
	return open_special(l, path, err);
}

static bool is_temporary(int os)
{
	return os == EINTR || os == EAGAIN || os == EWOULDBLOCK;
}

/* A regular file does not wait, but a copy of one has to notice interrupts too. */
static int wait_ready(const struct local *l, short events, struct err *err)
{
	if (l->is_regular ? !interrupt_seen() : interrupt_wait(l->fd, events) == 0)
		return 0;
	return err_os(err, EINTR, "interrupted");
}

ssize_t local_read(struct local *l, void *data, size_t size, struct err *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n;

		if (wait_ready(l, POLLIN, err) < 0)
			return -1;
		n = read(l->fd, (char *)data + done, size - done);
		if (n == 0)
			break;
		if (n < 0 && !is_temporary(errno))
			return err_os(err, errno, "cannot read");
		done += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)done;
}

int local_write(struct local *l, const void *data, size_t n, struct err *err)
{
	const char *p = data;

	while (n > 0) {
		ssize_t written;

		if (wait_ready(l, POLLOUT, err) < 0)
			return -1;
		written = write(l->fd, p, n);
		if (written < 0 && errno == EPIPE)
			interrupt_broken_pipe();
		if (written < 0 && !is_temporary(errno))
			return err_os(err, errno, "cannot write");
		p += written > 0 ? written : 0;
		n -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

int local_truncate(struct local *l, struct err *err)
{
	return ftruncate(l->fd, 0) < 0 ? err_os(err, errno, "cannot empty %s", l->temporary) : 0;
}

int local_rewind(struct local *l, struct err *err)
{
	return lseek(l->fd, 0, SEEK_SET) < 0 ? err_os(err, errno, "cannot seek") : 0;
}

int local_commit(struct local *l, struct err *err)
{
	int fd = l->fd;

	if (l->is_standard)
		return 0;
	l->fd = -1;
	if (close(fd) < 0) /* network file systems report errors here */
		return err_os(err, errno, "cannot write");
	if (!l->temporary)
		return 0;
	if (rename(l->temporary, l->target) < 0)
		return err_os(err, errno, "cannot rename %s", l->temporary);
	free(l->temporary);
	l->temporary = NULL;
	return 0;
}

/* ".NAME.vactl-part" in the same directory. */
static int open_part(struct local *l, struct err *err)
{
	const char *slash = strrchr(l->target, '/');
	int         n = slash ? (int)(slash - l->target) + 1 : 0;
	struct stat st;

	if (asprintf(&l->temporary, "%.*s.%s.vactl-part", n, l->target, l->target + n) < 0) {
		l->temporary = NULL;
		return err_set(err, "not enough memory");
	}
	l->is_kept = true;
	l->fd = open(l->temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, NEW_MODE);
	if (l->fd < 0 || fstat(l->fd, &st) < 0)
		return err_os(err, errno, "cannot open %s", l->temporary);
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s is not a file", l->temporary);
	l->is_regular = true;
	l->size = (uint64_t)st.st_size;
	return 0;
}

int local_continue(struct local *l, const char *path, uint64_t *ret_size, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, "%s is not a regular file: such a copy cannot go on", path);
	l->target = strdup(path);
	if (!l->target)
		return err_set(err, "not enough memory");
	if (open_part(l, err) < 0)
		return -1;
	*ret_size = l->size;
	return 0;
}

void local_fini(struct local *l)
{
	if (l->temporary && !l->is_kept)
		(void)unlink(l->temporary); /* somebody else may have removed it */
	if (l->fd >= 0 && !l->is_standard)
		(void)close(l->fd); /* what was written is complete already or given up */
	free(l->temporary);
	free(l->target);
	*l = (struct local)LOCAL_INIT;
}
