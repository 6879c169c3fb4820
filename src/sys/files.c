/* SPDX-License-Identifier: MIT */
#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const struct {
	const char *spellings[3];
	int         flags;
} modes[] = {
	{{"r", "rb"}, O_RDONLY},
	{{"w", "wb"}, O_WRONLY | O_CREAT | O_TRUNC},
	{{"a", "ab"}, O_WRONLY | O_CREAT | O_APPEND},
	{{"r+", "rb+", "r+b"}, O_RDWR},
	{{"w+", "wb+", "w+b"}, O_RDWR | O_CREAT | O_TRUNC},
	{{"a+", "ab+", "a+b"}, O_RDWR | O_CREAT | O_APPEND},
};

int sys_file_mode(const char *mode)
{
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		for (k = 0; k < ARRAY_SIZE(modes[i].spellings) && modes[i].spellings[k]; k++)
			if (!strcmp(mode, modes[i].spellings[k]))
				return modes[i].flags;
	return -1;
}

/*
 * A new file is made only where there was nothing, not even a link to nowhere; what is there is
 * opened as it is, links followed.
 */
int sys_file_open(const char *path, int flags, int *ret_os)
{
	int always = O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, flags | (flags & O_CREAT ? O_EXCL : 0) | always, 0666);

	if (fd < 0 && errno == EEXIST)
		fd = open(path, (flags & ~O_CREAT) | always);
	*ret_os = fd < 0 ? errno : 0;
	return fd;
}

size_t sys_file_read(int fd, char *to, size_t n, bool *ret_eof, int *ret_os)
{
	size_t done = 0;

	*ret_eof = false;
	*ret_os = 0;
	while (done < n) {
		ssize_t got = read(fd, to + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			*ret_os = errno;
		*ret_eof = got == 0;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

int sys_file_write(int fd, const char *from, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, from, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno;
		from += done;
		n -= (size_t)done;
	}
	return 0;
}
