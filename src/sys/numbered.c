/* SPDX-License-Identifier: MIT */
#include "sys/numbered.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/num.h"

struct numbers {
	uint64_t *items;
	size_t    n, room;
};

/* What is outgrown stays in the arena: as much again as the list, at most. */
static int add(struct numbers *list, uint64_t number, struct arena *a)
{
	if (list->n == list->room) {
		size_t    room = list->room ? 2 * list->room : 64;
		uint64_t *items = arena_array(a, room, sizeof(*items));

		if (!items)
			return -1;
		if (list->n)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = number;
	return 0;
}

static int ascending(const void *left, const void *right)
{
	uint64_t l = *(const uint64_t *)left, r = *(const uint64_t *)right;

	return (l > r) - (l < r);
}

int numbered_list(DIR *dir, const char *prefix, struct arena *a, uint64_t **ret, size_t *ret_n,
		  int *ret_os)
{
	struct numbers       list = {0};
	size_t               skip = strlen(prefix);
	const struct dirent *e;
	uint64_t             number;

	while (errno = 0, (e = readdir(dir))) {
		const char *digits = e->d_name + skip;

		if (strncmp(e->d_name, prefix, skip) != 0 ||
		    !num_u64(digits, strlen(digits), &number))
			continue;
		if (add(&list, number, a) < 0) {
			*ret_os = ENOMEM;
			return -1;
		}
	}
	*ret_os = errno;
	if (errno)
		return -1;
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), ascending);
	*ret = list.items;
	*ret_n = list.n;
	return 0;
}

ssize_t attr_read_at(int dir, const char *path, char to[static ATTR_BYTES],
		     enum attr_step *ret_step, int *ret_os)
{
	auto_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t        n;

	*ret_step = ATTR_OPEN;
	*ret_os = errno;
	if (fd < 0)
		return -1;
	do
		n = read(fd, to, ATTR_BYTES - 1);
	while (n < 0 && errno == EINTR);
	*ret_step = n < 0 ? ATTR_TRANSFER : ATTR_EMPTY;
	*ret_os = n < 0 ? errno : 0;
	to[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : -1;
}

int attr_write_at(int dir, const char *path, const char *text, enum attr_step *ret_step,
		  int *ret_os)
{
	auto_close int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	ssize_t        n;

	*ret_step = ATTR_OPEN;
	*ret_os = errno;
	if (fd < 0)
		return -1;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	*ret_step = ATTR_TRANSFER;
	*ret_os = n < 0 ? errno : 0;
	return n < 0 ? -1 : 0;
}
