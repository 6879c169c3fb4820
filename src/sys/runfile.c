/* SPDX-License-Identifier: MIT */
#include "sys/runfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/attr.h"

int runfile_address(const char *dir, const char *name, struct sockaddr_un *ret, struct err *err)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((size_t)snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s", dir, name) >=
	    sizeof(ret->sun_path))
		return err_set(err, "the path of the control socket in %s is too long", dir);
	return 0;
}

/* Whether somebody answers at the address: another agent, which keeps it. */
static bool is_alive(const struct sockaddr_un *addr)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 &&
	       (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN);
}

int runfile_listen(const struct sockaddr_un *address, int backlog, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat    st;
	mode_t         old;
	int            rc;

	if (is_alive(address))
		return err_set(err, "another agent listens on %s", address->sun_path);
	if (lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(address->sun_path);
	old = umask(0177);
	rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)address, sizeof(*address));
	(void)umask(old);
	if (rc < 0 || listen(fd, backlog) < 0)
		return err_os(err, errno, "cannot listen on %s", address->sun_path);
	return take_fd(&fd);
}

int runfile_open_pid(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? err_os(err, errno, "Could not create '%s'", path) : fd;
}
