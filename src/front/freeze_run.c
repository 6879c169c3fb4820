/* SPDX-License-Identifier: MIT */
/*
 * A freeze: hooks, then the guard prepares, then it freezes. A thaw: the guard thaws ours, a sweep
 * thaws what others have frozen, then the hooks. A freeze that fails or is cancelled goes back the
 * same way, but without the sweep.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "front/freeze_state.h"
#include "front/front.h"
#include "ipc/guard.h"
#include "log/log.h"

static const char cancelled[] = "the freeze was cancelled by a thaw";

static int64_t now_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

static void fail(struct freezer *z, const char *text)
{
	if (!z->failure.set)
		(void)err_set(&z->failure, "%s", text);
}

/* --- what only a frozen guest needs --- */

static void enter_frozen(struct freezer *z)
{
	z->phase = FREEZE_FREEZING;
	z->filters = true;
	log_warning("disabling logging due to filesystem freeze");
	log_hold(true);
}

static void leave_frozen(struct freezer *z)
{
	if (!z->filters)
		return;
	z->filters = false;
	log_hold(false);
	log_warning("logging re-enabled due to filesystem unfreeze");
	front_thawed(z->front);
}

/* --- hooks --- */

static void hooks_over(struct freezer *z);

static void on_hooks_gone(struct attendant *h)
{
	struct freezer *z = h->ctx;

	fail(z, "the process that calls the freeze hooks has ended");
	hooks_over(z);
}

static void on_hooks_message(struct attendant *h, const struct ipc_guard *m, const char *text)
{
	struct freezer *z = h->ctx;

	switch (m->what) {
	case GUARD_NOTE:
		log_warning("%s", text);
		break;
	case GUARD_HOOK:
		log_info("executing fsfreeze hook with arg 'freeze': %s", text);
		buf_add_char(&z->called, 'h');
		buf_add(&z->called, text, strlen(text) + 1);
		break;
	case GUARD_HOOKS_DONE:
		if (*text)
			fail(z, text);
		hooks_over(z);
		break;
	default:
		break;
	}
}

/* Calls them, or goes on without when that cannot be. data: which ones; none: those that there are.
 */
static void call_hooks(struct freezer *z, bool after, const struct buf *which)
{
	struct ipc_guard m = {.what = GUARD_HOOKS, .reason = after};
	struct err       err;

	err_init(&err);
	z->hooks = attendant_start(z->front, ROLE_HOOKS, on_hooks_message, on_hooks_gone, z, &err);
	if (z->hooks && attendant_say(z->hooks, &m, which->data, which->len) == 0) {
		if (after)
			freeze_guard_dismiss(z, true);
		return;
	}
	fail(z, err.set ? err.text : "the freeze hooks cannot be called");
	hooks_over(z);
}

/* --- freezing --- */

static void finish(struct freezer *z);

/* Back to thawed, with the hooks that were called before. */
static void undo_hooks(struct freezer *z)
{
	z->phase = FREEZE_THAWING;
	if (z->called.len)
		call_hooks(z, true, &z->called);
	else
		finish(z);
}

static void give_up(struct freezer *z)
{
	(void)freeze_guard_tell(z, GUARD_THAW, GUARD_BY_COMMAND, NULL, 0);
	freeze_guard_done(z, 0);
	undo_hooks(z);
}

static void start_freeze(struct freezer *z, struct freeze_wait *w)
{
	z->freeze = w;
	z->phase = FREEZE_PREPARING;
	z->cancelled = false;
	z->count = 0;
	z->n_lost = 0;
	z->automatic[0] = '\0';
	z->since_ns = now_ns();
	z->deadline_ns = z->front->options->freeze_timeout
				 ? z->since_ns + z->front->options->freeze_timeout * NS_PER_S
				 : 0;
	err_init(&z->failure);
	buf_reset(&z->called, 0);
}

void freeze_begin(struct freezer *z, struct freeze_wait *w)
{
	struct err err;

	start_freeze(z, w);
	/* a front that waits for a page of a frozen disk cannot thaw it */
	if (mlockall(MCL_CURRENT) < 0)
		log_warning("the agent cannot be locked in memory: %s", strerror(errno));
	err_init(&err);
	if (freeze_guard_start(z, &err) < 0) {
		fail(z, err.text);
		undo_hooks(z);
		return;
	}
	call_hooks(z, false, &(struct buf){.len = 0});
}

/* An empty list: the hooks are called, and nothing is frozen. */
void freeze_begin_nothing(struct freezer *z, struct freeze_wait *w)
{
	start_freeze(z, w);
	call_hooks(z, false, &(struct buf){.len = 0});
}

static void prepare(struct freezer *z)
{
	struct buf what = BUF_INIT(SIZE_MAX);

	if (z->cancelled)
		fail(z, cancelled);
	if (z->failure.set || !z->guard) {
		give_up(z);
		return;
	}
	buf_add(&what, z->freeze->points.data, z->freeze->points.len);
	buf_add(&what, z->called.data, z->called.len);
	if (what.failed || !freeze_guard_tell(z, GUARD_PREPARE, 0, what.data, what.len)) {
		fail(z, "the guard of the freeze cannot be told what to do");
		give_up(z);
	}
	buf_fini(&what);
}

void freeze_guard_prepared(struct freezer *z, uint32_t n)
{
	if (z->phase != FREEZE_PREPARING)
		return;
	if (z->cancelled)
		fail(z, cancelled);
	if (n == 0 || z->failure.set) {
		give_up(z);
		return;
	}
	enter_frozen(z);
	(void)freeze_guard_tell(z, GUARD_FREEZE, 0, NULL, 0); /* its loss is noticed elsewhere */
}

void freeze_guard_frozen(struct freezer *z, uint32_t n, int64_t deadline_ns)
{
	struct freeze_wait *w = z->freeze;

	if (z->phase != FREEZE_FREEZING)
		return;
	z->count = n;
	z->deadline_ns = deadline_ns;
	z->freeze = NULL;
	freeze_answer(w, n, NULL);
	freeze_settle(z, FREEZE_FROZEN);
}

void freeze_guard_failed(struct freezer *z, const char *text)
{
	fail(z, z->cancelled ? cancelled : text);
	leave_frozen(z);
	undo_hooks(z);
}

void freezer_cancel(struct freezer *z)
{
	if (z->phase != FREEZE_PREPARING && z->phase != FREEZE_FREEZING)
		return;
	if (z->cancelled)
		return;
	z->cancelled = true;
	log_warning("%s", cancelled);
	if (z->hooks) {
		/* the hook that runs may end, the next one is not called */
		struct ipc_guard m = {.what = GUARD_END};

		(void)attendant_say(z->hooks, &m, NULL, 0);
	} else if (!freeze_guard_tell(z, GUARD_THAW, GUARD_BY_COMMAND, NULL, 0)) {
		log_error("the guard of the freeze cannot be told to end it");
	}
}

/* --- thawing --- */

static void on_sweeper_gone(struct attendant *h);

static void sweep_over(struct freezer *z)
{
	attendant_release(z->sweeper);
	z->sweeper = NULL;
	/* which hooks were called is known, unless another agent called them, or nobody did */
	call_hooks(z, true, &z->called);
}

static void on_sweeper_message(struct attendant *h, const struct ipc_guard *m, const char *text)
{
	struct freezer *z = h->ctx;

	if (m->what == GUARD_NOTE) {
		log_warning("%s", text);
		return;
	}
	if (m->what == GUARD_FAILED)
		fail(z, text);
	if (m->what == GUARD_SWEPT)
		z->count += m->count;
	if (m->what != GUARD_FAILED && m->what != GUARD_SWEPT)
		return;
	if (m->pending)
		log_warning("filesystems that do not answer: %s", text);
	sweep_over(z);
}

void on_sweeper_gone(struct attendant *h)
{
	fail(h->ctx, "the process that thaws has ended");
	sweep_over(h->ctx);
}

static void sweep(struct freezer *z)
{
	struct ipc_guard m = {.what = GUARD_SWEEP};
	struct err       err;

	err_init(&err);
	z->sweeper =
		attendant_start(z->front, ROLE_GUARD, on_sweeper_message, on_sweeper_gone, z, &err);
	if (z->sweeper && attendant_say(z->sweeper, &m, NULL, 0) == 0)
		return;
	fail(z, err.set ? err.text : "filesystems cannot be thawed");
	sweep_over(z);
}

void freeze_begin_thaw(struct freezer *z, struct freeze_wait *w)
{
	bool frozen = z->phase == FREEZE_FROZEN;

	z->thaw = w;
	z->phase = FREEZE_THAWING;
	z->count = 0;
	if (!frozen)
		z->since_ns = now_ns();
	err_init(&z->failure);
	if (frozen)
		(void)freeze_guard_tell(z, GUARD_THAW, GUARD_BY_COMMAND, NULL, 0);
	else
		sweep(z);
}

static void note_automatic(struct freezer *z, const struct ipc_guard *m)
{
	freezer_note_automatic(z, m->reason == GUARD_BY_ADMIN ? "admin" : "", m->after_s);
	log_error("%s", z->automatic);
}

void freezer_note_automatic(struct freezer *z, const char *reason, int64_t after_s)
{
	if (!strcmp(reason, "admin"))
		(void)snprintf(z->automatic, sizeof(z->automatic),
			       "filesystems were thawed by the guest's administrator after %lld s; "
			       "the snapshot may be inconsistent",
			       (long long)after_s);
	else
		(void)snprintf(z->automatic, sizeof(z->automatic),
			       "filesystems were thawed automatically after %lld s; "
			       "the snapshot may be inconsistent",
			       (long long)after_s);
}

void freeze_guard_thawed(struct freezer *z, const struct ipc_guard *m)
{
	bool by_itself = m->reason != GUARD_BY_COMMAND && m->reason != GUARD_BY_ROLL_BACK;

	leave_frozen(z);
	z->count = m->count;
	/* a guard that was lost while thawing may have come to the end of it */
	if (by_itself && (!z->freeze || z->freeze->forgotten) &&
	    !(z->thaw && m->reason == GUARD_BY_ERROR))
		note_automatic(z, m);
	if (z->freeze && z->cancelled)
		fail(z, cancelled);
	else if (z->freeze && (m->reason == GUARD_BY_ROLL_BACK || m->reason == GUARD_BY_ERROR))
		fail(z, "the guard of the freeze was lost");
	else if (z->freeze && by_itself)
		fail(z, "the freeze was not complete within its time (freeze-timeout)");
	/* what no guard knows of may be frozen all the same */
	if ((z->thaw && !z->thaw->by_us) || m->reason == GUARD_BY_ERROR) {
		z->phase = FREEZE_THAWING;
		sweep(z);
		return;
	}
	undo_hooks(z);
}

/* --- the end of both --- */

/* What the next thaw has to say, once. */
static void add_automatic(struct freezer *z)
{
	if (!z->thaw || z->thaw->by_us || z->thaw->forgotten || !z->automatic[0])
		return;
	if (!z->failure.set)
		(void)err_set(&z->failure, "%s", z->automatic);
	z->automatic[0] = '\0';
}

static void on_later(uv_timer_t *timer)
{
	finish(timer->data);
}

void finish(struct freezer *z)
{
	struct freeze_wait *freeze = z->freeze, *thaw = z->thaw;
	struct err          err;

	if (z->starting) {
		(void)uv_timer_start(&z->later, on_later, 0, 0);
		return;
	}
	freeze_guard_dismiss(z, false);
	add_automatic(z);
	err = z->failure;
	if (z->failure.set && (!freeze || freeze->forgotten) && (!thaw || thaw->forgotten))
		log_error("%s", err.text);
	err_init(&z->failure);
	buf_reset(&z->called, 0);
	z->freeze = z->thaw = NULL;
	(void)munlockall(); /* what is not locked cannot fail to be unlocked */
	freeze_answer(freeze, 0, &err);
	freeze_answer(thaw, z->count, &err);
	freeze_settle(z, FREEZE_THAWED);
}

void hooks_over(struct freezer *z)
{
	struct ipc_guard  m = {.what = GUARD_RELIEVED};
	struct attendant *caller = z->hooks;

	z->hooks = NULL;
	if (z->phase == FREEZE_PREPARING) {
		/* the guard knows then which were called, or they are called again */
		prepare(z);
		if (caller)
			(void)attendant_say(caller, &m, NULL, 0);
		attendant_release(caller);
		return;
	}
	attendant_release(caller);
	finish(z);
}
