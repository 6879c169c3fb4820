/* SPDX-License-Identifier: MIT */
/*
 * What a child can do to us and must not: leave a grandchild on its output (we stop listening soon
 * after its end), print without end (read and dropped), not read its input (the pipe is never
 * waited for alone), hang (killed with its group), hang beyond signals (left behind).
 */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"

/* Where the kernel has no pidfd (before 5.3) the child is looked at this often. */
#define LOOK_MS 20

/* For programs of an agent that was started without PATH: execvp(3) alone would not find sbin. */
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
	END_READ,
	END_WRITE,
};

/* How far a program that is over its limit has been driven. */
enum pressure {
	PRESSURE_NONE,
	PRESSURE_TERM,
	PRESSURE_KILL,
	PRESSURE_GONE, /* given up */
};

struct child {
	const struct spawn  *spawn;
	struct spawn_result *ret;
	pid_t                pid;
	int                  pidfd; /* -1: not known to the kernel */
	int                  in;    /* our end of its input, -1 when all is written */
	int                  out;   /* our end of its output, -1 after end of file */
	size_t               written;
	int                  out_os;  /* errno of a failed read */
	int                  wait_os; /* errno of a failed wait */
	int64_t              until;   /* next deadline, ns; 0: none */
	enum pressure        pressure;
	bool                 ended;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(take_fd(fd)); /* pipes: nothing is lost with an error */
}

/* A pipe whose ends are not 0 to 2, so that dup2() in the child cannot hit one of them. */
static int make_pipe(int ends[2])
{
	int raw[2], i;

	ends[0] = ends[1] = -1;
	if (pipe2(raw, O_CLOEXEC) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		ends[i] = raw[i] > STDERR_FILENO
				  ? raw[i]
				  : fcntl(raw[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (ends[i] != raw[i])
			(void)close(raw[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	return -1;
}

static void do_not_wait(int fd)
{
	(void)fcntl(fd, F_SETFL, O_NONBLOCK); /* only our ends: each has a file of its own */
}

/* In the child, between fork and exec. */

static void close_listed(DIR *dir, int from)
{
	const struct dirent *e;
	int64_t              fd;

	while ((e = readdir(dir)))
		if (num_i64_range(e->d_name, from, INT32_MAX, &fd) && fd != dirfd(dir))
			(void)close((int)fd);
	(void)closedir(dir);
}

static void close_up_to_limit(int from)
{
	long fd, max = sysconf(_SC_OPEN_MAX);

	for (fd = from; fd < max; fd++)
		(void)close((int)fd);
}

/* Linux before 5.9 has no close_range(). The list is our own, not the guest's, so the root does not
 * matter. */
void spawn_close_from(int from)
{
	DIR *dir;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, from, ~0u, 0) == 0)
		return;
#endif
	dir = opendir("/proc/self/fd");
	if (dir)
		close_listed(dir, from);
	else
		close_up_to_limit(from);
}

/* By the kernel's own call: the C library keeps two signals for its threads and lets nobody set
 * them, but whoever has started us may have ignored them, and a program would inherit that. */
void spawn_default_signals(void)
{
	static const char action[64]; /* SIG_DFL without flags, in the layout of any architecture */
	sigset_t          none;
	int               n;

	for (n = 1; n < NSIG; n++)
		(void)syscall(SYS_rt_sigaction, n, action, NULL, (size_t)(NSIG - 1) / 8);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static __attribute__((noreturn)) void become_program(const struct spawn *s, int in, int out)
{
	char text[512];
	int  n;

	(void)setsid();
	spawn_default_signals();
	if (in < 0)
		in = open("/dev/null", O_RDONLY);
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(out, STDERR_FILENO);
	spawn_close_from(STDERR_FILENO + 1);
	(void)setenv("PATH", PATH_DEFAULT, 0);
	(void)execvp(s->argv[0], (char *const *)s->argv);
	n = snprintf(text, sizeof(text), "failed to exec '%s': %s\n", s->argv[0], strerror(errno));
	if (n >= (int)sizeof(text))
		n = (int)sizeof(text) - 1;
	(void)!write(STDERR_FILENO, text, (size_t)n); /* nobody is left to hear of a failure */
	_exit(1);
}

/* In the parent */

static void feed(struct child *c)
{
	const struct spawn *s = c->spawn;

	while (c->in >= 0 && c->written < s->input_len) {
		ssize_t n = write(c->in, s->input + c->written, s->input_len - c->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			c->ret->input_os = errno;
			break;
		}
		c->written += (size_t)n;
	}
	close_fd(&c->in);
}

static void keep(struct spawn_result *r, const char *data, size_t n)
{
	if (n > SPAWN_OUTPUT_MAX - r->output_len)
		n = SPAWN_OUTPUT_MAX - r->output_len;
	memcpy(r->output + r->output_len, data, n);
	r->output_len += n;
	r->output[r->output_len] = '\0';
}

/* One piece of what it has printed; more is left for the next round, so that somebody who prints
 * without end cannot keep us from looking at the clock. */
static void listen_once(struct child *c)
{
	char    piece[16384];
	ssize_t n;

	do
		n = read(c->out, piece, sizeof(piece));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		keep(c->ret, piece, (size_t)n);
	else if (n == 0 || errno != EAGAIN) {
		c->out_os = n < 0 ? errno : 0;
		close_fd(&c->out);
	}
}

static void signal_all(const struct child *c, int signum)
{
	(void)kill(-c->pid, signum); /* its group, if it got as far as having one */
	(void)kill(c->pid, signum);
}

static void look_for_end(struct child *c)
{
	siginfo_t info = {0};
	int       rc;

	do
		rc = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	while (rc < 0 && errno == EINTR);
	if (rc == 0 && !info.si_pid)
		return;
	c->ended = true;
	c->wait_os = rc < 0 ? errno : 0;
	if (rc < 0)
		return;
	c->ret->end = info.si_code == CLD_EXITED ? SPAWN_EXITED : SPAWN_KILLED;
	c->ret->status = info.si_status;
	/* while it is a zombie nobody else can have its number */
	if (c->pressure != PRESSURE_NONE)
		signal_all(c, SIGKILL);
	(void)waitid(P_PID, (id_t)c->pid, &info, WEXITED);
	c->until = clock_monotonic_ns() + SPAWN_DRAIN_MS * NS_PER_MS;
}

/* The deadline has come: what next? */
static void press(struct child *c, int64_t now)
{
	if (c->pressure == PRESSURE_NONE) {
		signal_all(c, SIGTERM);
		c->pressure = PRESSURE_TERM;
		c->until = now + SPAWN_TERM_MS * NS_PER_MS;
	} else if (c->pressure == PRESSURE_TERM) {
		signal_all(c, SIGKILL);
		c->pressure = PRESSURE_KILL;
		c->until = now + SPAWN_REAP_MS * NS_PER_MS;
	} else {
		c->pressure = PRESSURE_GONE;
	}
}

static int time_left(const struct child *c, int64_t now)
{
	int64_t ms = c->until ? (c->until - now + NS_PER_MS - 1) / NS_PER_MS : -1;

	if (c->ended || c->pidfd >= 0)
		return (int)ms;
	return ms < 0 || ms > LOOK_MS ? LOOK_MS : (int)ms;
}

static void wait_for_something(struct child *c, int64_t now)
{
	struct pollfd fds[] = {{.fd = c->out, .events = POLLIN},
			       {.fd = c->in, .events = POLLOUT},
			       {.fd = c->ended ? -1 : c->pidfd, .events = POLLIN}};

	if (poll(fds, ARRAY_SIZE(fds), time_left(c, now)) <= 0)
		return;
	if (fds[0].revents)
		listen_once(c);
	if (fds[1].revents)
		feed(c);
}

/* Until it has ended and its output too, or the time for that is over. */
static void attend(struct child *c)
{
	while (!c->ended || c->out >= 0) {
		int64_t now = clock_monotonic_ns();

		if (c->until && now >= c->until) {
			if (c->ended)
				break;
			press(c, now);
			if (c->pressure == PRESSURE_GONE)
				break;
		}
		wait_for_something(c, now);
		if (!c->ended)
			look_for_end(c);
	}
	if (c->pressure != PRESSURE_NONE)
		c->ret->end = SPAWN_TIMED_OUT;
}

static int start(struct child *c, struct err *err)
{
	int in[2] = {-1, -1}, out[2];

	if (make_pipe(out) < 0)
		return err_set(err, "cannot create pipe FDs");
	if (c->spawn->input && make_pipe(in) < 0) {
		close_fd(&out[0]);
		close_fd(&out[1]);
		return err_set(err, "cannot create pipe FDs");
	}
	do_not_wait(out[END_READ]);
	c->out = out[END_READ];
	c->in = in[END_WRITE];
	if (c->in >= 0) {
		/* before it starts, so that whether it reads at all is no race */
		do_not_wait(c->in);
		feed(c);
	}
	c->pid = fork();
	if (c->pid == 0)
		become_program(c->spawn, in[END_READ], out[END_WRITE]);
	if (c->pid < 0)
		(void)err_os(err, errno, "failed to create child process");
	close_fd(&in[END_READ]);
	close_fd(&out[END_WRITE]);
	return c->pid < 0 ? -1 : 0;
}

static void note_text(struct buf *b, const struct spawn *s)
{
	size_t i;

	for (i = 0; s->argv[i]; i++) {
		if (i)
			buf_add_char(b, ' ');
		buf_add_str(b, s->argv[i]);
	}
	buf_add(b, "", 1);
}

static bool noted(const struct sys_root *root, const struct spawn *s)
{
	struct buf text = BUF_INIT(1024);

	if (!root_is_captured(root))
		return false;
	note_text(&text, s);
	(void)root_note(root, "run %s", text.failed ? s->argv[0] : text.data);
	buf_fini(&text);
	return true;
}

int spawn_run(const struct sys_root *root, const struct spawn *s, const char *action,
	      struct spawn_result *ret, struct err *err)
{
	struct child c = {.spawn = s, .ret = ret, .pidfd = -1, .in = -1, .out = -1};

	*ret = (struct spawn_result){.end = SPAWN_EXITED};
	if (noted(root, s))
		return 0;
	if (start(&c, err) == 0) {
		c.pidfd = (int)syscall(SYS_pidfd_open, c.pid, 0);
		if (s->limit_ms)
			c.until = clock_monotonic_ns() + s->limit_ms * NS_PER_MS;
		attend(&c);
		if (c.wait_os)
			(void)err_os(err, c.wait_os, "failed to wait for child (pid: %d)", c.pid);
		else if (c.out_os)
			(void)err_os(err, c.out_os, "%s: cannot read from stdout/stderr pipe",
				     action);
	}
	close_fd(&c.in);
	close_fd(&c.out);
	close_fd(&c.pidfd);
	return err->set ? -1 : 0;
}

int spawn_judge(const struct spawn *s, const struct spawn_result *r, const char *action,
		struct err *err)
{
	switch (r->end) {
	case SPAWN_TIMED_OUT:
		return err_set(err, "child process has failed to %s: killed after %d ms%s%s",
			       action, s->limit_ms, r->output[0] ? ": " : "", r->output);
	case SPAWN_KILLED:
		return err_set(err, "child process has terminated abnormally%s%s",
			       r->output[0] ? ": " : "", r->output);
	case SPAWN_EXITED:
		break;
	}
	if (r->status && r->output[0])
		return err_set(err, "child process has failed to %s: %s", action, r->output);
	if (r->status)
		return err_set(err, "child process has failed to %s: exit status %d", action,
			       r->status);
	if (r->input_os)
		return err_os(err, r->input_os, "%s: cannot write to stdin pipe", action);
	return 0;
}

int spawn_helper(const struct sys_root *root, const struct spawn *s, const char *action,
		 struct err *err)
{
	struct spawn_result r;

	return spawn_run(root, s, action, &r, err) < 0 ? -1 : spawn_judge(s, &r, action, err);
}
