/* SPDX-License-Identifier: MIT */
#include "sys/btrfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sys/root.h"
#include "sys/sysdir.h"

#define SYS_BTRFS "/sys/fs/btrfs"
#define PATH_SIZE (ROOT_PATH_MAX + 256)

/* Filesystems have their UUID as a name; the directory has others too. */
static bool is_uuid(const void *ctx, const struct dirent *entry)
{
	(void)ctx;
	return strlen(entry->d_name) == 36;
}

static int read_devices(const struct sys_root *root, const char *uuid, struct arena *a,
			struct btrfs *ret)
{
	char          directory[PATH_SIZE + 32], link[2 * PATH_SIZE], path[ROOT_PATH_MAX];
	struct sysdir names;
	size_t        i;
	int           os;

	(void)snprintf(directory, sizeof(directory), SYS_BTRFS "/%s/devices", uuid);
	if (sysdir_read(root, directory, sysdir_is_link, NULL, a, &names, &os) < 0)
		return os == ENOMEM ? -1 : 0;
	ret->devices = arena_array(a, names.n, sizeof(*ret->devices));
	if (!ret->devices)
		return -1;
	for (i = 0; i < names.n; i++) {
		(void)snprintf(link, sizeof(link), "%s/%s", directory, names.names[i]);
		if (root_resolve(root, link, path, sizeof(path), &os) < 0)
			continue;
		ret->devices[ret->n] = arena_strdup(a, path);
		if (!ret->devices[ret->n++])
			return -1;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct btrfs_device *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int sort_devices(struct btrfs_list *list, struct arena *a)
{
	size_t n = 0, i, k;

	for (i = 0; i < list->n; i++)
		n += list->items[i].n;
	list->by_path = arena_array(a, n, sizeof(*list->by_path));
	if (!list->by_path)
		return -1;
	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->items[i].n; k++)
			list->by_path[list->n_devices++] = (struct btrfs_device){
				.path = list->items[i].devices[k], .fs = &list->items[i]};
	if (n > 1)
		qsort(list->by_path, n, sizeof(*list->by_path), by_path);
	return 0;
}

int btrfs_read(const struct sys_root *root, struct arena *a, struct btrfs_list *ret)
{
	struct sysdir names;
	size_t        i;
	int           os;

	*ret = (struct btrfs_list){.n = 0};
	if (sysdir_read(root, SYS_BTRFS, is_uuid, NULL, a, &names, &os) < 0)
		return os == ENOMEM ? -1 : 0;
	ret->items = arena_array(a, names.n, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	for (i = 0; i < names.n; i++)
		if (read_devices(root, names.names[i], a, &ret->items[ret->n++]) < 0)
			return -1;
	return sort_devices(ret, a);
}

const struct btrfs *btrfs_find(const struct btrfs_list *list, const char *path)
{
	struct btrfs_device        wanted = {.path = path};
	const struct btrfs_device *found = NULL;

	if (list->n_devices > 0)
		found = bsearch(&wanted, list->by_path, list->n_devices, sizeof(wanted), by_path);
	return found ? found->fs : NULL;
}
