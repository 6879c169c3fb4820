/* SPDX-License-Identifier: MIT */
/*
 * A lock file for each socket, named after its device and inode, in a directory that only this user
 * can write to. The file stays: removing it would race with those who wait.
 */
#include "cli/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/num.h"

#define RETRY_MS 20
#define PATH_MAX_BYTES 512

static bool make_directory(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	uid_t       uid = geteuid();
	struct stat st;

	if (uid == 0)
		(void)snprintf(path, size, "/run/vactl");
	else if (runtime && *runtime == '/' && strlen(runtime) < size / 2)
		(void)snprintf(path, size, "%s/vactl", runtime);
	else
		(void)snprintf(path, size, "/tmp/vactl-%u", uid);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return false;
	/* somebody else may have been there first */
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid &&
	       !(st.st_mode & 022);
}

static int open_lock(const char *socket)
{
	char        directory[PATH_MAX_BYTES], path[PATH_MAX_BYTES + 64];
	struct stat st;

	if (stat(socket, &st) < 0 || !make_directory(directory, sizeof(directory)))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%llx-%llx.lock", directory,
		       (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void sign(int fd)
{
	char text[24];
	int  n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	/* who holds it is only for the message of somebody else */
	(void)!ftruncate(fd, 0);
	(void)!pwrite(fd, text, (size_t)n, 0);
}

static int64_t holder(int fd)
{
	char    text[24];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	int64_t pid;

	return n > 1 && num_i64(text, (size_t)n - 1, &pid) && pid > 0 ? pid : -1;
}

int64_t lock_socket(const char *path, int64_t deadline)
{
	auto_close int fd = open_lock(path);

	if (fd < 0)
		return 0;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return 0;
		if (clock_monotonic_ns() >= deadline)
			return holder(fd);
		(void)poll(NULL, 0, RETRY_MS);
	}
	sign(fd);
	(void)take_fd(&fd); /* until the end of the process */
	return 0;
}
