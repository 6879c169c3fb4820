/* SPDX-License-Identifier: MIT */
/*
 * A process of the zygote that becomes the program of guest-exec. The exec itself happens here, so
 * that a file on a dead disk holds up nobody else.
 */
#ifndef ZYGOTE_CHILD_H
#define ZYGOTE_CHILD_H

#include <stdbool.h>
#include <stdnoreturn.h>

/* Descriptors, -1: none; a program without gets /dev/null. */
struct child_fds {
	int  status; /* close-on-exec; gets the errno of a failure */
	int  args;   /* ipc/program.h */
	int  in;
	int  out;
	int  err;
	bool merged;
};

/* Everything else that is open goes. */
noreturn void child_become(const struct child_fds *fds);

/*
 * Runs argv like execvpe(3), with these differences: the PATH is that of env, which is also the
 * environment of the program (NULL: the process's own); directories that cannot be entered are
 * passed over. Returns the errno of the failure.
 */
int child_search_and_exec(char *const *argv, char *const *env);

#endif
