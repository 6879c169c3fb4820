/* SPDX-License-Identifier: MIT */
#include "front/freeze.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "front/freeze_state.h"
#include "front/front.h"
#include "log/log.h"

/* Mount points of one guest-fsfreeze-freeze-list together. */
#define FREEZE_POINTS_BYTES_MAX ((size_t)16 << 20)

bool freezer_is_settled(const struct freezer *z)
{
	return z->phase == FREEZE_THAWED || z->phase == FREEZE_FROZEN;
}

bool freezer_filters(const struct freezer *z, const struct command *command)
{
	/* from the hooks on nobody else may begin a freeze */
	bool begins = (command->flags & (CMD_FREEZER | CMD_THAWS)) == CMD_FREEZER;

	return z->filters || (begins && z->phase == FREEZE_PREPARING);
}

/* --- waits --- */

static struct freeze_wait *wait_new(struct freezer *z, int kind, const struct freeze_client *client,
				    struct err *err)
{
	struct freeze_wait *w = calloc(1, sizeof(*w));

	if (!w) {
		(void)err_os(err, ENOMEM, "cannot wait for the freeze");
		return NULL;
	}
	w->freezer = z;
	w->kind = kind;
	buf_init(&w->points, FREEZE_POINTS_BYTES_MAX);
	if (client)
		w->client = *client;
	else
		w->forgotten = true;
	return w;
}

static void wait_free(struct freeze_wait *w)
{
	buf_fini(&w->points);
	free(w);
}

void freeze_answer(struct freeze_wait *w, int64_t value, const struct err *err)
{
	if (!w)
		return;
	if (!w->forgotten && err && err->set)
		w->client.on_error(w->client.ctx, err);
	else if (!w->forgotten)
		w->client.on_value(w->client.ctx, value);
	wait_free(w);
}

static void park(struct freezer *z, struct freeze_wait *w)
{
	w->next = NULL;
	*z->parked_tail = w;
	z->parked_tail = &w->next;
}

static struct freeze_wait *unpark(struct freezer *z, struct freeze_wait *w)
{
	struct freeze_wait **at = &z->parked;

	while (*at && *at != w)
		at = &(*at)->next;
	if (!*at)
		return NULL;
	*at = w->next;
	if (!*at)
		z->parked_tail = at;
	return w;
}

static void thaw_by_us(struct freezer *z)
{
	struct err          err;
	struct freeze_wait *w;

	err_init(&err);
	w = wait_new(z, WAIT_THAW, NULL, &err);
	if (!w) {
		log_error("%s", err.text);
		return;
	}
	w->by_us = true;
	freeze_begin_thaw(z, w);
}

static void go_on(struct freezer *z, struct freeze_wait *w)
{
	if (w->kind == WAIT_THAW) {
		freeze_begin_thaw(z, w);
		return;
	}
	/* a freeze is judged afresh: the state may have become another */
	if (!w->forgotten)
		w->client.on_settled(w->client.ctx);
	wait_free(w);
}

void freeze_settle(struct freezer *z, enum freeze_phase phase)
{
	z->phase = phase;
	while (freezer_is_settled(z) && z->parked)
		go_on(z, unpark(z, z->parked));
	if (z->phase == FREEZE_THAWED && z->terminating)
		front_stop_now(z->front, z->front->exit_status);
	else if (z->phase == FREEZE_FROZEN && z->terminate_now)
		thaw_by_us(z);
}

void freezer_forget(struct freeze_wait *w)
{
	if (!w)
		return;
	w->forgotten = true;
	if (w->kind != WAIT_THAW && unpark(w->freezer, w))
		wait_free(w);
}

struct freeze_wait *freezer_park(struct freezer *z, const struct freeze_client *client,
				 struct err *err)
{
	struct freeze_wait *w = wait_new(z, WAIT_SETTLED, client, err);

	if (w)
		park(z, w);
	return w;
}

/* --- commands --- */

static int take_points(struct freeze_wait *w, const struct request_freeze *what, struct err *err)
{
	size_t i;

	for (i = 0; i < what->n; i++) {
		buf_add_char(&w->points, 'm');
		buf_add(&w->points, what->points[i], strlen(what->points[i]) + 1);
	}
	return w->points.failed ? err_set(err, "limit exceeded: mount points may take %zu bytes",
					  FREEZE_POINTS_BYTES_MAX)
				: 0;
}

static struct freeze_wait *start_freeze(struct freezer *z, const struct request_freeze *what,
					const struct freeze_client *client, struct err *err)
{
	struct freeze_wait *w;

	if (z->n_lingering) {
		(void)err_set(err, "a filesystem of an earlier freeze still hangs");
		return NULL;
	}
	w = wait_new(z, z->phase == FREEZE_THAWED ? WAIT_FREEZE : WAIT_SETTLED, client, err);
	if (!w)
		return NULL;
	if (take_points(w, what, err) < 0) {
		wait_free(w);
		return NULL;
	}
	z->starting = true;
	if (w->kind == WAIT_SETTLED)
		park(z, w);
	else if (what->what == REQUEST_FREEZE_LIST && what->n == 0)
		freeze_begin_nothing(z, w);
	else
		freeze_begin(z, w);
	z->starting = false;
	return w;
}

struct freeze_wait *freezer_start(struct freezer *z, const struct request_freeze *what,
				  const struct freeze_client *client, struct err *err)
{
	struct freeze_wait *w;

	if (what->what != REQUEST_THAW)
		return start_freeze(z, what, client, err);
	w = wait_new(z, WAIT_THAW, client, err);
	if (!w)
		return NULL;
	if (freezer_is_settled(z)) {
		z->starting = true;
		freeze_begin_thaw(z, w);
		z->starting = false;
	} else {
		freezer_cancel(z);
		park(z, w);
	}
	return w;
}

static void on_term(uv_timer_t *timer)
{
	(void)freezer_may_end(timer->data, true);
}

bool freezer_may_end(struct freezer *z, bool now)
{
	if (z->phase == FREEZE_THAWED)
		return true;
	z->terminating = true;
	if (!now) {
		log_warning("filesystems are frozen: ending when they are thawed, in %d s at the "
			    "latest",
			    FREEZE_TERM_MS / 1000);
		(void)uv_timer_start(&z->term, on_term, FREEZE_TERM_MS, 0);
		return false;
	}
	if (z->terminate_now)
		return false;
	z->terminate_now = true;
	freezer_cancel(z);
	if (z->phase == FREEZE_FROZEN)
		thaw_by_us(z);
	return false;
}

const char *freezer_phase_name(const struct freezer *z)
{
	static const char *const names[] = {"thawed", "preparing", "freezing", "frozen", "thawing"};

	return names[z->phase];
}
