/* SPDX-License-Identifier: MIT */
#include "zygote/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "config/options.h"
#include "guard/guard.h"
#include "ipc/message.h"
#include "log/log.h"
#include "log/writer.h"
#include "policy/store.h"
#include "worker/worker.h"
#include "zygote/keeper.h"
#include "zygote/opener.h"
#include "zygote/privileges.h"
#include "zygote/programs.h"

/* A kernel short of memory: again a little later, but not for ever. */
#define TROUBLE_PAUSE_MS 10
#define TROUBLE_MAX 100

struct zygote {
	struct programs        programs;
	int                    front;   /* socket to the front */
	int                    sigchld; /* signalfd */
	const struct options  *options;
	struct policy_store   *policy;
	const struct needs    *needs;
	const struct sys_root *root;
	unsigned               trouble;    /* failures in a row */
	pid_t                  log_writer; /* 0: none */
};

/* A terminal's Ctrl-C or a service manager's SIGTERM reaches all of us: the front decides when we
 * end, by hanging up. */
static void ignore_termination(void)
{
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void leave(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, fd);
	if (null > STDERR_FILENO)
		(void)close(null);
}

/* Descriptors 0 and 1 may be somebody's channel (stdio transport); we must not hold them. */
static void leave_stdio(void)
{
	leave(STDIN_FILENO);
	leave(STDOUT_FILENO);
}

static int run_role(const struct zygote *z, uint32_t role, int fd, pid_t zygote)
{
	const struct opener opener = {z->options, z->policy, z->root};

	if (role == ROLE_OPENER)
		return opener_main(fd, &opener);
	if (role == ROLE_WORKER || role == ROLE_READER) {
		policy_store_lock(z->policy);
		(void)prctl(PR_SET_NAME, "virtagent-work");
		return worker_main(fd, role == ROLE_READER, z->options, z->policy, z->root);
	}
	policy_store_fini(z->policy); /* the guard locks all memory that it has */
	if (role == ROLE_GUARD)
		return guard_main(fd, z->options, z->root);
	if (role == ROLE_HOOKS)
		return guard_hooks_main(fd, z->options, z->root);
	return role == ROLE_LOG_WRITER ? log_writer_main(fd, zygote) : 1;
}

static void become(struct zygote *z, uint32_t role, int fd, pid_t zygote)
{
	sigset_t none;

	(void)close(z->front);
	(void)close(z->sigchld);
	programs_leave(&z->programs);
	(void)setrlimit(RLIMIT_NOFILE, &z->programs.nofile);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (privileges_keep_role(role, z->options, z->needs, z->root) != 0)
		_exit(1); /* it would have more than it needs */
	_exit(run_role(z, role, fd, zygote));
}

/* 0 after a pause, -1 when it has lasted too long. */
static int wait_out_trouble(struct zygote *z)
{
	struct timespec pause = {.tv_nsec = TROUBLE_PAUSE_MS * NS_PER_MS};

	if (++z->trouble > TROUBLE_MAX)
		return -1;
	(void)nanosleep(&pause, NULL);
	return 0;
}

/* The front waits for what it is told here, so nothing may be left out. */
static int tell_front(struct zygote *z, struct ipc_head *head)
{
	struct err err;
	int        rc;

	do {
		err_init(&err);
		rc = ipc_send(z->front, head, NULL, 0, NULL, 0, 0, &err);
		if (rc == 0)
			z->trouble = 0;
		else if (err.os == EPIPE || err.os == ECONNRESET)
			return -1;
	} while (rc < 0 && wait_out_trouble(z) == 0);
	return rc;
}

static int start_process(struct zygote *z, const struct ipc_head *ask, int fd)
{
	struct ipc_head told = {.type = IPC_STARTED, .started = {.tag = ask->start.tag}};
	pid_t           self = getpid(), pid = fork();

	if (pid == 0)
		become(z, ask->start.role, fd, self);
	told.started.pid = pid < 0 ? -errno : pid;
	if (pid > 0 && ask->start.role == ROLE_LOG_WRITER)
		z->log_writer = pid;
	return tell_front(z, &told);
}

/* Only children that have not been waited for, so that nobody else can have the number; or a guard,
 * which need not be ours. */
static void kill_one(int pid, int socket)
{
	struct ucred who;
	socklen_t    n = sizeof(who);
	siginfo_t    info;

	if (pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		(void)kill(pid, SIGKILL);
	else if (!pid && getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
		 guard_lives(who.pid))
		(void)kill(who.pid, SIGKILL);
}

/* 0, or -1 when the front is gone. */
static int serve_front(struct zygote *z)
{
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX], rc = 0;

	err_init(&err);
	rc = ipc_recv(z->front, &head, NULL, 0, fds, 0, &err);
	if (rc <= 0)
		return rc < 0 ? wait_out_trouble(z) : -1;
	z->trouble = 0;
	rc = 0;
	if (head.type == IPC_START && fds[0] >= 0 &&
	    privileges_allow_role(head.start.role, z->needs))
		rc = start_process(z, &head, fds[0]);
	else if (head.type == IPC_DETACH)
		leave(STDERR_FILENO);
	else if (head.type == IPC_KILL)
		kill_one(head.kill.pid, fds[0]);
	else if (head.type == IPC_EXEC)
		rc = programs_exec(&z->programs, &head.exec, fds);
	else if (head.type == IPC_RELEASE)
		programs_release(&z->programs, &head.release);
	ipc_close_fds(fds); /* the child has its own */
	return rc;
}

static int reap(struct zygote *z)
{
	struct signalfd_siginfo info;
	int                     status;
	pid_t                   pid;

	(void)!read(z->sigchld, &info,
		    sizeof(info)); /* one signal may stand for several children */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct ipc_head head = {.type = IPC_EXITED,
					.exited = {.pid = pid, .status = status}};
		int             rc = programs_ended(&z->programs, pid, status);

		if (pid == z->log_writer)
			z->log_writer = 0;
		if (rc < 0 || (rc == 0 && tell_front(z, &head) < 0))
			return -1;
	}
	return 0;
}

static int zygote_main(struct zygote *z)
{
	struct pollfd fds[2] = {{.fd = z->front, .events = POLLIN},
				{.fd = z->sigchld, .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR && wait_out_trouble(z) < 0)
				return 1;
			continue;
		}
		/* ends first: STARTED of a worker is always told before its EXITED, since it is
		 * sent at the fork */
		if (fds[1].revents && reap(z) < 0)
			return 0;
		if (fds[0].revents && serve_front(z) < 0)
			return 0;
	}
}

/* We hold descriptors for programs. They and workers get the limit that we were given. */
static void raise_descriptor_limit(struct programs *p)
{
	struct rlimit more;

	(void)getrlimit(RLIMIT_NOFILE, &p->nofile);
	more = p->nofile;
	more.rlim_cur = more.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &more); /* the limit stays then, and errors name it */
}

static int zygote_child(int front, const struct options *options, struct policy_store *policy,
			const struct needs *needs, const struct sys_root *root)
{
	struct zygote z = {
		.front = front,
		.options = options,
		.policy = policy,
		.needs = needs,
		.root = root,
		.programs = {
			.front = front, .policy = policy, .root = root, .allowed = needs->execs}};
	sigset_t chld;

	ignore_termination();
	leave_stdio();
	raise_descriptor_limit(&z.programs);
	log_leave_queue();
	(void)prctl(PR_SET_NAME, "virtagent-zyg");
	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &chld, NULL);
	z.sigchld = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (z.sigchld < 0 || privileges_keep_zygote(options, needs) != 0)
		return 1;
	if (zygote_main(&z) != 0)
		return 1;
	if (!z.programs.entries)
		return 0;
	/* the front is gone: programs stay ours */
	log_end(z.log_writer);
	return privileges_keep_keeper(options)
		       ? 1
		       : keeper_main(&z.programs, z.sigchld, options->statedir);
}

int zygote_start(const struct options *options, struct policy_store *policy,
		 const struct needs *needs, const struct sys_root *root, int *ret_fd,
		 pid_t *ret_pid, struct err *err)
{
	int   pair[2];
	pid_t pid;

	if (ipc_pair(pair, err) < 0)
		return -1;
	pid = fork();
	if (pid < 0) {
		(void)err_os(err, errno, "cannot start the zygote process");
		(void)close(pair[0]);
		(void)close(pair[1]);
		return -1;
	}
	if (pid == 0) {
		(void)close(pair[0]);
		_exit(zygote_child(pair[1], options, policy, needs, root));
	}
	(void)close(pair[1]);
	*ret_fd = pair[0];
	*ret_pid = pid;
	return 0;
}
