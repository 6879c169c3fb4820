/* SPDX-License-Identifier: MIT */
/*
 * The pid file of --daemonize. Its lock says who owns it; only the owner writes and removes it
 * (decisions.md row 22). The lock is the process's: children do not have it.
 */
#ifndef FRONT_PIDFILE_H
#define FRONT_PIDFILE_H

#include "base/err.h"

struct pidfile {
	const char *path;
	int         fd; /* -1: not ours */
};

/* Takes the lock, and writes our pid. 0, or -1 with err: another agent has it, or no file can be
 * made. */
int pidfile_take(struct pidfile *p, const char *path, struct err *err);

/* The same with a file that somebody else has opened for us and that is ours from then on. 1: done,
 * 0: it is not the pid file any more, to be opened again; -1 with err. */
int pidfile_adopt(struct pidfile *p, const char *path, int fd, struct err *err);

/* For one that somebody else has removed for us. */
void pidfile_leave(struct pidfile *p);

/* Removes the file, if it is ours. */
void pidfile_remove(struct pidfile *p);

#endif
