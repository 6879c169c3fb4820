/* SPDX-License-Identifier: MIT */
#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "base/clock.h"
#include "base/num.h"
#include "config/options.h"
#include "guard/state.h"
#include "log/log.h"

/* What the table of mounts, the plan and the threads' state may take. */
#define GUARD_ARENA_MAX ((size_t)256 << 20)

/* Wakes the main loop at once. */
#define SOON_NS 1

int64_t guard_now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

int64_t guard_age_s(const struct guard *g)
{
	return (guard_now() - g->started_ns + NS_PER_S / 2) / NS_PER_S;
}

/* --- what is said --- */

void guard_say(struct guard *g, int fd, const struct ipc_guard *m, const char *text)
{
	struct ipc_head head = {.type = IPC_GUARD, .guard = *m};
	size_t          n = text ? strnlen(text, GUARD_TEXT_MAX) : 0;
	struct err      err;

	(void)g;
	err_init(&err);
	if (fd >= 0)
		(void)ipc_send(fd, &head, text, n, NULL, 0, MSG_DONTWAIT, &err);
}

void guard_note(struct guard *g, const char *fmt, ...)
{
	struct ipc_guard m = {.what = GUARD_NOTE};
	va_list          ap;

	va_start(ap, fmt);
	(void)vsnprintf(g->text, sizeof(g->text), fmt, ap);
	va_end(ap);
	guard_say(g, g->front, &m, g->text);
}

static void list_pending(struct guard *g)
{
	size_t i, n = 0;

	g->text[0] = '\0';
	for (i = 0; i < g->n && n < sizeof(g->text); i++)
		if (g->units[i].hand && hand_is_busy(g->units[i].hand))
			n += (size_t)snprintf(g->text + n, sizeof(g->text) - n, "%s%s",
					      n ? ", " : "", g->units[i].target->point);
}

static uint32_t count_thawed(const struct guard *g)
{
	uint32_t count = 0;
	size_t   i;

	for (i = 0; i < g->n; i++)
		count += g->units[i].frozen && atomic_load(&g->units[i].was_frozen);
	return count;
}

static void close_settled(struct guard *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		struct unit *u = &g->units[i];

		if (u->hand && !hand_is_busy(u->hand) && u->fd >= 0 && !g->adopted)
			(void)close(take_fd(&u->fd));
	}
}

static void call_hooks(struct guard *g)
{
	if (g->hooks_due)
		guard_thaw_hooks(g->root, g->hooks, g->n_hooks);
	g->hooks_due = false;
}

void guard_over(struct guard *g)
{
	struct ipc_guard m = {.what = GUARD_THAWED, .reason = g->reason};

	list_pending(g);
	m.count = g->stage == STAGE_SWEEPING ? g->count : count_thawed(g);
	m.pending = (uint32_t)guard_pending(g) + guard_earlier_lives(g);
	m.after_s = guard_age_s(g);
	if (g->stage == STAGE_SWEEPING)
		m.what = GUARD_SWEPT;
	if (g->failed) {
		m.what = GUARD_FAILED;
		guard_say(g, g->front, &m, g->failure.text);
	} else {
		guard_say(g, g->front, &m, g->text);
	}
	guard_say(g, g->admin, &m, g->text);
	close_settled(g);
	g->stage = STAGE_OVER;
	g->until_ns = 0;
	g->hooks_due = g->n_hooks > 0 && m.what != GUARD_SWEPT;
	if (g->front < 0 || g->by_admin)
		call_hooks(g);
}

/* --- what is heard --- */

static int take_strings(struct guard *g, int memfd, struct err *err)
{
	struct stat st;
	char       *text, *end, *at;
	size_t      n = 0;

	if (fstat(memfd, &st) < 0 || st.st_size < 0)
		return err_os(err, errno, "cannot read what is to be frozen");
	text = arena_alloc(&g->arena, (size_t)st.st_size + 1);
	if (!text || pread(memfd, text, (size_t)st.st_size, 0) != st.st_size)
		return err_set(err, "cannot read what is to be frozen");
	end = text + st.st_size;
	for (at = text; at < end; at += strlen(at) + 1)
		n++;
	g->points = arena_array(&g->arena, n, sizeof(*g->points));
	g->hooks = arena_array(&g->arena, n, sizeof(*g->hooks));
	if (!g->points || !g->hooks)
		return err_os(err, ENOMEM, "cannot read what is to be frozen");
	for (at = text; at < end; at += strlen(at) + 1) {
		if (*at == 'm')
			g->points[g->n_points++] = at + 1;
		else if (*at == 'h')
			g->hooks[g->n_hooks++] = at + 1;
	}
	return 0;
}

static void hear_prepare(struct guard *g, int memfd)
{
	struct err err;

	err_init(&err);
	if (g->stage != STAGE_IDLE)
		return;
	if (memfd >= 0 && take_strings(g, memfd, &err) < 0)
		guard_fail(g, "%s", err.text);
	else
		guard_prepare(g);
}

static void hear_adopt(struct guard *g, const struct ipc_guard *m)
{
	g->deadline_ns = m->deadline_ns;
	g->by_admin = g->thaw_wanted = m->reason == GUARD_BY_ADMIN;
	g->reason = (enum guard_reason)m->reason;
	if (guard_adopt(g) == 0)
		return;
	if (!g->by_admin)
		g->reason = GUARD_BY_ERROR;
	guard_over(g);
}

static void tell_state(struct guard *g)
{
	struct ipc_guard m = {.what = GUARD_STATE,
			      .count = g->count,
			      .deadline_ns = g->deadline_ns,
			      .reason = g->stage != STAGE_FROZEN,
			      .after_s = guard_age_s(g)};

	guard_say(g, g->front, &m, NULL);
}

static void hear(struct guard *g, const struct ipc_guard *m, int memfd)
{
	struct ipc_guard pong = {.what = GUARD_PONG};

	switch (m->what) {
	case GUARD_BEGIN:
		g->deadline_ns = m->deadline_ns;
		break;
	case GUARD_PREPARE:
		hear_prepare(g, memfd);
		break;
	case GUARD_FREEZE:
		if (g->stage == STAGE_PREPARED)
			guard_mark(g);
		break;
	case GUARD_THAW:
		guard_thaw(g, (enum guard_reason)m->reason);
		break;
	case GUARD_SWEEP:
		g->reason = (enum guard_reason)m->reason;
		guard_sweep(g);
		break;
	case GUARD_ADOPT:
		hear_adopt(g, m);
		break;
	case GUARD_HOOKS:
		call_hooks(g);
		break;
	case GUARD_RELIEVED:
		g->hooks_due = false;
		break;
	case GUARD_PING:
		guard_say(g, g->front, &pong, NULL);
		break;
	case GUARD_END:
		guard_thaw(g, GUARD_BY_COMMAND);
		break;
	default:
		break;
	}
}

/* The front is gone. What nothing is frozen for need not go on. */
static void lose_front(struct guard *g)
{
	(void)close(take_fd(&g->front));
	g->lost_front = true;
	if (g->stage < STAGE_MARKING && !g->adopted)
		guard_thaw(g, GUARD_BY_ROLL_BACK);
	else if (g->stage < STAGE_THAWING)
		g->orphan_until_ns = guard_now() + GUARD_ORPHAN_MS * NS_PER_MS;
	else if (g->stage == STAGE_OVER)
		call_hooks(g);
}

/* 1: a message, 0: nothing there, -1: nobody is there any more. */
static int receive(struct guard *g, int fd, struct ipc_guard *ret, int *fds)
{
	struct ipc_head head;
	struct err      err;
	int             got;

	err_init(&err);
	got = ipc_recv(fd, &head, g->text, sizeof(g->text), fds, MSG_DONTWAIT, &err);
	if (got < 0 && err.os == EAGAIN)
		return 0;
	if (got <= 0 || head.type != IPC_GUARD)
		return -1;
	*ret = head.guard;
	return 1;
}

static void hear_front(struct guard *g)
{
	struct ipc_guard m;
	int              fds[IPC_FDS_MAX], got;

	got = receive(g, g->front, &m, fds);
	if (got < 0) {
		lose_front(g);
	} else if (got > 0) {
		hear(g, &m, fds[0]);
		ipc_close_fds(fds);
	}
}

/* Only root may take over a freeze or end it. */
static bool is_root(int fd)
{
	struct ucred who;
	socklen_t    n = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

static void hear_listener(struct guard *g)
{
	int fd = accept4(g->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (!is_root(fd)) {
		(void)close(fd);
		return;
	}
	if (g->caller >= 0)
		(void)close(g->caller); /* it has had its time */
	g->caller = fd;
}

static void hear_caller(struct guard *g)
{
	struct ipc_guard m;
	int              fds[IPC_FDS_MAX], got;

	got = receive(g, g->caller, &m, fds);
	if (got == 0)
		return;
	if (got > 0)
		ipc_close_fds(fds);
	if (got > 0 && m.what == GUARD_TAKE_OVER && g->front < 0) {
		g->front = take_fd(&g->caller);
		g->orphan_until_ns = 0;
		tell_state(g);
	} else if (got > 0 && m.what == GUARD_ADMIN_THAW && g->admin < 0) {
		g->admin = take_fd(&g->caller);
		guard_thaw(g, GUARD_BY_ADMIN);
	} else {
		guard_say(g, g->caller, &(struct ipc_guard){.what = GUARD_END}, NULL);
		(void)close(take_fd(&g->caller));
	}
}

/* --- the loop --- */

static void watch_limits(struct guard *g)
{
	int64_t now = guard_now();

	if (g->stage >= STAGE_THAWING)
		return;
	if (g->orphan_until_ns && now >= g->orphan_until_ns) {
		guard_thaw(g, GUARD_BY_ORPHAN);
	} else if (g->deadline_ns && now >= g->deadline_ns) {
		if (g->stage < STAGE_FREEZING)
			guard_fail(g,
				   "the freeze was not complete within its time (freeze-timeout)");
		else
			guard_thaw(g, GUARD_BY_DEADLINE);
	}
}

static void advance(struct guard *g)
{
	enum guard_stage before;

	do {
		before = g->stage;
		watch_limits(g);
		guard_advance_prepare(g);
		guard_advance_steps(g);
		guard_advance_mark(g);
	} while (g->stage != before);
}

static bool is_finished(struct guard *g)
{
	if (g->stage != STAGE_OVER)
		return false;
	if (g->earlier && guard_now() >= g->until_ns)
		guard_thaw_again(g);
	return !g->earlier && guard_pending(g) == 0 && !guard_files_busy(g) &&
	       (!g->marked || g->unmark_given) && !g->hooks_due;
}

static void arm_timer(struct guard *g)
{
	struct itimerspec when = {.it_value = {.tv_sec = 0}};
	int64_t           limits[3] = {g->until_ns, 0, 0}, next = 0;
	size_t            i;

	if (g->stage < STAGE_THAWING) {
		limits[1] = g->deadline_ns;
		limits[2] = g->orphan_until_ns;
	}
	for (i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i] && (!next || limits[i] < next))
			next = limits[i] > 0 ? limits[i] : SOON_NS;
	when.it_value.tv_sec = next / NS_PER_S;
	when.it_value.tv_nsec = next % NS_PER_S;
	(void)timerfd_settime(g->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void drain(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n)); /* only that something happened counts */
}

static void loop(struct guard *g)
{
	while (advance(g), !is_finished(g)) {
		struct pollfd fds[] = {
			{.fd = g->done, .events = POLLIN},
			{.fd = g->timer, .events = POLLIN},
			{.fd = g->front, .events = POLLIN},
			{.fd = g->caller, .events = POLLIN},
			{.fd = guard_files_busy(g) ? -1 : g->listener, .events = POLLIN},
		};

		arm_timer(g);
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[0].revents)
			drain(g->done);
		if (fds[1].revents)
			drain(g->timer);
		if (fds[2].revents)
			hear_front(g);
		if (fds[3].revents)
			hear_caller(g);
		if (fds[4].revents)
			hear_listener(g);
	}
}

/* --- start --- */

static void write_text(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, text, strlen(text)); /* an unprotected guard is better than none */
}

static int read_excludes(struct guard *g, struct err *err)
{
	struct option_word word = {.item = 0};
	size_t             n = 0;

	while (option_list_next(&g->options->freeze_exclude, &word))
		n++;
	g->excludes = arena_array(&g->arena, n, sizeof(*g->excludes));
	word = (struct option_word){.item = 0};
	while (g->excludes && option_list_next(&g->options->freeze_exclude, &word)) {
		g->excludes[g->n_excludes] = arena_strndup(&g->arena, word.start, word.len);
		if (!g->excludes[g->n_excludes++])
			break;
	}
	return g->n_excludes == n && g->excludes ? 0 : err_os(err, ENOMEM, "cannot freeze");
}

static int start(struct guard *g, struct err *err)
{
	(void)setsid();
	(void)umask(0077);
	(void)prctl(PR_SET_NAME, GUARD_NAME);
	if (!root_is_captured(g->root))
		write_text("/proc/self/oom_score_adj", "-1000");
	/* memory that would have to come back from a frozen disk must not be missing then */
	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	g->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (g->done < 0 || g->timer < 0)
		return err_os(err, errno, "cannot start the guard of the freeze");
	return read_excludes(g, err);
}

int guard_main(int fd, const struct options *options, const struct sys_root *root)
{
	static struct guard guard;
	struct guard       *g = &guard;
	struct err          err;

	err_init(&err);
	*g = (struct guard){.front = fd,
			    .listener = -1,
			    .caller = -1,
			    .admin = -1,
			    .options = options,
			    .root = root,
			    .statedir = options->statedir,
			    .started_ns = guard_now()};
	arena_init(&g->arena, GUARD_ARENA_MAX);
	buf_init(&g->mark, FREEZE_STATE_MAX);
	if (start(g, &err) < 0) {
		guard_note(g, "%s", err.text);
		return 1;
	}
	loop(g);
	/* what the front that is gone has left in the log waits for this, and a successor has a log
	 * of its own */
	if (g->lost_front)
		log_hold(false);
	return 0;
}
