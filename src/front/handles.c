/* SPDX-License-Identifier: MIT */
#include "front/handles.h"

#include <errno.h>

static struct handle **bucket(const struct handles *h, int64_t number)
{
	return (struct handle **)(uintptr_t)&h->buckets[(uint64_t)number % HANDLES_BUCKETS];
}

struct handle *handles_find(const struct handles *h, int64_t number)
{
	struct handle *at = *bucket(h, number);

	while (at && at->number != number)
		at = at->next;
	return at;
}

int handles_begin_open(struct handles *h, struct err *err)
{
	if (h->n + h->opening >= HANDLES_MAX)
		return err_set(err, "limit exceeded: %d open file handles", HANDLES_MAX);
	h->opening++;
	return 0;
}

void handles_not_opened(struct handles *h)
{
	h->opening--;
}

int64_t handles_to_reserve(const struct handles *h)
{
	/* opens that are under way will each take one */
	return h->next + (int64_t)h->opening > h->limit ? HANDLES_RESERVE : 0;
}

int64_t handles_opened(struct handles *h, int fd, int64_t first, struct err *err)
{
	struct handle *handle = calloc(1, sizeof(*handle)), **at;

	h->opening--;
	/* two opens may both have set numbers aside, and end in either order */
	if (first > 0 && (first > h->next || h->next >= h->limit)) {
		h->next = first;
		h->limit = first + HANDLES_RESERVE;
	}
	if (h->limit > h->highest)
		h->highest = h->limit;
	if (!handle || h->next >= h->limit) {
		free(handle);
		(void)close(fd);
		return err_os(err, ENOMEM, "cannot keep the file handle");
	}
	handle->number = h->next++;
	handle->fd = fd;
	at = bucket(h, handle->number);
	handle->next = *at;
	*at = handle;
	h->n++;
	return handle->number;
}

int handles_remove(struct handles *h, struct handle *handle)
{
	struct handle **at = bucket(h, handle->number);
	int             fd = handle->fd;

	while (*at != handle)
		at = &(*at)->next;
	*at = handle->next;
	h->n--;
	free(handle);
	return fd;
}
