/* SPDX-License-Identifier: MIT */
/*
 * A listening unix stream socket; every client is a session of its own (decisions.md row 35).
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "transport/transport.h"

#define BACKLOG 64

/* A socket left by an earlier run is replaced; anything else at that path is not ours to delete. */
static int remove_stale(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0
				       : err_os(err, errno, "Failed to bind socket to %s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_os(err, EEXIST, "Failed to bind socket to %s", path);
	if (unlink(path) < 0)
		return err_os(err, errno, "Failed to bind socket to %s", path);
	return 0;
}

static int unix_open(const char *path, int *ret_in, int *ret_out, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	auto_close int     fd = -1;

	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(err, "UNIX socket path '%s' is too long", path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (remove_stale(path, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return err_os(err, errno, "Failed to bind socket to %s", path);
	*ret_in = *ret_out = take_fd(&fd);
	return 0;
}

const struct transport transport_unix_listen = {
	.name = "unix-listen",
	.listens = true,
	.open = unix_open,
};
