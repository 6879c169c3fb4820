/* SPDX-License-Identifier: MIT */
/*
 * A process of the zygote that becomes the program of guest-exec. The exec itself happens here, so
 * that a file on a dead disk holds up nobody else.
 */
#ifndef ZYGOTE_CHILD_H
#define ZYGOTE_CHILD_H

#include <stdbool.h>
#include <stdnoreturn.h>

struct confine;
struct policy;
struct sys_root;

/* Descriptors, -1: none; a program without gets /dev/null. */
struct child {
	int  status; /* close-on-exec; gets the errno of a failure, or enum ipc_child_refusal */
	int  args;   /* ipc/program.h */
	int  in;
	int  out;
	int  err;
	bool merged;

	const struct policy   *policy; /* of the channel that asks: which programs, and as whom */
	const struct sys_root *root;
};

/* Everything else that is open goes. */
noreturn void child_become(const struct child *c);

/*
 * Runs argv like execvpe(3), with these differences: the PATH is that of env, which is also the
 * environment of the program (NULL: the process's own); directories that cannot be entered are
 * passed over; and a program that is found where `confine` does not allow it ends the search. It is
 * run by the path that was judged. Returns the errno of the failure, or CHILD_REFUSED.
 */
int child_search_and_exec(char *const *argv, char *const *env, const struct confine *confine);

#endif
