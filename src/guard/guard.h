/* SPDX-License-Identifier: MIT */
/*
 * The guard of a freeze: a process of its own that outlives the front, locked in memory, with a
 * thread for each filesystem. From the first filesystem that freezes until the last that thaws it
 * opens no file, allocates nothing and logs nothing. It thaws at the deadline, and when the front
 * has ended and no other takes its place. See docs/FREEZE.md.
 */
#ifndef GUARD_GUARD_H
#define GUARD_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct options;
struct sys_root;

/* Name of the process, by which its successors know it. */
#define GUARD_NAME "virtagent-grd"

/* Filesystems of one freeze. */
#define GUARD_UNITS_MAX 4096

/* Time for opening a mount point. */
#define GUARD_OPEN_MS 10000

/* Time for writing out what is dirty before anything is frozen; then freezing goes on without. */
#define GUARD_SYNC_MS 60000

/* Time for the freeze of one filesystem. */
#define GUARD_FREEZE_MS 120000

/* A thaw that takes longer does not hold up the next filesystem; all of them together. */
#define GUARD_THAW_MS 2000
#define GUARD_THAW_TOTAL_MS 20000

/* Time for the mark in the state directory. */
#define GUARD_MARK_MS 10000

/* Without a front: until another takes over. */
#define GUARD_ORPHAN_MS 30000

/* While an earlier guard of ours is dying with a freeze under way, thaws are repeated. */
#define GUARD_REPEAT_MS 100

/* What the process that was forked for it does. fd: the socket to the front. The exit status. */
int guard_main(int fd, const struct options *options, const struct sys_root *root);

/* Calls the hooks around a freeze. The same. */
int guard_hooks_main(int fd, const struct options *options, const struct sys_root *root);

/* Whether a process is a guard that has not ended with all its threads: one of them may still come
 * back from a freeze. */
bool guard_lives(pid_t pid);

/* A connection to a guard that listens; it does not block. -1: there is none. */
int guard_find(const char *statedir);

/* Calls the thaw hooks, the last first; errors are told to syslog. */
void guard_thaw_hooks(const struct sys_root *root, const char **paths, size_t n);

#endif
