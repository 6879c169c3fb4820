/* SPDX-License-Identifier: MIT */
/*
 * The mark in the state directory and the socket beside it. The directory may lie on a disk that
 * hangs: a hand of its own deals with it, and is waited for with a limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "guard/state.h"

/* --- what the hand does --- */

/* By the descriptor of the directory: a socket's address is short. */
static int listen_in(const char *statedir)
{
	auto_close int     dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int                fd;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (dir < 0)
		return -1;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" GUARD_SOCKET,
		       dir);
	(void)unlinkat(dir, GUARD_SOCKET, 0); /* of a guard that was killed */
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void write_mark(void *ctx)
{
	struct guard *g = ctx;

	g->listener = listen_in(g->statedir);
	g->mark_os = freeze_state_write(g->statedir, g->mark.data, g->mark.len);
}

/* For a freeze that was adopted: the mark is there. */
static void listen_anew(void *ctx)
{
	struct guard *g = ctx;

	g->listener = listen_in(g->statedir);
}

static void remove_mark(void *ctx)
{
	struct guard  *g = ctx;
	auto_close int dir = open(g->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0)
		(void)unlinkat(dir, GUARD_SOCKET, 0);
	g->mark_os = freeze_state_remove(g->statedir);
}

static void rewrite_mark(void *ctx)
{
	struct guard  *g = ctx;
	auto_close int dir = open(g->statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0)
		(void)unlinkat(dir, GUARD_SOCKET, 0);
	g->mark_os = freeze_state_write(g->statedir, g->mark.data, g->mark.len);
}

/* --- what the main thread wants --- */

static int describe(struct guard *g)
{
	size_t i;

	g->state.places = arena_array(&g->arena, g->n, sizeof(*g->state.places));
	if (!g->state.places)
		return -1;
	g->state.n_places = 0;
	for (i = 0; i < g->n; i++)
		if (!g->units[i].skipped)
			g->state.places[g->state.n_places++] = (struct freeze_place){
				.major = g->units[i].target->fs->major,
				.minor = g->units[i].target->fs->minor,
				.point = g->units[i].target->point,
			};
	g->state.mark = FREEZE_MARK_FROZEN;
	g->state.started_ns = g->started_ns;
	g->state.deadline_ns = g->deadline_ns;
	g->state.pid = getpid();
	g->state.hooks = g->hooks;
	g->state.n_hooks = g->n_hooks;
	buf_reset(&g->mark, 0);
	freeze_state_format(g->root, &g->state, &g->mark);
	return g->mark.failed ? -1 : 0;
}

void guard_mark(struct guard *g)
{
	struct err err;

	err_init(&err);
	if (describe(g) < 0 || (!g->mark_given && hand_start(&g->files, g->done, &err) < 0)) {
		guard_note(g, "a restart of the agent will not know of this freeze: %s",
			   err.set ? err.text : "out of memory");
		guard_freeze(g);
		return;
	}
	g->mark_given = g->marked = true;
	hand_give(&g->files, write_mark, g);
	g->stage = STAGE_MARKING;
	g->until_ns = guard_now() + GUARD_MARK_MS * NS_PER_MS;
}

void guard_listen(struct guard *g)
{
	struct err err;

	err_init(&err);
	if (hand_start(&g->files, g->done, &err) < 0) {
		guard_note(g, "a restart of the agent will not find this guard: %s", err.text);
		return;
	}
	g->mark_given = true;
	hand_give(&g->files, listen_anew, g);
}

bool guard_files_busy(const struct guard *g)
{
	return g->mark_given && hand_is_busy(&g->files);
}

/* By nobody's command: the mark stays, and says so to the next thaw, whichever agent gets it. One
 * that is not ours would be read as frozen by its maker. */
static bool says_thawed(const struct guard *g)
{
	return g->reason != GUARD_BY_COMMAND && g->reason != GUARD_BY_ROLL_BACK &&
	       !(g->by_admin && g->state.foreign);
}

static const char *reason_text(enum guard_reason reason)
{
	return reason == GUARD_BY_ADMIN    ? "admin"
	       : reason == GUARD_BY_ORPHAN ? "orphan"
					   : "deadline";
}

/* An agent that starts while thaws are still repeated must not begin a freeze of its own; one that
 * runs knows of it. */
static bool is_needed(const struct guard *g)
{
	return g->by_admin && guard_earlier_lives(g);
}

static void give_unmark(struct guard *g)
{
	struct err err;

	err_init(&err);
	g->unmark_given = true;
	/* an adopted freeze has no hand for this yet; everything is thawed, or hangs alone */
	if (!g->mark_given && hand_start(&g->files, g->done, &err) < 0)
		return;
	g->mark_given = true;
	if (says_thawed(g)) {
		g->state.mark = FREEZE_MARK_THAWED;
		g->state.after_s = guard_age_s(g);
		g->state.reason = reason_text(g->reason);
		buf_reset(&g->mark, 0);
		freeze_state_format(g->root, &g->state, &g->mark);
	}
	hand_give(&g->files, says_thawed(g) ? rewrite_mark : remove_mark, g);
}

void guard_unmark(struct guard *g)
{
	g->stage = STAGE_UNMARKING;
	g->until_ns = guard_now() + GUARD_THAW_MS * NS_PER_MS;
}

void guard_advance_mark(struct guard *g)
{
	bool late = g->until_ns && guard_now() >= g->until_ns;

	if (g->stage >= STAGE_UNMARKING && g->marked && !g->unmark_given && !guard_files_busy(g) &&
	    !is_needed(g))
		give_unmark(g);
	if (guard_files_busy(g) && !late)
		return;
	if (g->stage == STAGE_MARKING) {
		if (guard_files_busy(g) || g->mark_os)
			guard_note(g, "a restart of the agent will not know of this freeze: %s",
				   guard_files_busy(g) ? "the state directory hangs"
						       : strerror(g->mark_os));
		guard_freeze(g);
	} else if (g->stage == STAGE_UNMARKING) {
		guard_over(g);
	}
}
