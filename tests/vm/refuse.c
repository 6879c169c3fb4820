/* SPDX-License-Identifier: MIT */
/*
 * To be loaded before the C library. REFUSE="<errno> <mount point>": FIFREEZE of it fails.
 * DELAY="<seconds> <mount point>": it comes later. DELAY="<seconds> mark": so does whatever is to
 * be on the disk when a call returns.
 */
#include <errno.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether a rule is about this descriptor; its number. */
static int applies(const char *name, int fd, int *ret)
{
	const char *rule = getenv(name), *blank = rule ? strchr(rule, ' ') : NULL;
	char        link[64], path[4096];
	ssize_t     n;

	if (!blank)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return 0;
	path[n] = '\0';
	*ret = (int)strtol(rule, NULL, 10);
	return !strcmp(path, blank + 1);
}

int fsync(int fd)
{
	const char *rule = getenv("DELAY");

	if (rule && strstr(rule, " mark"))
		sleep((unsigned)strtol(rule, NULL, 10));
	return (int)syscall(SYS_fsync, fd);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void   *argument;
	int     os, seconds;

	va_start(ap, request);
	argument = va_arg(ap, void *);
	va_end(ap);
	if (request == FIFREEZE && applies("DELAY", fd, &seconds))
		sleep((unsigned)seconds);
	if (request == FIFREEZE && applies("REFUSE", fd, &os)) {
		errno = os;
		return -1;
	}
	return (int)syscall(SYS_ioctl, fd, request, argument);
}
