/* SPDX-License-Identifier: MIT */
#include "zygote/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/attr.h"
#include "ipc/handover.h"
#include "sys/pipes.h"

/* As the front bounds them (front/execs.h). */
#define STREAM_MAX ((size_t)16 << 20)
#define OUTPUT_MAX ((size_t)256 << 20)

struct keeper {
	struct programs   *programs;
	int                sigchld;
	int                listener; /* -1: nobody can come */
	int                front;    /* the next one, -1 */
	struct sockaddr_un address;
	struct pollfd     *polled; /* three, then the pipes */
	size_t             room;
};

/* --- the socket --- */

static void listen_for_fronts(struct keeper *k, const char *statedir)
{
	int n;

	k->address.sun_family = AF_UNIX;
	n = snprintf(k->address.sun_path, sizeof(k->address.sun_path), "%s/" HANDOVER_PREFIX "%d",
		     statedir, (int)getpid());
	if (n >= (int)sizeof(k->address.sun_path))
		return;
	k->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->listener < 0)
		return;
	(void)umask(077);
	(void)unlink(k->address.sun_path); /* of a process that had our number */
	if (bind(k->listener, (struct sockaddr *)&k->address, sizeof(k->address)) < 0 ||
	    listen(k->listener, 4) < 0)
		(void)close(take_fd(&k->listener)); /* the programs go on, nobody will ask */
}

static bool is_ours(int fd)
{
	struct ucred cred;
	socklen_t    len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 && cred.uid == geteuid();
}

static void lose_front(struct keeper *k)
{
	(void)close(take_fd(&k->front)); /* it has its own descriptors */
}

static int hand_one_over(struct keeper *k, const struct program_entry *e)
{
	struct handover h = {.type = HANDOVER_PROGRAM,
			     .tag = e->tag,
			     .pid = e->pid,
			     .status = e->status,
			     .flags = (e->ended ? HANDOVER_ENDED : 0) |
				      (e->told ? HANDOVER_TOLD : 0)};
	struct err      err;

	_Static_assert(CHILD_FDS - KEPT_INPUT == HANDOVER_FDS, "the same descriptors");
	err_init(&err);
	while (handover_send(k->front, &h, e->kept + KEPT_INPUT, &err) < 0) {
		struct pollfd p = {.fd = k->front, .events = POLLOUT};

		/* it reads until the end, or it is no front */
		if (err.os != EAGAIN || poll(&p, 1, 1000) <= 0)
			return -1;
		err_init(&err);
	}
	return 0;
}

static void hand_over(struct keeper *k)
{
	struct handover             end = {.type = HANDOVER_END};
	const struct program_entry *e;
	struct err                  err;

	err_init(&err);
	for (e = k->programs->entries; e; e = e->next) {
		if (hand_one_over(k, e) < 0) {
			lose_front(k);
			return;
		}
	}
	if (handover_send(k->front, &end, NULL, &err) < 0)
		lose_front(k);
}

static void accept_front(struct keeper *k)
{
	int fd = accept4(k->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (!is_ours(fd)) {
		(void)close(fd); /* not root's business */
		return;
	}
	/* one that comes while another is there: that one is ending */
	if (k->front >= 0)
		lose_front(k);
	k->front = fd;
	hand_over(k);
}

static void hear_front(struct keeper *k)
{
	struct handover h;
	struct err      err;
	int             fds[IPC_FDS_MAX], got;

	err_init(&err);
	got = handover_recv(k->front, &h, fds, &err);
	if (got < 0 && err.os == EAGAIN)
		return;
	if (got <= 0) {
		lose_front(k);
		return;
	}
	ipc_close_fds(fds); /* none are expected */
	if (h.type == HANDOVER_RELEASE)
		programs_release(k->programs, &(struct ipc_release){.tag = h.tag, .what = h.what});
}

/* --- ends --- */

static struct program_entry *find_pid(const struct keeper *k, pid_t pid)
{
	struct program_entry *e = k->programs->entries;

	while (e && (e->pid != pid || e->ended))
		e = e->next;
	return e;
}

static void note_end(struct keeper *k, struct program_entry *e, int status)
{
	struct handover h = {.type = HANDOVER_EXITED, .tag = e->tag, .status = status};
	struct err      err;

	e->ended = true;
	e->status = status;
	err_init(&err);
	if (k->front >= 0 && handover_send(k->front, &h, NULL, &err) < 0)
		lose_front(k);
}

static void reap(struct keeper *k)
{
	struct signalfd_siginfo info;
	int                     status;
	pid_t                   pid;

	(void)!read(k->sigchld, &info, sizeof(info)); /* one may stand for several */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct program_entry *e = find_pid(k, pid);

		if (e)
			note_end(k, e, status);
	}
}

/* --- pipes, while no front reads them --- */

static size_t output_kept(const struct keeper *k)
{
	const struct program_entry *e;
	size_t                      sum = 0;

	for (e = k->programs->entries; e; e = e->next) {
		sum += e->kept[KEPT_OUT_DATA] >= 0 ? pipe_memory_size(e->kept[KEPT_OUT_DATA]) : 0;
		sum += e->kept[KEPT_ERR_DATA] >= 0 ? pipe_memory_size(e->kept[KEPT_ERR_DATA]) : 0;
	}
	return sum;
}

static void close_pipe(int *fd)
{
	(void)close(take_fd(fd)); /* a pipe: nothing to be lost */
}

static void collect(struct keeper *k, struct program_entry *e, enum ipc_child_fd pipe)
{
	int              mem = e->kept[pipe + 1];
	enum pipe_result result;

	if (mem < 0) {
		result = pipe_discard(e->kept[pipe]);
	} else {
		size_t n = pipe_memory_size(mem), kept = output_kept(k);
		size_t left = kept < OUTPUT_MAX ? OUTPUT_MAX - kept : 0;
		size_t limit = left < STREAM_MAX - n ? n + left : STREAM_MAX;

		result = pipe_collect(e->kept[pipe], mem, &n, limit);
	}
	if (result == PIPE_END)
		close_pipe(&e->kept[pipe]);
}

static void feed(struct program_entry *e)
{
	if (e->kept[KEPT_INPUT_DATA] >= 0 &&
	    pipe_feed(e->kept[KEPT_INPUT_DATA], e->kept[KEPT_INPUT]) != PIPE_END)
		return;
	close_pipe(&e->kept[KEPT_INPUT]);
	if (e->kept[KEPT_INPUT_DATA] >= 0)
		close_pipe(&e->kept[KEPT_INPUT_DATA]);
}

static bool has_pipes(const struct program_entry *e)
{
	return e->kept[KEPT_INPUT] >= 0 || e->kept[KEPT_OUT] >= 0 || e->kept[KEPT_ERR] >= 0;
}

/* What is told and read to its end is nobody's. */
static void drop_finished(struct keeper *k)
{
	struct program_entry *e, *next;

	for (e = k->programs->entries; e; e = next) {
		next = e->next;
		if (e->ended && e->told && !has_pipes(e))
			programs_release(k->programs,
					 &(struct ipc_release){.tag = e->tag, .what = RELEASE_ALL});
	}
}

/* --- the loop --- */

static bool all_ended(const struct keeper *k)
{
	const struct program_entry *e;

	for (e = k->programs->entries; e; e = e->next)
		if (!e->ended || has_pipes(e))
			return false;
	return true;
}

static size_t add_pipe(struct keeper *k, size_t n, int fd, short events)
{
	if (fd < 0 || n == k->room)
		return n;
	k->polled[n] = (struct pollfd){.fd = fd, .events = events};
	return n + 1;
}

static bool make_room(struct keeper *k)
{
	const struct program_entry *e;
	size_t                      need = 3;
	struct pollfd              *more;

	for (e = k->programs->entries; e; e = e->next)
		need += 3;
	if (need <= k->room)
		return true;
	more = realloc(k->polled, need * sizeof(*more));
	if (!more)
		return k->polled != NULL; /* some pipes have to wait */
	k->polled = more;
	k->room = need;
	return true;
}

static size_t prepare(struct keeper *k)
{
	const struct program_entry *e;
	size_t                      n = 3;

	k->polled[0] = (struct pollfd){.fd = k->sigchld, .events = POLLIN};
	k->polled[1] = (struct pollfd){.fd = k->listener, .events = POLLIN};
	k->polled[2] = (struct pollfd){.fd = k->front, .events = POLLIN};
	if (k->front >= 0)
		return n; /* it reads them */
	for (e = k->programs->entries; e; e = e->next) {
		n = add_pipe(k, n, e->kept[KEPT_OUT], POLLIN);
		n = add_pipe(k, n, e->kept[KEPT_ERR], POLLIN);
		n = add_pipe(k, n, e->kept[KEPT_INPUT], POLLOUT);
	}
	return n;
}

static bool is_ready(const struct keeper *k, size_t n, int fd)
{
	size_t i;

	for (i = 3; fd >= 0 && i < n; i++)
		if (k->polled[i].fd == fd)
			return k->polled[i].revents != 0;
	return false;
}

static void serve_pipes(struct keeper *k, size_t n)
{
	struct program_entry *e;

	for (e = k->programs->entries; e; e = e->next) {
		if (is_ready(k, n, e->kept[KEPT_OUT]))
			collect(k, e, KEPT_OUT);
		if (is_ready(k, n, e->kept[KEPT_ERR]))
			collect(k, e, KEPT_ERR);
		if (is_ready(k, n, e->kept[KEPT_INPUT]))
			feed(e);
	}
}

/* False: time is up. */
static bool round_of(struct keeper *k)
{
	size_t n = prepare(k);
	int    rc = poll(k->polled, n, k->front < 0 && all_ended(k) ? KEEPER_WAIT_MS : -1);

	if (rc <= 0)
		return rc < 0 && errno == EINTR;
	if (k->polled[0].revents)
		reap(k);
	if (k->polled[2].revents && k->front >= 0)
		hear_front(k);
	serve_pipes(k, n);
	if (k->polled[1].revents && k->listener >= 0)
		accept_front(k);
	drop_finished(k);
	return true;
}

int keeper_main(struct programs *p, int sigchld, const char *statedir)
{
	struct keeper k = {.programs = p, .sigchld = sigchld, .listener = -1, .front = -1};

	(void)prctl(PR_SET_NAME, "virtagent-keep");
	(void)close(take_fd(&p->front)); /* nobody is there */
	reap(&k);                        /* what was under way when the front ended */
	listen_for_fronts(&k, statedir);
	drop_finished(&k);
	while (p->entries && make_room(&k) && round_of(&k))
		continue;
	if (k.listener >= 0)
		(void)unlink(k.address.sun_path); /* at worst the next agent finds nobody there */
	return 0;
}
