/* SPDX-License-Identifier: MIT */
#include "log/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/clock.h"
#include "log/audit_sink.h"
#include "log/record.h"

/* How long the log may still be held when its parent is gone: the guard of the freeze ends that,
 * unless it was killed too. */
#define ORPHAN_HOLD_STEP_S 10
#define ORPHAN_HOLD_STEPS 360

struct writer {
	int               queue;
	pid_t             parent;
	int               file;       /* -1: not open */
	uint32_t          generation; /* of the open file */
	uint32_t          lost;       /* that the file did not take */
	struct audit_sink audit;
};

/* --- the log --- */

static void use_file(struct writer *w)
{
	uint32_t now = atomic_load(&log_shared->generation);
	int      os, fd;

	if (w->file >= 0 && w->generation == now)
		return;
	w->generation = now;
	fd = log_config->file ? log_open_file(&os) : STDERR_FILENO;
	if (fd < 0)
		return; /* the old one, if there is one, is better than none */
	if (w->file > STDERR_FILENO)
		(void)close(w->file);
	w->file = fd;
}

bool log_write_all(int fd, const char *line, size_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t       done;

	while (n > 0) {
		done = write(fd, line, n);
		if (done < 0 && errno == EAGAIN)
			(void)poll(&p, 1, -1);
		else if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			line += done;
			n -= (size_t)done;
		}
	}
	return true;
}

static bool write_line(struct writer *w, const struct log_record *r, const char *text, size_t n)
{
	char line[LOG_LINE_MAX];

	use_file(w);
	return w->file >= 0 &&
	       log_write_all(w->file, line, log_format_line(r, text, n, line, sizeof(line)));
}

/* What is missing is said as soon as there is room for it. */
static void tell_dropped(struct writer *w, int64_t ns)
{
	struct log_record r = {.ns = ns, .level = LOG_LEVEL_WARNING};
	uint32_t          dropped = atomic_load(&log_shared->dropped);
	uint32_t          told = atomic_load(&log_shared->told);
	char              text[64];
	int               n;

	if (dropped == told && !w->lost)
		return;
	n = snprintf(text, sizeof(text), "%u log lines were dropped", dropped - told + w->lost);
	if (!write_line(w, &r, text, (size_t)n))
		return;
	atomic_store(&log_shared->told, dropped);
	w->lost = 0;
}

/* --- the audit --- */

/* Who asked for the journal and has none is told so, once until there is one. */
static void audit(struct writer *w, const struct log_record *r, const char *fields, size_t n)
{
	static const char text[] = "audit lines are lost: nobody takes them";
	struct log_record warning = {.ns = r->ns, .level = LOG_LEVEL_WARNING};

	if (audit_deliver(&w->audit, r, fields, n) || w->audit.complained)
		return;
	w->audit.complained = true;
	if (log_config->audit != AUDIT_AUTO)
		(void)write_line(w, &warning, text, sizeof(text) - 1);
}

/* --- the loop --- */

static bool is_orphan(pid_t parent)
{
	return getppid() != parent || atomic_load(&log_shared->ended);
}

/* False: it will never end. */
static bool wait_while_held(const struct writer *w)
{
	const struct timespec step = {.tv_sec = ORPHAN_HOLD_STEP_S};
	int                   steps = 0;

	while (log_is_held() && steps < ORPHAN_HOLD_STEPS) {
		steps = is_orphan(w->parent) ? steps + 1 : 0;
		/* there is no front left to say when it is over, and a shutdown must not wait */
		if (steps > 0)
			(void)signal(SIGTERM, SIG_DFL);
		(void)syscall(SYS_futex, &log_shared->hold, FUTEX_WAIT, 1, &step, NULL, 0);
	}
	return !log_is_held();
}

/* 1: a line was written, 0: the queue is empty, -1: it is gone. */
static int write_one(struct writer *w)
{
	struct log_record r = {0};
	static char       text[AUDIT_RECORD_MAX];
	struct iovec      iov[2] = {{&r, sizeof(r)}, {text, sizeof(text)}};
	struct msghdr     msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t           n = recvmsg(w->queue, &msg, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if ((size_t)n < sizeof(r))
		return n == 0 ? -1 : 1;
	if (!wait_while_held(w))
		return -1;
	n -= (ssize_t)sizeof(r);
	if (r.audit) {
		audit(w, &r, text, (size_t)n);
		return 1;
	}
	tell_dropped(w, r.ns);
	w->lost += !write_line(w, &r, text, (size_t)n);
	return 1;
}

static int watch_parent(pid_t parent)
{
	sigset_t set;
	int      fd;

	(void)signal(LOG_SIGNAL_END, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, LOG_SIGNAL_END);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	(void)prctl(PR_SET_PDEATHSIG, LOG_SIGNAL_END);
	if (!is_orphan(parent) || fd < 0)
		return fd;
	(void)close(fd); /* it has gone before we could ask to be told */
	return -1;
}

int log_writer_main(int queue, pid_t parent)
{
	struct writer w = {.queue = queue, .parent = parent, .file = -1};
	struct pollfd p[2] = {{.fd = queue, .events = POLLIN},
			      {.fd = watch_parent(parent), .events = POLLIN}};
	int           rc;

	audit_sink_init(&w.audit);
	(void)prctl(PR_SET_NAME, "virtagent-log");
	for (;;) {
		while ((rc = write_one(&w)) > 0)
			continue;
		if (rc == 0)
			audit_tell_lost(&w.audit, clock_ns(CLOCK_REALTIME));
		if (rc < 0 || p[1].fd < 0)
			return 0;
		if (poll(p, 2, -1) > 0 && p[1].revents)
			p[1].fd = -1; /* what is in the queue is written, then it is over */
	}
}
