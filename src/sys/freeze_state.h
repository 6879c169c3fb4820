/* SPDX-License-Identifier: MIT */
/*
 * The mark in the state directory that says that this guest is frozen, for an agent that starts
 * meanwhile. It has the name of the protocol agent's own, so that one can take the place of the
 * other even then; ours has lines inside, and counts only in the boot in which it was made.
 */
#ifndef SYS_FREEZE_STATE_H
#define SYS_FREEZE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct sys_root;

#define FREEZE_STATE_FILE "qga.state.isfrozen"

/* A mark larger than this is not ours. */
#define FREEZE_STATE_MAX ((size_t)16 << 20)

enum freeze_mark {
	FREEZE_MARK_NONE,
	FREEZE_MARK_FROZEN,
	FREEZE_MARK_THAWED, /* by nobody's command: the next thaw is to learn of it */
};

struct freeze_place {
	unsigned    major, minor;
	const char *point;
};

struct freeze_state {
	enum freeze_mark     mark;
	bool                 foreign; /* another agent's, which tells nothing else */
	int64_t              started_ns, deadline_ns; /* CLOCK_BOOTTIME; deadline 0: none */
	int64_t              pid;                     /* of the guard */
	int64_t              after_s;                 /* thawed: how long it had been frozen */
	const char          *reason;                  /* thawed: see freeze_thaw_text() */
	size_t               n_places, n_hooks;
	struct freeze_place *places; /* in the order of freezing */
	const char         **hooks;  /* that were called, in their order */
};

/* The text of the mark. */
void freeze_state_format(const struct sys_root *root, const struct freeze_state *s, struct buf *to);

/* What a text says; one of another boot says nothing. Everything lives in the arena. */
int freeze_state_parse(const char *text, size_t n, const char *boot, struct arena *a,
		       struct freeze_state *ret, struct err *err);

/* From the state directory. */
int freeze_state_read(const struct sys_root *root, const char *statedir, struct arena *a,
		      struct freeze_state *ret, struct err *err);

/* Replaces the mark; it is on the disk when this returns. 0, or the errno. */
int freeze_state_write(const char *statedir, const char *text, size_t n);

/* 0, also when there is none, or the errno. */
int freeze_state_remove(const char *statedir);

#endif
