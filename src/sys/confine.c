/* SPDX-License-Identifier: MIT */
#include "sys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"

/* What the kernel adds to the path of a file that has no name any more. */
#define DELETED " (deleted)"

/* What becomes of one look at a path. */
enum look {
	LOOK_DONE,
	LOOK_FAILED, /* errno in *ret_os */
	LOOK_REFUSED,
	LOOK_AGAIN, /* it has changed meanwhile */
};

/* --- places --- */

/* The place of an open file as the kernel has it. 0, or an errno. */
static int place_of(int fd, char ret[PATH_MAX])
{
	char    link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, PATH_MAX);
	if (n < 0)
		return errno;
	if (n >= PATH_MAX)
		return ENAMETOOLONG;
	ret[n] = '\0';
	return 0;
}

/* "pipe:[1]", "(unreachable)/x" are no places. */
static bool allows(const struct confine *c, const char *place)
{
	return *place == '/' && c->allows(c->ctx, place);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The next component, "": there is none; of one that no file can have only the first part. Returns
 * how far it goes. */
static size_t next_name(const char *at, char name[NAME_MAX + 1])
{
	size_t skip = strspn(at, "/"), n = strcspn(at + skip, "/");

	if (n > NAME_MAX)
		n = NAME_MAX;
	memcpy(name, at + skip, n);
	name[n] = '\0';
	return skip + n;
}

/*
 * From the root to the directory of the last component of a place, following no link. Its
 * descriptor, or -1; ret_name gets the last component, "." for the root.
 */
static int walk(const char *place, char ret_name[NAME_MAX + 1])
{
	char           ahead[NAME_MAX + 1];
	auto_close int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	place += next_name(place, ret_name);
	for (;;) {
		int next;

		place += next_name(place, ahead);
		if (!*ahead || dir < 0)
			break;
		next = openat(dir, ret_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		(void)close(dir); /* a place, no file: nothing to lose */
		dir = next;
		memcpy(ret_name, ahead, sizeof(ahead));
	}
	if (!*ret_name)
		memcpy(ret_name, ".", 2);
	return take_fd(&dir);
}

/*
 * Whether the path still leads from the root to what target is. It does not if something was
 * exchanged, but neither does a place in another mount namespace (/proc/PID/root), or one that
 * another mount covers.
 */
static bool leads_to(int dir, const char *name, int target)
{
	struct stat a, b;

	return dir >= 0 && fstat(target, &a) == 0 &&
	       fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&a, &b);
}

/* --- looking --- */

/* Where fd is, if that is allowed: the directory and the name below it. */
static enum look look_at(const struct confine *c, int fd, char place[PATH_MAX], int *ret_dir,
			 char ret_name[NAME_MAX + 1], int *ret_os)
{
	auto_close int dir = -1;

	*ret_os = place_of(fd, place);
	if (*ret_os)
		return LOOK_FAILED;
	if (!allows(c, place))
		return LOOK_REFUSED;
	dir = walk(place, ret_name);
	if (!leads_to(dir, ret_name, fd))
		return LOOK_AGAIN;
	*ret_dir = take_fd(&dir);
	return LOOK_DONE;
}

/* The path with the working directory in front, and without "." and "..", whatever links say. */
static int tidy(const char *path, char ret[PATH_MAX])
{
	char   name[NAME_MAX + 1];
	size_t n = 0, step;

	if (*path != '/' && getcwd(ret, PATH_MAX))
		n = strlen(ret) > 1 ? strlen(ret) : 0;
	for (; *path; path += step) {
		step = next_name(path, name);
		if (strcmp(name, "..") == 0) {
			while (n > 0 && ret[--n] != '/')
				continue;
		} else if (*name && strcmp(name, ".") != 0) {
			if (n + strlen(name) + 2 > PATH_MAX)
				return -1;
			ret[n++] = '/';
			memcpy(ret + n, name, strlen(name));
			n += strlen(name);
		}
	}
	if (n == 0)
		ret[n++] = '/';
	ret[n] = '\0';
	return 0;
}

/* What is not there has no place: its path has to do, so that a refusal does not tell what is
 * there. */
static enum look failed(const struct confine *c, const char *path, int os, int *ret_os)
{
	char place[PATH_MAX];

	*ret_os = os;
	return tidy(path, place) == 0 && c->allows(c->ctx, place) ? LOOK_FAILED : LOOK_REFUSED;
}

/* --- opening --- */

#define ALWAYS (O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)

static enum look open_there(const struct confine *c, int target, int flags, int *ret_fd,
			    int *ret_os)
{
	char           place[PATH_MAX], name[NAME_MAX + 1];
	auto_close int dir = -1;
	enum look      look = look_at(c, target, place, &dir, name, ret_os);

	if (look != LOOK_DONE)
		return look;
	*ret_fd = openat(dir, name, (flags & ~O_CREAT) | ALWAYS);
	*ret_os = *ret_fd < 0 ? errno : 0;
	if (*ret_fd >= 0)
		return LOOK_DONE;
	return *ret_os == ELOOP || *ret_os == ENOENT ? LOOK_AGAIN : LOOK_FAILED;
}

/* The directory part of a path: "." or "/" if it has none. Returns the rest. */
static const char *split(const char *path, char dir[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t      n = slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		n = PATH_MAX - 1; /* open() has said ENAMETOOLONG to that */
	(void)snprintf(dir, PATH_MAX, "%.*s", (int)n, path);
	if (n == 0)
		(void)snprintf(dir, PATH_MAX, "%s", slash ? "/" : ".");
	return slash ? slash + 1 : path;
}

/* Its directory may have been moved to where nothing may be made. */
static enum look check_made(const struct confine *c, int dir, const char *name, int *fd)
{
	if (confine_allows_fd(c, *fd))
		return LOOK_DONE;
	(void)unlinkat(dir, name, 0);
	(void)close(take_fd(fd)); /* empty */
	return LOOK_REFUSED;
}

/* "dir/name" in place of dir; false: too long. */
static bool append(char place[PATH_MAX], const char *name)
{
	size_t n = strlen(place);

	if (n + 1 + strlen(name) >= PATH_MAX)
		return false;
	(void)snprintf(place + n, PATH_MAX - n, "%s%s", n > 1 ? "/" : "", name);
	return true;
}

/* The directory at a place that was judged, if it still is `above`. */
static int walk_into(const char *place, int above)
{
	char           name[NAME_MAX + 1];
	auto_close int up = walk(place, name);

	if (!leads_to(up, name, above))
		return -1;
	return openat(up, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Makes a file in the directory `above`, if the file may be there. */
static enum look make_below(const struct confine *c, int above, const char *name, int flags,
			    int *ret_fd, int *ret_os)
{
	char           place[PATH_MAX], made[PATH_MAX];
	auto_close int dir = -1;

	*ret_os = place_of(above, place);
	if (*ret_os)
		return LOOK_FAILED;
	memcpy(made, place, sizeof(made));
	*ret_os = ENAMETOOLONG;
	if (!append(made, name))
		return LOOK_FAILED;
	if (!allows(c, made))
		return LOOK_REFUSED;
	dir = walk_into(place, above);
	if (dir < 0)
		return LOOK_AGAIN;
	*ret_fd = openat(dir, name, flags | O_CREAT | O_EXCL | ALWAYS, 0666);
	*ret_os = *ret_fd < 0 ? errno : 0;
	if (*ret_fd >= 0)
		return check_made(c, dir, name, ret_fd);
	return *ret_os == EEXIST ? LOOK_AGAIN : LOOK_FAILED;
}

static enum look make(const struct confine *c, const char *path, int flags, int *ret_fd,
		      int *ret_os)
{
	char           dir[PATH_MAX];
	const char    *name = split(path, dir);
	auto_close int above = -1;

	if (!*name)
		return failed(c, path, EISDIR, ret_os);
	above = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return failed(c, path, errno, ret_os);
	return make_below(c, above, name, flags, ret_fd, ret_os);
}

static enum look open_once(const struct confine *c, const char *path, int flags, int *ret_fd,
			   int *ret_os)
{
	auto_close int target = open(path, O_PATH | O_CLOEXEC);

	if (target >= 0)
		return open_there(c, target, flags, ret_fd, ret_os);
	if (errno != ENOENT || !(flags & O_CREAT))
		return failed(c, path, errno, ret_os);
	return make(c, path, flags, ret_fd, ret_os);
}

/* A link to nowhere, which nothing is made for: there, and not to be opened. */
static bool is_dangling(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && stat(path, &st) < 0 &&
	       errno == ENOENT;
}

/* 0, or -1 with *ret_os 0 for what is refused. */
static int conclude(enum look look, int *ret_os)
{
	if (look != LOOK_FAILED)
		*ret_os = 0;
	return look == LOOK_DONE ? 0 : -1;
}

int confine_open(const struct confine *c, const char *path, int flags, int *ret_os)
{
	enum look look = LOOK_AGAIN;
	int       fd = -1, i;

	for (i = 0; i < CONFINE_TRIES && look == LOOK_AGAIN; i++) {
		look = open_once(c, path, flags, &fd, ret_os);
		if (look == LOOK_AGAIN && is_dangling(path))
			look = failed(c, path, ENOENT, ret_os);
	}
	return conclude(look, ret_os) < 0 ? -1 : fd;
}

int confine_resolve(const struct confine *c, const char *path, char ret[PATH_MAX], int *ret_os)
{
	enum look look = LOOK_AGAIN;
	int       i;

	for (i = 0; i < CONFINE_TRIES && look == LOOK_AGAIN; i++) {
		char           name[NAME_MAX + 1];
		auto_close int dir = -1, target = open(path, O_PATH | O_CLOEXEC);

		look = target < 0 ? failed(c, path, errno, ret_os)
				  : look_at(c, target, ret, &dir, name, ret_os);
	}
	return conclude(look, ret_os);
}

bool confine_allows_fd(const struct confine *c, int fd)
{
	char        place[PATH_MAX];
	struct stat st;
	size_t      n;

	if (place_of(fd, place) || fstat(fd, &st) < 0)
		return false;
	n = strlen(place);
	if (st.st_nlink == 0 && n > strlen(DELETED) &&
	    !strcmp(place + n - strlen(DELETED), DELETED))
		place[n - strlen(DELETED)] = '\0';
	return allows(c, place);
}
