/* SPDX-License-Identifier: MIT */
/*
 * To be loaded before the C library: FIFREEZE of one mount point fails. REFUSE="<errno> <mount
 * point>".
 */
#include <errno.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_refused(int fd, int *ret_os)
{
	const char *rule = getenv("REFUSE"), *blank = rule ? strchr(rule, ' ') : NULL;
	char        name[64], path[4096];
	ssize_t     n;

	if (!blank)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, path, sizeof(path) - 1);
	if (n < 0)
		return 0;
	path[n] = '\0';
	*ret_os = (int)strtol(rule, NULL, 10);
	return !strcmp(path, blank + 1);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void   *argument;
	int     os;

	va_start(ap, request);
	argument = va_arg(ap, void *);
	va_end(ap);
	if (request == FIFREEZE && is_refused(fd, &os)) {
		errno = os;
		return -1;
	}
	return (int)syscall(SYS_ioctl, fd, request, argument);
}
