/* SPDX-License-Identifier: MIT */
/*
 * Freezing in order, those that do not stand on each other at once, and thawing one after the other
 * in the opposite order. From guard_freeze() until the last thaw
 * nothing here allocates, opens or writes a file: any of it might wait for what is frozen.
 *
 * A freeze that is under way cannot be called back, and until it has ended the kernel answers a
 * thaw as if nothing were frozen. So it is the hand itself that undoes a freeze that nobody wants
 * any more, when it comes back; whether it is wanted is decided once, by one exchange of the
 * verdict.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/options.h"
#include "guard/state.h"

/* --- what hands do --- */

static void freeze_unit(void *ctx)
{
	struct unit  *u = ctx;
	struct guard *g = u->guard;
	int           wanted = VERDICT_WANTED;

	u->result = fsfreeze_freeze(g->root, u->fd, u->target->point, &u->os);
	if (u->result == FSFREEZE_DONE &&
	    !atomic_compare_exchange_strong(&u->verdict, &wanted, VERDICT_FROZEN))
		(void)fsfreeze_thaw(g->root, u->fd, u->target->point);
}

static void thaw_unit(void *ctx)
{
	struct unit *u = ctx;

	if (fsfreeze_thaw(u->guard->root, u->fd, u->target->point))
		atomic_store(&u->was_frozen, true);
}

void guard_give_thaw(struct unit *u)
{
	hand_give(u->hand, thaw_unit, u);
}

/* --- freezing --- */

/* All filesystems of a level at once: none of them stands on another. Whether there are any. */
static bool start_level(struct guard *g)
{
	int64_t until = guard_now() + GUARD_FREEZE_MS * NS_PER_MS;
	size_t  i;
	bool    any = false;

	for (i = 0; i < g->n; i++) {
		struct unit *u = &g->units[i];

		if (u->skipped || u->level != g->level)
			continue;
		atomic_store(&u->verdict, VERDICT_WANTED);
		u->under_way = any = true;
		g->until_ns = until;
		hand_give(u->hand, freeze_unit, u);
	}
	return any;
}

static void all_frozen(struct guard *g)
{
	struct ipc_guard m = {
		.what = GUARD_FROZEN, .count = g->count, .deadline_ns = g->deadline_ns};

	if (g->count == 0) {
		/* nothing could be frozen: this freeze is over before it began */
		guard_thaw(g, GUARD_BY_COMMAND);
		return;
	}
	g->stage = STAGE_FROZEN;
	g->until_ns = 0;
	guard_say(g, g->front, &m, NULL);
}

static void freeze_levels(struct guard *g)
{
	for (; g->level < g->n_levels; g->level++)
		if (start_level(g))
			return;
	all_frozen(g);
}

void guard_freeze(struct guard *g)
{
	g->stage = STAGE_FREEZING;
	g->level = 0;
	g->count = 0;
	freeze_levels(g);
}

static const char *hint(int os)
{
	return os == EACCES || os == EPERM
		       ? "; root is denied this: it looks like SELinux or the like"
		       : "";
}

/* One filesystem will not freeze: the whole freeze fails, or goes on without it. */
static void refuse_unit(struct guard *g, struct unit *u, const char *why)
{
	if (!g->options->freeze_policy) {
		guard_fail(g, "failed to freeze %s: %s", u->target->point, why);
		return;
	}
	guard_note(g, "%s is not frozen: %s", u->target->point, why);
	u->skipped = true;
}

static void unit_came_back(struct guard *g, struct unit *u)
{
	char why[256];

	switch (u->result) {
	case FSFREEZE_DONE:
		u->frozen = u->counted = true;
		g->count++;
		break;
	case FSFREEZE_CANNOT:
		guard_note(g, "%s is not frozen: %s", u->target->point,
			   u->os == EBUSY ? "somebody else has frozen it" : strerror(u->os));
		u->skipped = true;
		break;
	case FSFREEZE_FAILED:
		(void)snprintf(why, sizeof(why), "%s%s", strerror(u->os), hint(u->os));
		refuse_unit(g, u, why);
		break;
	}
}

/* Whether its freeze is over, in whatever way. */
static bool look_at(struct guard *g, struct unit *u)
{
	int  wanted = VERDICT_WANTED;
	char why[64];

	if (!hand_is_busy(u->hand)) {
		u->under_way = false;
		unit_came_back(g, u);
		return true;
	}
	if (guard_now() < g->until_ns ||
	    !atomic_compare_exchange_strong(&u->verdict, &wanted, VERDICT_UNWANTED))
		return false;
	u->under_way = false;
	(void)snprintf(why, sizeof(why), "no end after %d s", GUARD_FREEZE_MS / 1000);
	refuse_unit(g, u, why);
	return true;
}

static void advance_freezing(struct guard *g)
{
	size_t i;
	bool   all = true;

	for (i = 0; i < g->n && g->stage == STAGE_FREEZING; i++)
		if (g->units[i].under_way && !look_at(g, &g->units[i]))
			all = false;
	if (!all || g->stage != STAGE_FREEZING)
		return;
	g->level++;
	freeze_levels(g);
}

/* --- thawing --- */

/* A freeze that is under way is not wanted any more. */
static void disown(struct unit *u)
{
	int wanted = VERDICT_WANTED;

	u->under_way = false;
	if (atomic_compare_exchange_strong(&u->verdict, &wanted, VERDICT_UNWANTED))
		return;
	/* it came back at this moment; its hand will be ready in no time, without any waiting in
	 * the kernel */
	u->frozen = u->counted = true;
	while (hand_is_busy(u->hand))
		sched_yield();
}

static void disown_all(struct guard *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->units[i].under_way)
			disown(&g->units[i]);
}

static void thaw_next(struct guard *g)
{
	int64_t now = guard_now();

	while (g->at > 0) {
		struct unit *u = &g->units[g->at - 1];

		if (u->frozen && !hand_is_busy(u->hand)) {
			u->thaw_given = true;
			g->until_ns = now + GUARD_THAW_MS * NS_PER_MS;
			if (g->until_ns > g->thaw_until_ns)
				g->until_ns = g->thaw_until_ns;
			guard_give_thaw(u);
			return;
		}
		g->at--;
	}
	guard_unmark(g);
}

void guard_thaw(struct guard *g, enum guard_reason reason)
{
	if (g->stage >= STAGE_THAWING)
		return;
	g->reason = reason;
	if (g->adopted && g->stage < STAGE_FROZEN) {
		g->thaw_wanted = true;
		return;
	}
	if (g->stage < STAGE_FREEZING) {
		g->count = 0;
		guard_unmark(g);
		return;
	}
	disown_all(g);
	g->stage = STAGE_THAWING;
	g->at = g->n;
	g->thaw_until_ns = guard_now() + GUARD_THAW_TOTAL_MS * NS_PER_MS;
	thaw_next(g);
}

void guard_fail(struct guard *g, const char *fmt, ...)
{
	va_list ap;

	if (g->stage >= STAGE_THAWING)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(g->failure.text, sizeof(g->failure.text), fmt, ap);
	va_end(ap);
	g->failed = true;
	guard_thaw(g, GUARD_BY_ROLL_BACK);
}

static void advance_thawing(struct guard *g)
{
	struct unit *u = &g->units[g->at - 1];

	if (hand_is_busy(u->hand) && guard_now() < g->until_ns)
		return;
	if (hand_is_busy(u->hand))
		guard_note(g, "%s: the thaw hangs", u->target->point);
	g->at--;
	thaw_next(g);
}

void guard_advance_steps(struct guard *g)
{
	if (g->stage == STAGE_FREEZING)
		advance_freezing(g);
	else if (g->stage == STAGE_THAWING)
		advance_thawing(g);
}

size_t guard_pending(const struct guard *g)
{
	size_t i, n = 0;

	for (i = 0; i < g->n; i++)
		n += g->units[i].hand && hand_is_busy(g->units[i].hand);
	return n;
}

/* --- guards that were killed --- */

bool guard_earlier_lives(const struct guard *g)
{
	return g->earlier != getpid() && guard_lives(g->earlier);
}

void guard_thaw_again(struct guard *g)
{
	size_t i;

	if (!guard_earlier_lives(g))
		g->earlier = 0;
	for (i = 0; i < g->n; i++)
		if (g->units[i].frozen && !hand_is_busy(g->units[i].hand))
			guard_give_thaw(&g->units[i]);
	g->until_ns = guard_now() + GUARD_REPEAT_MS * NS_PER_MS;
}
