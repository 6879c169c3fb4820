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
#include "sys/files.h"

#define STATE_FILE "qga.state"
#define STATE_FILE_NEW "qga.state.new"
#define STATE_BYTES_MAX 4096
#define GROUP "[global]"
#define KEY "fd_counter"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off both ends of line[0..*n). */
static const char *trim(const char *line, size_t *n)
{
	while (*n > 0 && is_blank(line[*n - 1]))
		--*n;
	while (*n > 0 && is_blank(*line)) {
		line++;
		--*n;
	}
	return line;
}

static bool is_counter(const char *line, size_t n, int64_t *ret)
{
	const char *equals = memchr(line, '=', n);
	size_t      key_n, value_n;
	const char *value;

	if (!equals)
		return false;
	key_n = (size_t)(equals - line);
	value_n = n - key_n - 1;
	line = trim(line, &key_n);
	value = trim(equals + 1, &value_n);
	return key_n == strlen(KEY) && !memcmp(line, KEY, key_n) && num_i64(value, value_n, ret) &&
	       *ret >= STATE_FIRST_HANDLE;
}

int64_t state_parse_counter(const char *text)
{
	int64_t value = STATE_FIRST_HANDLE, found;
	bool    in_group = false;

	while (*text) {
		size_t      whole = strcspn(text, "\n"), n = whole;
		const char *line = trim(text, &n);

		if (n > 0 && *line == '[')
			in_group = n == strlen(GROUP) && !memcmp(line, GROUP, n);
		else if (in_group && is_counter(line, n, &found))
			value = found;
		text += whole + (text[whole] == '\n');
	}
	return value;
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
	*ret = state_parse_counter(text);
	return 0;
}

/* A new file and rename(2): whoever reads sees the old number or the new one. */
static int write_counter(int dir, int64_t value, struct err *err)
{
	char           text[64];
	auto_close int fd = openat(dir, STATE_FILE_NEW,
				   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int            n = snprintf(text, sizeof(text), GROUP "\n" KEY "=%" PRId64 "\n", value);

	if (fd < 0 || sys_file_write(fd, text, (size_t)n) != 0 || fsync(fd) < 0 ||
	    renameat(dir, STATE_FILE_NEW, dir, STATE_FILE) < 0 || fsync(dir) < 0)
		return err_os(err, errno, "cannot write %s", STATE_FILE);
	return 0;
}

int state_reserve_handles(const char *statedir, int64_t n, int64_t at_least, int64_t *ret_first,
			  struct err *err)
{
	auto_close int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t        first;

	/* the lock is on the directory, since the file is replaced; it goes with the descriptor */
	if (dir < 0 || flock(dir, LOCK_EX) < 0)
		return err_os(err, errno, "cannot use the state directory %s", statedir);
	if (read_counter(dir, &first, err) < 0)
		return -1;
	/* the file may have been lost while the agent runs */
	if (first < at_least)
		first = at_least;
	if (first > INT64_MAX - n)
		first = STATE_FIRST_HANDLE;
	if (write_counter(dir, first + n, err) < 0)
		return -1;
	*ret_first = first;
	return 0;
}
