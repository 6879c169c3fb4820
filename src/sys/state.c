/* SPDX-License-Identifier: MIT */
#include "sys/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/num.h"

#define STATE_FILE "qga.state"
#define STATE_FILE_NEW "qga.state.new"
#define STATE_BYTES_MAX 4096
#define KEY "fd_counter="

/* The number behind the key; a damaged one counts as absent, and the file is rewritten. */
static int64_t parse_counter(const char *text)
{
	const char *line = text;
	int64_t     value;
	size_t      n;

	for (; *line; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		if (n > strlen(KEY) && !strncmp(line, KEY, strlen(KEY)) &&
		    num_i64(line + strlen(KEY), n - strlen(KEY), &value) &&
		    value >= STATE_FIRST_HANDLE)
			return value;
	}
	return STATE_FIRST_HANDLE;
}

static int read_counter(int dir, int64_t *ret, struct err *err)
{
	char           text[STATE_BYTES_MAX];
	auto_close int fd = openat(dir, STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t        n;

	*ret = STATE_FIRST_HANDLE;
	if (fd < 0)
		return errno == ENOENT ? 0 : err_os(err, errno, "cannot open %s", STATE_FILE);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_os(err, errno, "cannot read %s", STATE_FILE);
	text[n] = '\0';
	*ret = parse_counter(text);
	return 0;
}

/* A new file and rename(2): whoever reads sees the old number or the new one. */
static int write_counter(int dir, int64_t value, struct err *err)
{
	char           text[64];
	auto_close int fd = openat(dir, STATE_FILE_NEW,
				   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int            n = snprintf(text, sizeof(text), "[global]\n" KEY "%" PRId64 "\n", value);

	if (fd < 0 || write(fd, text, (size_t)n) != n || fsync(fd) < 0 ||
	    renameat(dir, STATE_FILE_NEW, dir, STATE_FILE) < 0)
		return err_os(err, errno, "cannot write %s", STATE_FILE);
	return 0;
}

int state_reserve_handles(const char *statedir, int64_t n, int64_t *ret_first, struct err *err)
{
	auto_close int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t        first;

	/* the lock is on the directory, since the file is replaced; it goes with the descriptor */
	if (dir < 0 || flock(dir, LOCK_EX) < 0)
		return err_os(err, errno, "cannot use the state directory %s", statedir);
	if (read_counter(dir, &first, err) < 0)
		return -1;
	if (first > INT64_MAX - n)
		first = STATE_FIRST_HANDLE;
	if (write_counter(dir, first + n, err) < 0)
		return -1;
	*ret_first = first;
	return 0;
}
