/* SPDX-License-Identifier: MIT */
#include "sys/fsfreeze.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/num.h"

/* Mounts that may be taken off one filesystem before it counts as out of reach. */
#define UNCOVER_MAX 16

/* A filesystem can be frozen that many times over, and then some; a kernel that says yes for ever
 * must not keep us. */
#define THAWS_MAX 64

bool fsfreeze_own_namespace(const struct sys_root *root)
{
	if (root_is_captured(root))
		return false;
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* --- opening --- */

/* The number of the mount on which a descriptor was opened, -1. */
static int mount_id_of(int fd)
{
	static const char key[] = "mnt_id:\t";
	char              name[64], text[512], *at;
	auto_close int    info = -1;
	uint64_t          id;
	ssize_t           n;

	(void)snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	info = open(name, O_RDONLY | O_CLOEXEC);
	n = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	at = strstr(text, key);
	if (!at)
		return -1;
	at += strlen(key);
	return num_u64(at, strcspn(at, "\n"), &id) && id <= INT32_MAX ? (int)id : -1;
}

static bool is_mount_of(const struct filesystem *fs, int id)
{
	const struct mount *m;

	for (m = fs->first; m; m = m->next)
		if (m->id == id)
			return true;
	return false;
}

/* A mount point may have been mounted over since: then the path leads elsewhere. */
static bool is_there(const struct filesystem *fs, int fd)
{
	int         id = fs->first->id < 0 ? -1 : mount_id_of(fd);
	struct stat st;

	if (fstat(fd, &st) < 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
		return false;
	if (id >= 0)
		return is_mount_of(fs, id);
	/* btrfs shows devices of its own */
	return !strcmp(fs->first->type, "btrfs") ||
	       (major(st.st_dev) == fs->major && minor(st.st_dev) == fs->minor);
}

static int open_mount(const struct sys_root *root, const struct filesystem *fs,
		      const struct mount *m, int *ret_os)
{
	/* no waiting, should the mount point be a FIFO or a device */
	int fd = root_open(root, m->point, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, ret_os);

	if (fd < 0 || root_is_captured(root) || is_there(fs, fd))
		return fd;
	(void)close(fd);
	*ret_os = ESTALE;
	return -1;
}

/* Errors of the first mount count, unless only a later one could tell. */
static int open_any(const struct sys_root *root, const struct filesystem *fs, int *ret_os)
{
	const struct mount *m;
	int                 fd = open_mount(root, fs, fs->first, ret_os), os;

	for (m = fs->first->next; fd < 0 && m; m = m->next)
		fd = open_mount(root, fs, m, &os);
	return fd;
}

static bool is_prefix(const char *point, const char *path)
{
	size_t n = strcmp(point, "/") ? strlen(point) : 0;

	return !strncmp(point, path, n) && (path[n] == '/' || path[n] == '\0');
}

static const struct mount *find_mount(const struct mount_table *t, int id)
{
	size_t i;

	for (i = 0; i < t->n_mounts; i++)
		if (t->mounts[i].id == id)
			return &t->mounts[i];
	return NULL;
}

static bool carries(const struct mount_table *t, const struct mount *m, int id)
{
	size_t depth;

	for (depth = 0; m && depth < t->n_mounts; depth++) {
		if (m->id == id)
			return true;
		m = find_mount(t, m->parent);
	}
	return false;
}

/* Takes away what lies on the way to a mount and is not itself part of the way, the latest first.
 */
static int uncover_mount(const struct sys_root *root, const struct mount_table *t,
			 const struct filesystem *fs, const struct mount *m, int *ret_os)
{
	size_t i, taken = 0;
	int    fd = -1;

	for (i = t->n_mounts; fd < 0 && i-- > 0 && taken < UNCOVER_MAX;) {
		const struct mount *cover = &t->mounts[i];

		if (!is_prefix(cover->point, m->point) || carries(t, m, cover->id) ||
		    !strcmp(cover->point, "/"))
			continue;
		if (umount2(cover->point, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			continue;
		taken++;
		fd = open_mount(root, fs, m, ret_os);
	}
	return fd;
}

int fsfreeze_open(const struct sys_root *root, const struct mount_table *t,
		  const struct filesystem *fs, bool uncover, int *ret_os)
{
	int fd = open_any(root, fs, ret_os);

	if (fd < 0 && (*ret_os == ESTALE || *ret_os == ENOENT || *ret_os == ENOTDIR)) {
		*ret_os = ESTALE;
		if (uncover && fs->first->id >= 0 && !root_is_captured(root))
			fd = uncover_mount(root, t, fs, fs->first, ret_os);
	}
	return fd;
}

/* --- the steps --- */

void fsfreeze_sync(const struct sys_root *root, int fd)
{
	if (!root_is_captured(root))
		(void)syncfs(fd); /* what cannot be written out fails the freeze soon enough */
}

enum fsfreeze_result fsfreeze_freeze(const struct sys_root *root, int fd, const char *point,
				     int *ret_os)
{
	int rc;

	if (root_note(root, "freeze %s", point))
		return FSFREEZE_DONE;
	do
		rc = ioctl(fd, FIFREEZE, 0);
	while (rc < 0 && errno == EINTR);
	*ret_os = rc < 0 ? errno : 0;
	if (rc == 0)
		return FSFREEZE_DONE;
	return *ret_os == EOPNOTSUPP || *ret_os == ENOTTY || *ret_os == EBUSY ? FSFREEZE_CANNOT
									      : FSFREEZE_FAILED;
}

bool fsfreeze_thaw(const struct sys_root *root, int fd, const char *point)
{
	int n = 0, rc;

	if (root_note(root, "thaw %s", point))
		return true;
	do {
		rc = ioctl(fd, FITHAW, 0);
		n += rc == 0;
	} while (n < THAWS_MAX && (rc == 0 || errno == EINTR));
	return n > 0;
}
