/* SPDX-License-Identifier: MIT */
/*
 * The guard of the freeze under way: starting it, hearing it, noticing its loss, putting another in
 * its place; and taking over the guard of an earlier agent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "front/freeze_state.h"
#include "front/front.h"
#include "guard/guard.h"
#include "ipc/guard.h"
#include "log/log.h"
#include "sys/freeze_state.h"

/* The guard's deadline passes, and it says nothing: this much later we do not trust it any more. */
#define DEADLINE_SLACK_MS 10000

#define STATE_ARENA_MAX ((size_t)32 << 20)

static void on_guard_gone(struct attendant *h);

/* --- guards of earlier freezes, with filesystems that hang --- */

static void on_lingering_message(struct attendant *h, const struct ipc_guard *m, const char *text)
{
	(void)h;
	if (m->what == GUARD_NOTE)
		log_warning("%s", text);
}

static void on_lingering_gone(struct attendant *h)
{
	struct freezer *z = h->ctx;

	z->n_lingering--;
	log_warning("nothing hangs any more in an earlier freeze");
	if (h == z->keeper)
		z->keeper = NULL;
	attendant_release(h);
}

static void on_keeper_gone(struct attendant *h)
{
	struct freezer *z = h->ctx;

	z->keeper = NULL;
	attendant_release(h);
}

void freeze_guard_dismiss(struct freezer *z, bool called)
{
	struct ipc_guard  m = {.what = called ? GUARD_RELIEVED : GUARD_HOOKS};
	struct attendant *h = z->keeper;

	z->keeper = NULL;
	if (!h)
		return;
	(void)attendant_say(h, &m, NULL, 0); /* it ends without, if there are no hooks */
	if (h->on_gone == on_keeper_gone)
		attendant_release(h);
}

void freeze_guard_done(struct freezer *z, uint32_t pending)
{
	struct attendant *h = z->guard;

	z->guard = NULL;
	uv_timer_stop(&z->ping);
	if (!h)
		return;
	if (h->gone) {
		attendant_release(h);
		return;
	}
	z->n_lingering += pending > 0;
	h->on_message = on_lingering_message;
	h->on_gone = pending ? on_lingering_gone : on_keeper_gone;
	freeze_guard_dismiss(z, true); /* of a guard before this one, with the same hooks */
	z->keeper = h;
}

/* --- the current one --- */

static void note_state(struct freezer *z, const struct ipc_guard *m)
{
	if (m->deadline_ns)
		z->deadline_ns = m->deadline_ns;
	z->count = m->count;
	log_info("the guard of the freeze answers: %u filesystems", m->count);
}

static void on_guard_message(struct attendant *h, const struct ipc_guard *m, const char *text)
{
	struct freezer *z = h->ctx;

	z->pings_missed = 0;
	switch (m->what) {
	case GUARD_NOTE:
		log_warning("%s", text);
		break;
	case GUARD_PREPARED:
		freeze_guard_prepared(z, m->count);
		break;
	case GUARD_STATE:
		note_state(z, m);
		break;
	case GUARD_FROZEN:
		freeze_guard_frozen(z, m->count, m->deadline_ns);
		break;
	case GUARD_END:
		log_critical("another agent is in charge of the freeze, ending");
		front_stop_now(z->front, 1);
		break;
	case GUARD_FAILED:
		if (m->pending)
			log_warning("%u filesystems hang in the freeze that failed", m->pending);
		freeze_guard_done(z, m->pending);
		freeze_guard_failed(z, text);
		break;
	case GUARD_THAWED:
		if (m->pending)
			log_warning("filesystems that hang in a thaw: %s", text);
		freeze_guard_done(z, m->pending);
		freeze_guard_thawed(z, m);
		break;
	default:
		break;
	}
}

static void on_ping(uv_timer_t *timer)
{
	struct freezer *z = timer->data;
	int64_t         now = clock_ns(CLOCK_BOOTTIME);
	bool            late = z->deadline_ns && z->phase == FREEZE_FROZEN &&
		    now > z->deadline_ns + DEADLINE_SLACK_MS * NS_PER_MS;

	if (!z->guard)
		return;
	if (late || z->pings_missed++ >= FREEZE_PINGS_MISSED_MAX) {
		log_error("the guard of the freeze does not answer");
		attendant_kill(z->guard);
		z->guard->gone = true; /* its descriptors may outlive it */
		on_guard_gone(z->guard);
		return;
	}
	(void)freeze_guard_tell(z, GUARD_PING, 0, NULL, 0);
}

static void watch(struct freezer *z)
{
	z->pings_missed = 0;
	(void)uv_timer_start(&z->ping, on_ping, FREEZE_PING_MS, FREEZE_PING_MS);
}

bool freeze_guard_tell(struct freezer *z, uint32_t what, uint32_t reason, const char *data,
		       size_t n)
{
	struct ipc_guard m = {.what = what, .reason = reason, .deadline_ns = z->deadline_ns};

	return z->guard && attendant_say(z->guard, &m, data, n) == 0;
}

static int start(struct freezer *z, uint32_t first, struct err *err)
{
	z->guard = attendant_start(z->front, ROLE_GUARD, on_guard_message, on_guard_gone, z, err);
	if (!z->guard)
		return -1;
	if (!freeze_guard_tell(z, first, 0, NULL, 0))
		return err_set(err, "the guard of the freeze does not listen");
	watch(z);
	return 0;
}

int freeze_guard_start(struct freezer *z, struct err *err)
{
	return start(z, GUARD_BEGIN, err);
}

int freeze_guard_adopt(struct freezer *z, struct err *err)
{
	return start(z, GUARD_ADOPT, err);
}

/* --- loss --- */

static void give_up(struct freezer *z)
{
	struct ipc_guard m = {.what = GUARD_THAWED, .reason = GUARD_BY_ERROR};

	log_error("guards of the freeze end as fast as they start: thawing whatever is frozen");
	freeze_guard_done(z, 0);
	freeze_guard_thawed(z, &m);
}

/* Frozen stays frozen, with another guard; what was on its way there or back goes back. */
static void replace(struct freezer *z)
{
	struct err err;

	err_init(&err);
	if (z->n_lost++ >= FREEZE_GUARDS_MAX || freeze_guard_adopt(z, &err) < 0) {
		if (err.set)
			log_error("%s", err.text);
		give_up(z);
		return;
	}
	if (z->phase == FREEZE_FREEZING)
		(void)freeze_guard_tell(z, GUARD_THAW, GUARD_BY_ROLL_BACK, NULL, 0);
	else if (z->phase == FREEZE_THAWING)
		(void)freeze_guard_tell(z, GUARD_THAW, GUARD_BY_COMMAND, NULL, 0);
}

void on_guard_gone(struct attendant *h)
{
	struct freezer *z = h->ctx;

	if (h != z->guard)
		return;
	log_error("the guard of the freeze has ended unexpectedly");
	freeze_guard_done(z, 0);
	if (z->phase == FREEZE_PREPARING && z->hooks) {
		/* the hooks go on to their end */
		if (!z->failure.set)
			(void)err_set(&z->failure, "the guard of the freeze was lost");
		return;
	}
	if (z->phase == FREEZE_PREPARING)
		freeze_guard_failed(z, "the guard of the freeze was lost");
	else
		replace(z);
}

/* --- what an earlier agent has left behind --- */

static int take_over(struct freezer *z, int fd, struct err *err)
{
	z->guard = attendant_adopt(z->front, fd, on_guard_message, on_guard_gone, z, err);
	if (!z->guard)
		return -1;
	if (!freeze_guard_tell(z, GUARD_TAKE_OVER, 0, NULL, 0)) {
		/* it ended at this moment: the state file tells the rest */
		freeze_guard_done(z, 0);
		return freeze_guard_adopt(z, err);
	}
	watch(z);
	return 0;
}

static void resume(struct freezer *z, const struct freeze_state *s)
{
	int64_t now = clock_ns(CLOCK_BOOTTIME);
	size_t  i;

	log_warning("started while filesystems are frozen: only commands for that are allowed");
	log_hold(true);
	z->phase = FREEZE_FROZEN;
	z->filters = true;
	z->since_ns = s->started_ns ? s->started_ns : now;
	z->deadline_ns = s->deadline_ns;
	z->count = (int64_t)s->n_places;
	if (s->foreign && z->front->options->freeze_timeout)
		z->deadline_ns = now + z->front->options->freeze_timeout * NS_PER_S;
	for (i = 0; i < s->n_hooks; i++) {
		buf_add_char(&z->called, 'h');
		buf_add(&z->called, s->hooks[i], strlen(s->hooks[i]) + 1);
	}
}

void freezer_look(struct freezer *z, struct front *front)
{
	struct freeze_state s;
	struct arena        arena;
	struct err          err;

	*z = (struct freezer){.front = front};
	z->parked_tail = &z->parked;
	buf_init(&z->called, (size_t)1 << 20);
	err_init(&z->failure);
	err_init(&err);
	arena_init(&arena, STATE_ARENA_MAX);
	if (freeze_state_read(&front->root, front->options->statedir, &arena, &s, &err) < 0) {
		/* whoever made it cannot be asked: better frozen for a thaw than open too early */
		log_error("%s", err.text);
		s = (struct freeze_state){.mark = FREEZE_MARK_FROZEN, .foreign = true};
	}
	if (s.mark == FREEZE_MARK_FROZEN)
		resume(z, &s);
	else if (s.mark == FREEZE_MARK_THAWED)
		freezer_note_automatic(z, s.reason ? s.reason : "", s.after_s);
	arena_fini(&arena);
}

int freezer_init(struct freezer *z, struct err *err)
{
	uv_timer_t *timers[] = {&z->ping, &z->later, &z->term};
	size_t      i;
	int         fd, rc = 0;

	for (i = 0; i < ARRAY_SIZE(timers) && rc == 0; i++) {
		rc = uv_timer_init(&z->front->loop, timers[i]);
		timers[i]->data = z;
	}
	if (rc < 0)
		return err_os(err, -rc, "cannot watch freezes");
	if (z->phase != FREEZE_FROZEN)
		return 0;
	fd = guard_find(z->front->options->statedir);
	return fd < 0 ? freeze_guard_adopt(z, err) : take_over(z, fd, err);
}
