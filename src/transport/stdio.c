/* SPDX-License-Identifier: MIT */
/*
 * Standard input and output as a channel, for tests and for use under another program that owns the
 * connection.
 */
#include <errno.h>
#include <fcntl.h>

#include "transport/transport.h"

/* O_NONBLOCK belongs to the open file, which others may share; there is no other way to have a loop
 * that never waits. */
static int make_nonblocking(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_os(err, errno, "error opening channel 'stdio'");
	return 0;
}

static int stdio_open(const char *path, int *ret_in, int *ret_out, struct err *err)
{
	(void)path;
	if (make_nonblocking(STDIN_FILENO, err) < 0 || make_nonblocking(STDOUT_FILENO, err) < 0)
		return -1;
	*ret_in = STDIN_FILENO;
	*ret_out = STDOUT_FILENO;
	return 0;
}

const struct transport transport_stdio = {
	.name = "stdio",
	.ends = true,
	.open = stdio_open,
};
