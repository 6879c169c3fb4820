/* SPDX-License-Identifier: MIT */
/*
 * Domains of libvirt. While libvirt holds an agent's socket nobody else is served there, so
 * requests go through libvirt's own call. That blocks, needs a library with threads and global
 * state, and is not installed everywhere: it is used by a program of its own (bridge/) at the other
 * end of a socket pair. The program leaves its parent at once, so there is no child to be reaped
 * later, and ends when our end of the pair is closed.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "build_config.h"
#include "client/error.h"
#include "client/transport.h"

#define WORD_MAX 4096
#define ANSWER_MAX 1024

extern char **environ;

static const char *bridge_program(void)
{
	const char *program = secure_getenv("QGAC_LIBVIRT_BRIDGE");

	return program && *program ? program : QGAC_LIBVIRT_BRIDGE;
}

/* The bridge's own error, or that there is none. */
static int spawn(int fd, char *uri, char *name)
{
	const char                *program = bridge_program();
	char                      *argv[] = {(char *)program, uri, name, NULL};
	posix_spawn_file_actions_t actions;
	pid_t                      pid;
	int                        os, status;

	os = posix_spawn_file_actions_init(&actions);
	if (os)
		return os;
	os = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (!os)
		os = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (!os)
		os = posix_spawn(&pid, program, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* never fails */
	if (os)
		return os;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static int start(int *ret_fd, char *uri, char *name, struct qgac_err *err)
{
	auto_close int there = -1;
	int            pair[2], os;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_os(err, QGAC_ERR_CONNECT, errno, "cannot make a socket pair");
	*ret_fd = pair[0];
	there = pair[1];
	os = spawn(there, uri, name);
	if (os == ENOENT)
		return error_set(err, QGAC_ERR_USAGE,
				 "domains of libvirt cannot be reached: %s is not installed",
				 bridge_program());
	return os ? error_os(err, QGAC_ERR_CONNECT, os, "cannot start %s", bridge_program()) : 0;
}

/* The first line: "ok", or why not. */
static int take_greeting(int fd, const char *name, int64_t deadline, struct qgac_err *err)
{
	char line[ANSWER_MAX];

	if (socket_read_line(fd, line, sizeof(line), "libvirt", deadline, err) < 0)
		return -1;
	if (strcmp(line, "ok") == 0)
		return 0;
	return error_set(err, QGAC_ERR_CONNECT, "domain '%s': %s", name, line);
}

int transport_libvirt_open(const char *address, int64_t deadline, struct qgac_err *err)
{
	auto_close int fd = -1;
	const char    *hash = strrchr(address, '#');
	const char    *name = hash ? hash + 1 : address;
	char           uri[WORD_MAX] = "", copy[WORD_MAX];
	size_t         n = hash ? (size_t)(hash - address) : 0;

	if (*name == '\0' || strlen(name) >= sizeof(copy) || n >= sizeof(uri))
		return error_set(err, QGAC_ERR_USAGE,
				 "'libvirt:%s' is neither libvirt:NAME nor libvirt:URI#NAME",
				 address);
	memcpy(uri, address, n);
	memcpy(copy, name, strlen(name) + 1);
	if (start(&fd, uri, copy, err) < 0 || take_greeting(fd, copy, deadline, err) < 0)
		return -1;
	return take_fd(&fd);
}
