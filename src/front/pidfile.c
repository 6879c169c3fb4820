/* SPDX-License-Identifier: MIT */
#include "front/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sys/runfile.h"

/* Somebody who removes the file again and again while we want to lock it is a mistake, not a race.
 */
#define TRIES_MAX 100

/* Whether the path still is the file that is open. -1 with err. */
static int is_same(const char *path, int fd, struct err *err)
{
	struct stat open, named;

	if (fstat(fd, &open) < 0)
		return err_os(err, errno, "Cannot stat file");
	return stat(path, &named) == 0 && named.st_ino == open.st_ino &&
	       named.st_dev == open.st_dev;
}

/* 1: ours. 0: the one before us has removed it between its being opened and our lock. -1 with err.
 */
static int lock_one(const char *path, int fd, struct err *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_SETLK, &lock) < 0)
		return err_os(err, errno, "Cannot lock pid file");
	return is_same(path, fd, err);
}

/* The locked file, -1 with err. */
static int lock_file(const char *path, struct err *err)
{
	int same = 0, tries;

	for (tries = 0; !same && tries < TRIES_MAX; tries++) {
		auto_close int fd = runfile_open_pid(path, err);

		if (fd < 0)
			return -1;
		same = lock_one(path, fd, err);
		if (same < 0)
			return -1;
		if (same)
			return take_fd(&fd);
	}
	return err_set(err, "Cannot lock pid file: it is replaced all the time");
}

static int own(struct pidfile *p, const char *path, int locked, struct err *err)
{
	char           text[24];
	int            n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	auto_close int fd = locked;

	if (ftruncate(fd, 0) < 0)
		return err_os(err, errno, "Failed to truncate pid file");
	if (write(fd, text, (size_t)n) != n)
		return err_set(err, "Failed to write pid file");
	p->path = path;
	p->fd = take_fd(&fd);
	return 0;
}

int pidfile_take(struct pidfile *p, const char *path, struct err *err)
{
	int fd = lock_file(path, err);

	p->fd = -1;
	return fd < 0 ? -1 : own(p, path, fd, err);
}

int pidfile_adopt(struct pidfile *p, const char *path, int fd, struct err *err)
{
	int same = lock_one(path, fd, err);

	if (same > 0)
		return own(p, path, fd, err) < 0 ? -1 : 1;
	(void)close(fd);
	return same;
}

void pidfile_leave(struct pidfile *p)
{
	if (p->fd >= 0)
		(void)close(take_fd(&p->fd)); /* gives the lock up, nothing else */
}

void pidfile_remove(struct pidfile *p)
{
	if (p->fd < 0)
		return;
	(void)unlink(p->path);
	(void)close(take_fd(&p->fd)); /* in this order: the next one locks a new file */
}
