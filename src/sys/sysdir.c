/* SPDX-License-Identifier: MIT */
#include "sys/sysdir.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "sys/root.h"

#define NAMES_FIRST 16

bool sysdir_is_link(const void *ctx, const struct dirent *entry)
{
	(void)ctx;
	return entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

/* The kernel's full_name_hash() on a 64-bit machine, as kernfs uses it. */
static uint32_t hash_of(const char *name)
{
	uint64_t hash = 0;

	for (; *name; name++)
		hash = (hash + ((uint64_t)(unsigned char)*name << 4) +
			((unsigned char)*name >> 4)) *
		       11;
	hash = (hash * UINT64_C(0x61C8864680B583EB)) >> 32 & 0x7FFFFFFF;
	if (hash < 2)
		hash += 2;
	return hash >= 0x7FFFFFFF ? 0x7FFFFFFE : (uint32_t)hash;
}

static int by_hash(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	uint32_t    hx = hash_of(x), hy = hash_of(y);

	if (hx != hy)
		return hx < hy ? -1 : 1;
	return strcmp(x, y);
}

static int add(struct sysdir *d, size_t *cap, const char *name, struct arena *a)
{
	if (d->n == *cap) {
		size_t       more = *cap ? 2 * *cap : NAMES_FIRST;
		const char **names = arena_array(a, more, sizeof(*names));

		if (!names)
			return ENOMEM;
		if (d->n > 0)
			memcpy(names, d->names, d->n * sizeof(*names));
		d->names = names;
		*cap = more;
	}
	if (d->n == SYSDIR_NAMES_MAX)
		return EOVERFLOW;
	d->names[d->n] = arena_strdup(a, name);
	return d->names[d->n++] ? 0 : ENOMEM;
}

int sysdir_read(const struct sys_root *root, const char *path, sysdir_filter *filter,
		const void *ctx, struct arena *a, struct sysdir *ret, int *ret_os)
{
	DIR                 *dir = root_opendir(root, path, ret_os);
	const struct dirent *entry;
	size_t               cap = 0;

	*ret = (struct sysdir){.n = 0};
	if (!dir)
		return -1;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		*ret_os = entry ? 0 : errno;
		if (!entry)
			break;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    !filter(ctx, entry))
			continue;
		*ret_os = add(ret, &cap, entry->d_name, a);
		if (*ret_os)
			break;
	}
	(void)closedir(dir);
	if (*ret_os)
		return -1;
	if (root_is_captured(root) && ret->n > 1)
		qsort(ret->names, ret->n, sizeof(*ret->names), by_hash);
	return 0;
}
