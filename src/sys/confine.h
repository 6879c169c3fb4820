/* SPDX-License-Identifier: MIT */
/*
 * Opening files only where a rule allows. What counts is where a file really is: its path from the
 * root without links, without "..", in our mount namespace. Somebody may exchange directories and
 * links while we look, so the place is judged first and then walked to from the root, one
 * directory descriptor after the other and without following any link: what is opened in the end
 * has the path that was judged, or the walk fails and everything is looked at anew.
 *
 * A file that has a second name (a hard link) in an allowed place is allowed there. Nobody can tell
 * its names apart; fs.protected_hardlinks keeps users from giving names to files of others.
 *
 * Needs /proc.
 */
#ifndef SYS_CONFINE_H
#define SYS_CONFINE_H

#include <limits.h>
#include <stdbool.h>

/* How often a path that changes meanwhile is looked at; then it counts as refused. */
#define CONFINE_TRIES 16

struct confine {
	/* Whether the place is allowed: an absolute path without links, "." and "..". */
	bool (*allows)(void *ctx, const char *real);
	void *ctx;
};

/*
 * Like sys_file_open() (sys/files.h). The descriptor; -1 with an errno in *ret_os, or with 0: the
 * place is not allowed. What is not allowed answers so whether it exists or not.
 */
int confine_open(const struct confine *c, const char *path, int flags, int *ret_os);

/* Where path really is, if that is allowed. 0, or -1 as above. */
int confine_resolve(const struct confine *c, const char *path, char ret[PATH_MAX], int *ret_os);

/* Whether the place of an open file is allowed, or was when it was deleted. */
bool confine_allows_fd(const struct confine *c, int fd);

#endif
