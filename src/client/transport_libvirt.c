/* SPDX-License-Identifier: MIT */
/*
 * Domains of libvirt. While libvirt holds an agent's socket nobody else is served there, so
 * requests go through libvirt's own call. That blocks, needs a library with threads and global
 * state, and is not installed everywhere: it is used by a program of its own (bridge/) at the other
 * end of a socket pair. The program leaves its parent at once, so there is no child to be reaped
 * later, and ends when our end of the pair is closed. A program that does nothing of the kind costs
 * no more than the time limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/reap.h"
#include "build_config.h"
#include "client/error.h"
#include "client/transport.h"

#define WORD_MAX 4096
#define ANSWER_MAX 1024
#define NO_GREETING (-2)
#define END_NS NS_PER_S /* for a bridge that has closed the connection to end */

extern char **environ;

static const char *bridge_program(void)
{
	const char *program = secure_getenv("QGAC_LIBVIRT_BRIDGE");

	return program && *program ? program : QGAC_LIBVIRT_BRIDGE;
}

/*
 * Its standard error is not ours: it may outlive us, and whoever reads ours waits for the end of
 * it. 0 or an error of the system.
 */
static int spawn(int fd, char *uri, char *name, pid_t *ret_pid)
{
	const char                *program = bridge_program();
	char                      *argv[] = {(char *)program, uri, name, NULL};
	posix_spawn_file_actions_t actions;
	int                        os;

	os = posix_spawn_file_actions_init(&actions);
	if (os)
		return os;
	os = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (!os)
		os = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (!os)
		os = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
						      O_WRONLY, 0);
	if (!os)
		os = posix_spawn(ret_pid, program, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* never fails */
	return os;
}

static int start(int *ret_fd, pid_t *ret_pid, char *uri, char *name, struct qgac_err *err)
{
	auto_close int here = -1, there = -1;
	int            pair[2], os;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_os(err, QGAC_ERR_CONNECT, errno, "cannot make a socket pair");
	here = pair[0];
	there = pair[1];
	os = spawn(there, uri, name, ret_pid);
	if (os == ENOENT)
		return error_set(err, QGAC_ERR_USAGE,
				 "domains of libvirt cannot be reached: %s is not installed",
				 bridge_program());
	if (os)
		return error_os(err, QGAC_ERR_CONNECT, os, "cannot start %s", bridge_program());
	*ret_fd = take_fd(&here);
	return 0;
}

/* The first line: "ok", or why not. 0, -1, or NO_GREETING with err set. */
static int take_greeting(int fd, const char *name, int64_t deadline, struct qgac_err *err)
{
	char line[ANSWER_MAX];

	if (socket_read_line(fd, line, sizeof(line), "libvirt", deadline, err) < 0)
		return NO_GREETING;
	if (strcmp(line, "ok") == 0)
		return 0;
	return error_set(err, QGAC_ERR_CONNECT, "domain '%s': %s", name, line);
}

/* What is told of a bridge that closes the connection before it has said anything. */
static void tell_end(int status, struct qgac_err *err)
{
	if (status == REAP_UNKNOWN || status == 0)
		return;
	if (WIFSIGNALED(status))
		(void)error_set(err, QGAC_ERR_CONNECT, "%s was killed by signal %d",
				bridge_program(), WTERMSIG(status));
	else
		(void)error_set(err, QGAC_ERR_CONNECT, "%s failed with exit code %d",
				bridge_program(), WEXITSTATUS(status));
}

/* The child of ours is to end as soon as the bridge is its own master. */
static int part(pid_t pid, int greeted, int64_t deadline, struct qgac_err *err)
{
	int64_t now = clock_monotonic_ns(), soon = now + END_NS;
	int     status;

	if (greeted < 0 && soon < deadline)
		deadline = soon;
	if (!reap_until(pid, deadline, &status)) {
		reap_kill(pid);
		if (greeted < 0)
			return -1;
		return error_set(err, QGAC_ERR_TIMEOUT, "timed out: %s does not leave its parent",
				 bridge_program());
	}
	if (greeted == NO_GREETING)
		tell_end(status, err);
	return greeted < 0 ? -1 : 0;
}

int transport_libvirt_open(const char *address, int64_t deadline, struct qgac_err *err)
{
	auto_close int fd = -1;
	const char    *hash = strrchr(address, '#');
	const char    *name = hash ? hash + 1 : address;
	char           uri[WORD_MAX] = "", copy[WORD_MAX];
	size_t         n = hash ? (size_t)(hash - address) : 0;
	pid_t          pid;

	if (*name == '\0' || strlen(name) >= sizeof(copy) || n >= sizeof(uri))
		return error_set(err, QGAC_ERR_USAGE,
				 "'libvirt:%s' is neither libvirt:NAME nor libvirt:URI#NAME",
				 address);
	memcpy(uri, address, n);
	memcpy(copy, name, strlen(name) + 1);
	if (start(&fd, &pid, uri, copy, err) < 0 ||
	    part(pid, take_greeting(fd, copy, deadline, err), deadline, err) < 0)
		return -1;
	return take_fd(&fd);
}
