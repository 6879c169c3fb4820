/* SPDX-License-Identifier: MIT */
/*
 * What the files of the freezer share: freeze.c (commands and waits), freeze_run.c (a freeze and a
 * thaw, step by step), freeze_guard.c (the guard, its loss, its adoption). Private to them.
 */
#ifndef FRONT_FREEZE_STATE_H
#define FRONT_FREEZE_STATE_H

#include "front/freeze.h"

/* A command that waits, with or without somebody who will hear the answer. */
struct freeze_wait {
	struct freezer     *freezer;
	struct freeze_wait *next; /* while parked */
	enum { WAIT_SETTLED, WAIT_FREEZE, WAIT_THAW } kind;
	struct freeze_client client;
	bool                 forgotten;
	struct buf           points; /* of a freeze: "m<mount point>" with their NULs */
	bool                 by_us;  /* a thaw that nobody sent */
};

/* Ends a wait with a value, or with an error if err is set. NULL does nothing. */
void freeze_answer(struct freeze_wait *w, int64_t value, const struct err *err);

/* The state is settled or about to be: whoever waits for that goes on. */
void freeze_settle(struct freezer *z, enum freeze_phase phase);

/* --- freeze_run.c --- */

void freeze_begin(struct freezer *z, struct freeze_wait *w);
void freeze_begin_nothing(struct freezer *z, struct freeze_wait *w);
void freeze_begin_thaw(struct freezer *z, struct freeze_wait *w);

/* Nobody thawed by command: the next thaw is to learn of it. */
void freezer_note_automatic(struct freezer *z, const char *reason, int64_t after_s);

/* What the guard says about the freeze under way. */
void freeze_guard_prepared(struct freezer *z, uint32_t n);
void freeze_guard_frozen(struct freezer *z, uint32_t n, int64_t deadline_ns);
void freeze_guard_thawed(struct freezer *z, const struct ipc_guard *m);
void freeze_guard_failed(struct freezer *z, const char *text);

/* --- freeze_guard.c --- */

int freeze_guard_start(struct freezer *z, struct err *err);

/* Whether the guard was told. */
bool freeze_guard_tell(struct freezer *z, uint32_t what, uint32_t reason, const char *data,
		       size_t n);

/* The freeze under way needs no guard any more; it keeps the hooks until it is dismissed. */
void freeze_guard_done(struct freezer *z, uint32_t pending);

/* The thaw hooks are being called; or it is to call those it knows of. */
void freeze_guard_dismiss(struct freezer *z, bool called);

/* A guard for what the state file says is frozen. */
int freeze_guard_adopt(struct freezer *z, struct err *err);

#endif
