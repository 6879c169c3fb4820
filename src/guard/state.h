/* SPDX-License-Identifier: MIT */
/*
 * What the files of the guard share: guard.c (the loop and what is said), prepare.c (which
 * filesystems, opening, writing out), steps.c (freezing and thawing), mark.c (state file and
 * socket). Private to them. Only the main thread touches any of this, but for what is marked.
 */
#ifndef GUARD_STATE_H
#define GUARD_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guard/guard.h"
#include "guard/hand.h"
#include "ipc/guard.h"
#include "ipc/message.h"
#include "sys/freeze_plan.h"
#include "sys/freeze_state.h"
#include "sys/fsfreeze.h"

enum guard_stage {
	STAGE_IDLE,       /* hooks run; nothing is known yet */
	STAGE_OPENING,    /* all at once */
	STAGE_UNCOVERING, /* one by one */
	STAGE_SYNCING,    /* all at once */
	STAGE_PREPARED,   /* the front's turn */
	STAGE_MARKING,    /* the state file is being written */
	STAGE_FREEZING,   /* one by one, in order */
	STAGE_FROZEN,
	STAGE_THAWING,   /* one by one, in the opposite order */
	STAGE_UNMARKING, /* the state file is being removed or rewritten */
	STAGE_SWEEPING,  /* all at once */
	STAGE_OVER,      /* nothing is to be done but to wait for hands that hang */
};

/* Who decides about a freeze that is under way: the hand that comes back with it, or the main
 * thread that does not want it any more. */
enum verdict {
	VERDICT_NONE,
	VERDICT_WANTED,
	VERDICT_FROZEN,   /* set by the hand */
	VERDICT_UNWANTED, /* set by the main thread: the hand thaws as soon as it comes back */
};

struct unit {
	struct guard               *guard;
	const struct freeze_target *target;
	struct hand                *hand;
	int                         fd;         /* by the hand that opens */
	int                         os;         /* by the hand */
	enum fsfreeze_result        result;     /* by the hand */
	bool                        uncover;    /* for the hand */
	size_t                      level;      /* those of a lower one stand on it, or may */
	atomic_int                  verdict;    /* by both */
	atomic_bool                 was_frozen; /* by the hand: the thaw found it so */
	bool                        given_up;   /* its hand did not come back from opening */
	bool                        skipped;    /* stays out of this freeze */
	bool                        frozen;     /* is to be thawed */
	bool                        under_way;  /* its hand is freezing it */
	bool                        counted;    /* was frozen by us */
	bool                        thaw_given;
};

struct guard {
	int                    front; /* -1: gone */
	int                    listener;
	int                    caller; /* has connected and not said what it wants, -1 */
	int                    admin;  /* waits for the end of a thaw, -1 */
	int                    done;   /* eventfd of the hands */
	int                    timer;  /* timerfd of CLOCK_BOOTTIME, which goes on in a suspend */
	const struct options  *options;
	const struct sys_root *root;
	struct arena           arena;
	struct freeze_plan     plan;
	struct unit           *units; /* in the order of freezing */
	size_t                 n;
	size_t                 at;              /* the unit whose turn it is */
	size_t                 level, n_levels; /* of freezing */
	enum guard_stage       stage;
	int64_t                until_ns; /* of the stage or the unit, CLOCK_BOOTTIME; 0: no limit */
	int64_t                thaw_until_ns;
	int64_t                deadline_ns;
	int64_t                orphan_until_ns;
	int64_t                started_ns;
	uint32_t               count; /* frozen, or thawed */
	enum guard_reason      reason;
	bool                   failed; /* the front is told failure, not THAWED */
	bool                   adopted;
	bool                   thaw_wanted; /* of an adopted freeze that is still being opened */
	bool                   lost_front;
	bool                   by_admin;  /* adopted for --thaw: there is no agent behind it */
	bool                   hooks_due; /* to be called if the front does not do it */
	pid_t                  earlier;   /* a guard that may still be dying, 0 */
	struct err             failure;
	const char           **points, **hooks, **excludes;
	size_t                 n_points, n_hooks, n_excludes;
	struct hand            files; /* for the state directory */
	bool                   marked, mark_given, unmark_given;
	const char            *statedir;
	struct buf             mark;    /* its text: frozen */
	int                    mark_os; /* by the hand */
	struct freeze_state    state;   /* what the mark says */
	char                   text[GUARD_TEXT_MAX];
};

int64_t guard_now(void);

/* Since the beginning of the freeze. */
int64_t guard_age_s(const struct guard *g);

/* To whoever listens; lost if nobody does. */
void guard_say(struct guard *g, int fd, const struct ipc_guard *m, const char *text);
void guard_note(struct guard *g, const char *fmt, ...) printf_like(2, 3);

/* --- prepare.c --- */

/* From what the front said. */
void guard_prepare(struct guard *g);
void guard_sweep(struct guard *g);

/* From the state file. 0, -1: there is nothing to care for. */
int guard_adopt(struct guard *g);

void guard_advance_prepare(struct guard *g);

/* --- steps.c --- */

void guard_freeze(struct guard *g);
void guard_thaw(struct guard *g, enum guard_reason reason);
void guard_fail(struct guard *g, const char *fmt, ...) printf_like(2, 3);
void guard_advance_steps(struct guard *g);
void guard_give_thaw(struct unit *u);

/* Hands that have not come back. */
size_t guard_pending(const struct guard *g);

/* Whether an earlier guard of ours still runs, which may be dying with a freeze under way. */
bool guard_earlier_lives(const struct guard *g);

/* An adopted freeze may still come into being, in a guard that was killed while it was under way.
 */
void guard_thaw_again(struct guard *g);

/* --- mark.c --- */

/* The state file and the socket; in a hand, with a limit. */
void guard_mark(struct guard *g);
void guard_unmark(struct guard *g);
void guard_listen(struct guard *g);
bool guard_files_busy(const struct guard *g);
void guard_advance_mark(struct guard *g);

/* --- guard.c --- */

/* All is thawed, or nothing was frozen: says so. */
void guard_over(struct guard *g);

#endif
