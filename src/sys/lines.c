/* SPDX-License-Identifier: MIT */
#include "sys/lines.h"

#include <errno.h>
#include <fcntl.h>

int lines_open(struct lines *l, const struct sys_root *r, const char *path, int *ret_os)
{
	l->begin = l->end = 0;
	l->eof = false;
	l->fd = root_open(r, path, O_RDONLY, ret_os);
	return l->fd < 0 ? -1 : 0;
}

void lines_close(struct lines *l)
{
	if (l->fd >= 0)
		(void)close(take_fd(&l->fd));
}

/* Reads on behind what is there: 0, -1. */
static int fill(struct lines *l, int *ret_os)
{
	ssize_t got;

	if (l->begin > 0) {
		memmove(l->data, l->data + l->begin, l->end - l->begin);
		l->end -= l->begin;
		l->begin = 0;
	}
	do
		got = read(l->fd, l->data + l->end, sizeof(l->data) - l->end);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		*ret_os = errno;
		return -1;
	}
	l->eof = got == 0;
	l->end += (size_t)got;
	return 0;
}

/* Drops what is left of a line that was cut: 0, -1. */
static int skip_rest(struct lines *l, int *ret_os)
{
	const char *feed;

	do {
		l->begin = l->end = 0;
		if (fill(l, ret_os) < 0)
			return -1;
		feed = l->end ? memchr(l->data, '\n', l->end) : NULL;
	} while (!feed && !l->eof);
	l->begin = feed ? (size_t)(feed - l->data) + 1 : 0;
	return 0;
}

static int give(struct lines *l, size_t n, size_t skip, struct slice *ret)
{
	*ret = slice_of(l->data + l->begin, n);
	l->begin += n + skip;
	return 1;
}

int lines_next(struct lines *l, struct slice *ret, int *ret_os)
{
	size_t looked = 0;

	*ret_os = 0;
	/* the line given out last was cut: it filled the buffer */
	if (l->begin == sizeof(l->data) && !l->eof && l->data[l->begin - 1] != '\n' &&
	    skip_rest(l, ret_os) < 0)
		return -1;
	for (;;) {
		size_t      n = l->end - l->begin;
		const char *from = l->data + l->begin;
		const char *feed = n > looked ? memchr(from + looked, '\n', n - looked) : NULL;

		if (feed)
			return give(l, (size_t)(feed - from), 1, ret);
		if (l->eof)
			return n ? give(l, n, 0, ret) : 0;
		if (n == sizeof(l->data))
			return give(l, n, 0, ret);
		looked = n;
		if (fill(l, ret_os) < 0)
			return -1;
	}
}

static int give_all(struct lines *l, const char *path, lines_take *take, void *data,
		    struct err *err)
{
	struct slice line;
	int          more, os, got = 1;

	while (got > 0 && (more = lines_next(l, &line, &os)) != 0) {
		if (more < 0)
			return err_os(err, os, "read(\"%s\")", path);
		got = take(line, data, err);
	}
	return got < 0 ? -1 : 0;
}

static int each(const struct sys_root *r, const char *path, bool may_lack, lines_take *take,
		void *data, struct err *err)
{
	struct lines l;
	int          got, os;

	if (lines_open(&l, r, path, &os) < 0)
		return may_lack && os == ENOENT ? 0 : err_os(err, os, "open(\"%s\")", path);
	got = give_all(&l, path, take, data, err);
	lines_close(&l);
	return got;
}

int lines_each(const struct sys_root *r, const char *path, lines_take *take, void *data,
	       struct err *err)
{
	return each(r, path, false, take, data, err);
}

int lines_each_opt(const struct sys_root *r, const char *path, lines_take *take, void *data,
		   struct err *err)
{
	return each(r, path, true, take, data, err);
}
