/* SPDX-License-Identifier: MIT */
/*
 * Opening a mount point and FITRIM both end in a disk's hands, and a process that waits for a dead
 * one cannot be stopped. So each filesystem has a child, which puts its answer into memory shared
 * with us and a byte into a pipe. One that overstays is left behind; it tidies up when it can.
 */
#include "sys/trim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "sys/spawn.h"

/* How often is looked while another is to be begun, and while only limits are waited for. */
#define LOOK_MS 100
#define IDLE_MS 1000

struct turn {
	pid_t   pid; /* 0: not begun, or ended */
	int64_t began;
};

/* What a child answers; what it does not fill says that it died. */
struct answer {
	enum trim_outcome outcome;
	int               os;
	uint64_t          trimmed, minimum;
};

struct trimming {
	const struct filesystem **filesystems; /* in the order in which they are trimmed */
	struct answer            *answers;     /* shared with the children */
	struct turn              *turns;
	size_t                    n, begun, running;
	uint64_t                  minimum;
	int64_t                   limit_ns; /* 0: none */
	int                       done[2];  /* pipe: a byte for each child that has ended */
};

/* In a child */

/* A mount point may lie under another mount: opening it gives the wrong filesystem then. Files of
 * btrfs show device numbers of their own, so nothing can be told of it. */
static bool is_covered(const struct filesystem *fs, const struct mount *m, int fd)
{
	struct stat st;

	return strcmp(m->type, "btrfs") != 0 && fstat(fd, &st) == 0 &&
	       (major(st.st_dev) != fs->major || minor(st.st_dev) != fs->minor);
}

/* Any mount of it will do; the error is that of the first. */
static int open_filesystem(const struct filesystem *fs, int *ret_os)
{
	const struct mount *m;
	int                 fd;

	*ret_os = 0;
	for (m = fs->first; m; m = m->next) {
		fd = open(m->point, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 && !is_covered(fs, m, fd))
			return fd;
		if (!*ret_os)
			*ret_os = fd < 0 ? errno : EBUSY;
		if (fd >= 0)
			(void)close(fd);
	}
	return -1;
}

static void trim_one(const struct filesystem *fs, uint64_t minimum, struct answer *answer)
{
	struct fstrim_range range = {.len = UINT64_MAX, .minlen = minimum};
	int                 fd = open_filesystem(fs, &answer->os);

	if (fd < 0) {
		answer->outcome = TRIM_NOT_OPENED;
		return;
	}
	if (ioctl(fd, FITRIM, &range) < 0) {
		answer->os = errno;
		answer->outcome =
			errno == ENOTTY || errno == EOPNOTSUPP ? TRIM_NOT_SUPPORTED : TRIM_FAILED;
		return;
	}
	answer->trimmed = range.len;
	answer->minimum = range.minlen;
	answer->outcome = TRIM_DONE;
}

/* The pipe is all it keeps of ours: it may outlive us, in front of a dead disk. */
static void become_trimmer(struct trimming *t, size_t i)
{
	const int keep = STDERR_FILENO + 1;

	if (dup2(t->done[1], keep) < 0)
		_exit(1);
	spawn_close_from(keep + 1);
	trim_one(t->filesystems[i], t->minimum, &t->answers[i]);
	(void)!write(keep, "", 1); /* wakes the parent, if it still waits */
	_exit(0);
}

/* In the parent */

static int begin(struct trimming *t)
{
	size_t i = t->begun;
	pid_t  pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		become_trimmer(t, i);
	t->turns[i] = (struct turn){.pid = pid, .began = clock_monotonic_ns()};
	t->begun++;
	t->running++;
	return 0;
}

static size_t reap(struct trimming *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->begun; i++) {
		if (!t->turns[i].pid || waitpid(t->turns[i].pid, NULL, WNOHANG) == 0)
			continue;
		t->turns[i].pid = 0;
		t->running--;
		n++;
	}
	return n;
}

/* Those past their limit are not waited for any longer. A signal ends them if anything does. */
static void give_up(struct trimming *t, int64_t now)
{
	size_t i;

	for (i = 0; i < t->begun; i++) {
		if (!t->turns[i].pid || !t->limit_ns || now - t->turns[i].began < t->limit_ns)
			continue;
		(void)kill(t->turns[i].pid, SIGKILL);
		t->answers[i].outcome = TRIM_TIMED_OUT;
		t->turns[i].pid = 0;
		t->running--;
	}
}

static bool may_begin(const struct trimming *t, int64_t now)
{
	if (t->begun == t->n || t->running >= TRIM_PARALLEL_MAX)
		return false;
	return t->running == 0 || now - t->turns[t->begun - 1].began >= TRIM_TURN_MS * NS_PER_MS;
}

/* Milliseconds until something is due. A child's byte comes a moment before its end. */
static int due(const struct trimming *t, size_t ending)
{
	if (ending)
		return 1;
	return t->begun < t->n ? LOOK_MS : IDLE_MS;
}

static size_t told(const struct trimming *t, int ms)
{
	struct pollfd in = {.fd = t->done[0], .events = POLLIN};
	char          bytes[TRIM_PARALLEL_MAX];
	ssize_t       n;

	if (poll(&in, 1, ms) <= 0)
		return 0;
	n = read(t->done[0], bytes, sizeof(bytes));
	return n > 0 ? (size_t)n : 0;
}

/* 0, or the errno with which no child could be started. */
static int run(struct trimming *t)
{
	size_t ending = 0;

	while (t->begun < t->n || t->running) {
		size_t ended;

		if (may_begin(t, clock_monotonic_ns())) {
			int os = begin(t);

			if (os && !t->running)
				return os;
		}
		ending += told(t, due(t, ending));
		ended = reap(t);
		ending -= ended < ending ? ended : ending;
		give_up(t, clock_monotonic_ns());
	}
	return 0;
}

static void answer_all(const struct trimming *t, struct trim *trims)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		trims[i] = (struct trim){
			.path = t->filesystems[i]->first->point,
			.outcome = t->answers[i].outcome,
			.os = t->answers[i].os,
			.trimmed = t->answers[i].trimmed,
			.minimum = t->answers[i].minimum,
		};
}

static int set_up(struct trimming *t, const struct mount_table *table, struct arena *a,
		  struct err *err)
{
	size_t i;

	t->filesystems = arena_array(a, t->n, sizeof(struct filesystem *));
	t->turns = arena_array(a, t->n, sizeof(*t->turns));
	if (!t->filesystems || !t->turns)
		return err_os(err, ENOMEM, "cannot trim");
	t->answers = mmap(NULL, (t->n + 1) * sizeof(*t->answers), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->answers == MAP_FAILED)
		return err_os(err, errno, "cannot trim");
	for (i = 0; i < t->n; i++) {
		t->filesystems[i] = &table->filesystems[t->n - 1 - i];
		t->answers[i] = (struct answer){.outcome = TRIM_FAILED, .os = EINTR};
	}
	if (pipe2(t->done, O_CLOEXEC) == 0)
		return 0;
	return err_os(err, errno, "cannot trim");
}

static void tear_down(struct trimming *t)
{
	if (t->answers && t->answers != MAP_FAILED)
		(void)munmap(t->answers, (t->n + 1) * sizeof(*t->answers));
	if (t->done[0] >= 0)
		(void)close(t->done[0]);
	if (t->done[1] >= 0)
		(void)close(t->done[1]);
}

/* In a captured tree: every filesystem would have been trimmed. */
static bool noted(const struct sys_root *root, struct trimming *t)
{
	size_t i;

	if (!root_is_captured(root))
		return false;
	for (i = 0; i < t->n; i++) {
		(void)root_note(root, "trim %s", t->filesystems[i]->first->point);
		t->answers[i] = (struct answer){.outcome = TRIM_DONE, .minimum = t->minimum};
	}
	return true;
}

int trim_all(const struct sys_root *root, const struct mount_table *table, uint64_t minimum,
	     int64_t limit_s, struct arena *a, struct trim **ret, size_t *ret_n, struct err *err)
{
	struct trimming t = {
		.n = table->n_filesystems,
		.minimum = minimum,
		.limit_ns = limit_s * NS_PER_S,
		.done = {-1, -1},
	};
	int os = 0;

	*ret_n = t.n;
	*ret = arena_array(a, t.n, sizeof(**ret));
	if (!*ret)
		(void)err_os(err, ENOMEM, "cannot trim");
	else if (set_up(&t, table, a, err) == 0 && !noted(root, &t))
		os = run(&t);
	if (os)
		(void)err_os(err, os, "cannot trim");
	if (!err->set)
		answer_all(&t, *ret);
	tear_down(&t);
	return err->set ? -1 : 0;
}
