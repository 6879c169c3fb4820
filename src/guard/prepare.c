/* SPDX-License-Identifier: MIT */
/*
 * Which filesystems, their descriptors and threads, and writing out what is dirty. Nothing is
 * frozen yet: here memory may be allocated and files be read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "config/options.h"
#include "guard/state.h"

/* --- what hands do --- */

static void open_unit(void *ctx)
{
	struct unit  *u = ctx;
	struct guard *g = u->guard;

	u->fd = fsfreeze_open(g->root, &g->plan.table, u->target->fs, u->uncover, &u->os);
}

static void sync_unit(void *ctx)
{
	struct unit *u = ctx;

	fsfreeze_sync(u->guard->root, u->fd);
}

static void sweep_unit(void *ctx)
{
	struct unit  *u = ctx;
	struct guard *g = u->guard;

	u->fd = fsfreeze_open(g->root, &g->plan.table, u->target->fs, false, &u->os);
	/* a captured tree has nothing that others could have frozen */
	if (u->fd >= 0 && !root_is_captured(g->root))
		atomic_store(&u->was_frozen, fsfreeze_thaw(g->root, u->fd, u->target->point));
}

/* --- units --- */

static void add_unit(struct guard *g, const struct freeze_target *target)
{
	struct unit *u = &g->units[g->n++];

	*u = (struct unit){.guard = g, .target = target, .fd = -1};
}

static int start_hands(struct guard *g, struct err *err)
{
	struct hand *hands = arena_array(&g->arena, g->n, sizeof(*hands));
	size_t       i;

	if (!hands)
		return err_os(err, ENOMEM, "cannot prepare the freeze");
	for (i = 0; i < g->n; i++) {
		g->units[i].hand = &hands[i];
		if (hand_start(&hands[i], g->done, err) < 0)
			return -1;
	}
	return 0;
}

/* How many others stand on each other on top of a filesystem: it waits for that many rounds. Only
 * noted, freezes go one by one, so that there is one order to look at. */
static int find_levels(struct guard *g, struct err *err)
{
	const struct stacking *s = &g->plan.stacking;
	size_t                *levels = arena_array(&g->arena, s->n, sizeof(*levels)), i;
	bool                  *done = arena_array(&g->arena, s->n, sizeof(*done));

	if (!levels || !done)
		return err_os(err, ENOMEM, "cannot prepare the freeze");
	for (i = 0; i < s->n; i++) {
		const struct stacking_base *b;
		size_t                      fs = s->order[i];

		done[fs] = true;
		for (b = s->bases[fs]; b; b = b->next)
			if (!done[b->fs] && levels[b->fs] <= levels[fs])
				levels[b->fs] = levels[fs] + 1;
	}
	for (i = 0; i < g->n; i++) {
		struct unit *u = &g->units[i];

		u->level = root_is_captured(g->root) ? i : levels[u->target->index];
		if (u->level >= g->n_levels)
			g->n_levels = u->level + 1;
	}
	return 0;
}

/* Of more than can be dealt with a freeze deals with none, a sweep with the latest. */
static int make_units(struct guard *g, bool sweep, struct err *err)
{
	size_t i;

	g->units = arena_array(&g->arena, g->plan.n, sizeof(*g->units));
	if (!g->units)
		return err_os(err, ENOMEM, "cannot prepare the freeze");
	for (i = 0; i < g->plan.n; i++) {
		const struct freeze_target *t = &g->plan.targets[i];

		if (t->excluded)
			guard_note(g, "%s is not frozen: excluded by '%s'", t->point, t->excluded);
		else if (g->n < GUARD_UNITS_MAX)
			add_unit(g, t);
		else if (sweep)
			guard_note(g, "%s is not looked at: there are too many filesystems",
				   t->point);
		else
			return err_set(err, "limit exceeded: %d filesystems in one freeze",
				       GUARD_UNITS_MAX);
	}
	return find_levels(g, err) < 0 ? -1 : start_hands(g, err);
}

static void give_all(struct guard *g, void (*work)(void *ctx))
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (!g->units[i].skipped && !hand_is_busy(g->units[i].hand))
			hand_give(g->units[i].hand, work, &g->units[i]);
}

static bool any_busy(const struct guard *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (!g->units[i].given_up && g->units[i].hand && hand_is_busy(g->units[i].hand))
			return true;
	return false;
}

static int read_plan(struct guard *g, struct err *err)
{
	struct freeze_choice choice = {
		.all = g->n_points == 0,
		.points = g->points,
		.n_points = g->n_points,
		.excludes = g->excludes,
		.n_excludes = g->n_excludes,
	};

	return freeze_plan_read(g->root, &choice, &g->arena, &g->plan, err);
}

static void enter(struct guard *g, enum guard_stage stage, int64_t limit_ms)
{
	g->stage = stage;
	g->until_ns = limit_ms ? guard_now() + limit_ms * NS_PER_MS : 0;
}

void guard_prepare(struct guard *g)
{
	struct err err;

	err_init(&err);
	if (!fsfreeze_own_namespace(g->root) && !root_is_captured(g->root))
		guard_note(g, "filesystems cannot be unmounted while they are frozen: there is no "
			      "mount namespace of our own");
	if (read_plan(g, &err) < 0 || make_units(g, false, &err) < 0) {
		guard_fail(g, "%s", err.text);
		return;
	}
	if (g->plan.stacking.circular)
		guard_note(g, "filesystems stand on each other in a circle; mount order decides");
	give_all(g, open_unit);
	enter(g, STAGE_OPENING, GUARD_OPEN_MS);
}

void guard_sweep(struct guard *g)
{
	struct err err;

	err_init(&err);
	(void)fsfreeze_own_namespace(g->root); /* only so that nothing is kept from unmounting */
	g->n_excludes = 0;
	/* whatever an earlier freeze has left behind is over then; what a thaw by the administrator
	 * says is for the next thaw of the host */
	g->marked = g->reason != GUARD_BY_ADMIN;
	if (read_plan(g, &err) < 0 || make_units(g, true, &err) < 0) {
		guard_fail(g, "%s", err.text);
		return;
	}
	give_all(g, sweep_unit);
	enter(g, STAGE_SWEEPING, GUARD_THAW_MS);
}

/* --- after opening --- */

static void describe_open_failure(struct unit *u, char *text, size_t size)
{
	struct err err;

	err_init(&err);
	if (u->given_up)
		(void)err_set(&err, "failed to open %s: no answer for %d s", u->target->point,
			      GUARD_OPEN_MS / 1000);
	else if (u->os == ESTALE)
		(void)err_set(&err, "failed to open %s: another mount covers it", u->target->point);
	else
		(void)err_os(&err, u->os, "failed to open %s", u->target->point);
	(void)snprintf(text, size, "%s%s", err.text,
		       u->os == EACCES ? "; root is denied this: it looks like SELinux or the like"
				       : "");
}

/* Whether the freeze goes on. */
static bool judge_opened(struct guard *g)
{
	size_t i;
	char   why[1024];

	for (i = 0; i < g->n; i++) {
		struct unit *u = &g->units[i];

		if (!u->given_up && (u->fd >= 0 || root_is_captured(g->root)))
			continue;
		describe_open_failure(u, why, sizeof(why));
		if (!g->options->freeze_policy && !g->adopted) {
			guard_fail(g, "%s", why);
			return false;
		}
		guard_note(g, "%s is not frozen: %s", u->target->point, why);
		u->skipped = true;
	}
	return true;
}

static void report_prepared(struct guard *g)
{
	struct ipc_guard m = {.what = GUARD_PREPARED};
	size_t           i;

	for (i = 0; i < g->n; i++)
		m.count += !g->units[i].skipped;
	enter(g, STAGE_PREPARED, 0);
	guard_say(g, g->front, &m, NULL);
}

static void begin_frozen(struct guard *g)
{
	struct ipc_guard m = {.what = GUARD_STATE, .deadline_ns = g->deadline_ns};
	size_t           i;

	for (i = 0; i < g->n; i++) {
		struct unit *u = &g->units[i];

		u->frozen = u->counted = !u->skipped;
		atomic_store(&u->verdict, VERDICT_FROZEN);
		g->count += u->frozen;
	}
	enter(g, STAGE_FROZEN, 0);
	m.count = g->count;
	guard_say(g, g->front, &m, NULL);
	if (g->thaw_wanted)
		guard_thaw(g, g->reason);
}

static void after_opening(struct guard *g)
{
	if (!judge_opened(g))
		return;
	if (g->adopted) {
		begin_frozen(g);
		return;
	}
	give_all(g, sync_unit);
	enter(g, STAGE_SYNCING, GUARD_SYNC_MS);
}

/* Covered filesystems come after all others: what is taken off them cannot be opened any more. */
static bool uncover_next(struct guard *g)
{
	for (; g->at < g->n; g->at++) {
		struct unit *u = &g->units[g->at];

		if (u->uncover || u->given_up || u->fd >= 0 || u->os != ESTALE ||
		    root_is_captured(g->root))
			continue;
		u->uncover = true;
		hand_give(u->hand, open_unit, u);
		enter(g, STAGE_UNCOVERING, GUARD_OPEN_MS);
		return true;
	}
	return false;
}

static void give_up_busy(struct guard *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (hand_is_busy(g->units[i].hand))
			g->units[i].given_up = true;
}

/* A hand that still writes out gets a successor: the freeze does not wait for it. */
static void replace_busy_hands(struct guard *g)
{
	size_t     i;
	struct err err;

	for (i = 0; i < g->n; i++) {
		struct unit *u = &g->units[i];
		struct hand *h;

		if (!hand_is_busy(u->hand))
			continue;
		guard_note(g, "%s: writing out takes longer than %d s", u->target->point,
			   GUARD_SYNC_MS / 1000);
		err_init(&err);
		h = arena_alloc(&g->arena, sizeof(*h));
		if (h && hand_start(h, g->done, &err) == 0)
			u->hand = h;
		else
			u->given_up = u->skipped = true;
	}
}

static void after_sweep(struct guard *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		g->count += atomic_load(&g->units[i].was_frozen);
	guard_over(g);
}

/* A sweep has removed the mark when it says that it is over, if that can be. */
static bool is_unmarking(const struct guard *g)
{
	return g->stage == STAGE_SWEEPING && g->marked && (!g->unmark_given || guard_files_busy(g));
}

void guard_advance_prepare(struct guard *g)
{
	bool late = g->until_ns && guard_now() >= g->until_ns;

	if ((any_busy(g) || is_unmarking(g)) && !late)
		return;
	switch (g->stage) {
	case STAGE_OPENING:
	case STAGE_UNCOVERING:
		give_up_busy(g);
		if (g->stage == STAGE_OPENING)
			g->at = 0;
		if (!uncover_next(g))
			after_opening(g);
		break;
	case STAGE_SYNCING:
		replace_busy_hands(g);
		report_prepared(g);
		break;
	case STAGE_SWEEPING:
		after_sweep(g);
		break;
	default:
		break;
	}
}

/* --- adoption --- */

static const struct filesystem *find_filesystem(const struct mount_table *t, unsigned major,
						unsigned minor)
{
	size_t i;

	for (i = 0; i < t->n_filesystems; i++)
		if (t->filesystems[i].major == major && t->filesystems[i].minor == minor)
			return &t->filesystems[i];
	return NULL;
}

static void adopt_places(struct guard *g, struct freeze_target *targets)
{
	size_t i;

	for (i = 0; i < g->state.n_places; i++) {
		const struct freeze_place *p = &g->state.places[i];
		const struct filesystem   *fs = find_filesystem(&g->plan.table, p->major, p->minor);

		if (!fs) {
			guard_note(g, "%s is not mounted any more and may still be frozen",
				   p->point);
			continue;
		}
		targets[g->n] = (struct freeze_target){.fs = fs, .point = p->point};
		add_unit(g, &targets[g->n]);
	}
}

static int adopt_units(struct guard *g, struct err *err)
{
	struct freeze_target *targets;
	size_t                i, most;

	if (read_plan(g, err) < 0)
		return -1;
	most = g->state.foreign ? g->plan.n : g->state.n_places;
	targets = arena_array(&g->arena, most, sizeof(*targets));
	g->units = arena_array(&g->arena, most, sizeof(*g->units));
	if (!targets || !g->units)
		return err_os(err, ENOMEM, "cannot adopt the freeze");
	if (g->state.foreign)
		for (i = 0; i < g->plan.n; i++)
			add_unit(g, &g->plan.targets[i]);
	else
		adopt_places(g, targets);
	return start_hands(g, err);
}

int guard_adopt(struct guard *g)
{
	struct err err;

	err_init(&err);
	g->adopted = true;
	(void)fsfreeze_own_namespace(g->root);
	if (freeze_state_read(g->root, g->statedir, &g->arena, &g->state, &err) < 0 ||
	    g->state.mark != FREEZE_MARK_FROZEN || adopt_units(g, &err) < 0) {
		if (err.set || !g->by_admin)
			guard_note(g, "%s", err.set ? err.text : "nothing is marked as frozen");
		return -1;
	}
	g->marked = true;
	if (!g->by_admin)
		guard_listen(g);
	g->hooks = g->state.hooks;
	g->n_hooks = g->state.n_hooks;
	g->earlier = (pid_t)g->state.pid;
	if (g->state.started_ns)
		g->started_ns = g->state.started_ns;
	if (!g->state.foreign)
		g->deadline_ns = g->state.deadline_ns;
	give_all(g, open_unit);
	enter(g, STAGE_OPENING, GUARD_OPEN_MS);
	return 0;
}
