/* SPDX-License-Identifier: MIT */
/*
 * The freeze of the guest's filesystems, seen from the front: which state it is in, who waits for
 * what, and the processes that do the work (the guard, the sweeper, the caller of hooks;
 * src/guard). Nothing here blocks, and while anything is frozen nothing here touches a file.
 */
#ifndef FRONT_FREEZE_H
#define FRONT_FREEZE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"
#include "front/attendant.h"
#include "proto/command.h"
#include "proto/request.h"

struct front;

enum freeze_phase {
	FREEZE_THAWED,
	FREEZE_PREPARING, /* hooks, opening, writing out */
	FREEZE_FREEZING,
	FREEZE_FROZEN,
	FREEZE_THAWING,
};

/* After SIGTERM a frozen guest has this long to be thawed by its host. */
#define FREEZE_TERM_MS 30000

/* How often the guard is asked whether it lives, and how often it may not answer. */
#define FREEZE_PING_MS 2000
#define FREEZE_PINGS_MISSED_MAX 5

/* Guards that may be lost in one freeze before it is given up. */
#define FREEZE_GUARDS_MAX 5

/*
 * A command that waits for the freezer. The callbacks come from the event loop, never from within
 * a function of this header; exactly one is called, once, unless the client is forgotten.
 */
struct freeze_client {
	void *ctx;
	void (*on_value)(void *ctx, int64_t value);
	void (*on_error)(void *ctx, const struct err *err);
	void (*on_settled)(void *ctx); /* the state is settled: ask again */
};

struct freeze_wait;

struct freezer {
	struct front       *front;
	enum freeze_phase   phase;
	bool                filters; /* only the commands for a frozen guest are allowed */
	bool                cancelled;
	bool                terminating, terminate_now;
	bool                starting; /* callbacks have to wait for the loop */
	struct attendant   *guard;    /* of the freeze under way, NULL */
	struct attendant   *sweeper, *hooks;
	struct attendant   *keeper; /* a guard that calls the thaw hooks if we do not come to it */
	size_t              n_lingering; /* guards of earlier freezes with filesystems that hang */
	unsigned            n_lost;
	unsigned            pings_missed;
	uv_timer_t          ping, later, term;
	struct freeze_wait *freeze, *thaw;         /* under way, NULL */
	struct freeze_wait *parked, **parked_tail; /* until the state is settled */
	struct buf          called;                /* hooks: "h<path>" with their NULs */
	int64_t             count;
	int64_t             deadline_ns;
	int64_t             since_ns;       /* start of the first hook, CLOCK_BOOTTIME */
	char                automatic[128]; /* the error of the next thaw, "" */
	struct err          failure;        /* of the freeze or thaw under way, if set */
};

/* Reads what an earlier agent left behind; the log is held if filesystems are frozen. To be called
 * before anything is opened for writing. */
void freezer_look(struct freezer *z, struct front *front);

/* Takes over what was found. To be called when the loop runs nothing yet and the channel is open:
 * an agent that cannot start must not touch another's freeze. */
int freezer_init(struct freezer *z, struct err *err);

/* Whether the state is neither changing nor about to. */
bool freezer_is_settled(const struct freezer *z);

/* What the policy is to think of a command. */
bool freezer_filters(const struct freezer *z, const struct command *command);

/*
 * Starts what a command wants, or queues it. The wait, by which it can be forgotten: from then on
 * the command goes on without its client. NULL with err: refused.
 */
struct freeze_wait *freezer_start(struct freezer *z, const struct request_freeze *what,
				  const struct freeze_client *client, struct err *err);

/* Waits for a settled state: on_settled. */
struct freeze_wait *freezer_park(struct freezer *z, const struct freeze_client *client,
				 struct err *err);

void freezer_forget(struct freeze_wait *w);

/* A thaw has arrived, wherever it waits: a freeze that is under way is cancelled. */
void freezer_cancel(struct freezer *z);

/* The process is to end: true, it may at once. Else front_stop() follows when all is thawed. `now`:
 * without waiting for the host. */
bool freezer_may_end(struct freezer *z, bool now);

const char *freezer_phase_name(const struct freezer *z);

#endif
