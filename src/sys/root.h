/* SPDX-License-Identifier: MIT */
/*
 * The tree that the guest is read from: the real one, or a captured one (--root DIR). Everything
 * that sys/ reads from /proc, /sys, /etc and /run goes through here, so that tests can put another
 * machine in place; absolute links in a captured tree stay inside it.
 *
 * Paths are absolute. Failures leave the errno in *ret_os, since most callers have protocol texts
 * of their own; nothing here fills an err but root_init().
 */
#ifndef SYS_ROOT_H
#define SYS_ROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Longest path, with its end. */
#define ROOT_PATH_MAX 4096

/* A file read whole may be this large unless the caller's buffer has a smaller limit. */
#define ROOT_FILE_MAX ((size_t)64 << 20)

struct probe_pool;
struct serials;

struct sys_root {
	int  fd;                     /* directory of the captured tree, -1: the real one */
	char path[ROOT_PATH_MAX];    /* of that directory, resolved, without a slash at the end;
					"": the real one */
	const char        *statedir; /* where effects are noted; not owned */
	struct probe_pool *probes;   /* calls that hang, shared by all processes (sys/probe.h) */
	struct serials    *serials;  /* what disks have told, the same (sys/serials.h) */
};

/* dir NULL: the real tree. statedir must outlive the root. Processes that make probes are forked
 * after this. */
int  root_init(struct sys_root *r, const char *dir, const char *statedir, struct err *err);
void root_fini(struct sys_root *r);

/*
 * Whether the tree is a captured one. Whoever is about to change the machine (ioctl, system call,
 * write to /proc or /sys, program) asks root_note() first and leaves it alone when that says true:
 *
 *	if (root_note(root, "offline cpu%d", n))
 *		return 0;
 */
static inline bool root_is_captured(const struct sys_root *r)
{
	return r->fd >= 0;
}

/* In a captured tree: adds the line to <statedir>/virtagent.effects and returns true. */
bool root_note(const struct sys_root *r, const char *fmt, ...) printf_like(2, 3);

/* open(2) with O_CLOEXEC added: the descriptor, -1. */
int root_open(const struct sys_root *r, const char *path, int flags, int *ret_os);

static inline void root_close_dir(DIR *const *dir)
{
	if (*dir)
		(void)closedir(*dir); /* nothing was written: nothing can be lost */
}
#define auto_dir __attribute__((cleanup(root_close_dir)))

/* NULL on failure; closedir() by the caller, or `auto_dir DIR *dir`. */
DIR *root_opendir(const struct sys_root *r, const char *path, int *ret_os);

/* Follows links. 0, -1. */
int root_stat(const struct sys_root *r, const char *path, struct stat *ret, int *ret_os);

/* Adds the whole file to the buffer, and a NUL behind it that does not count. Bytes, -1 (ENOMEM:
 * the buffer's limit). */
ssize_t root_read(const struct sys_root *r, const char *path, struct buf *to, int *ret_os);

/* A small attribute: the first bytes of a file, NUL-terminated, white space at its end cut off.
 * Bytes, -1. */
ssize_t root_read_attr(const struct sys_root *r, const char *path, char *to, size_t size,
		       int *ret_os);

/* The same below an open directory, in one step less for each of many. */
ssize_t root_read_attr_at(int dir, const char *name, char *to, size_t size, int *ret_os);

/* Text of a link, NUL-terminated: bytes, -1 (ENAMETOOLONG: it does not fit). */
ssize_t root_readlink(const struct sys_root *r, const char *path, char *to, size_t size,
		      int *ret_os);

/* realpath(3) inside the tree: an absolute path, as seen from there. Bytes, -1. */
ssize_t root_resolve(const struct sys_root *r, const char *path, char *to, size_t size,
		     int *ret_os);

#endif
