/* SPDX-License-Identifier: MIT */
#include "sys/filesystems.h"

#include <errno.h>
#include <string.h>

#include "sys/btrfs.h"

struct reader {
	const struct sys_root *root;
	struct arena          *a;
	struct btrfs_list      btrfs; /* read when the first one is met */
	bool                   knows_btrfs;
};

/* The other devices of the same btrfs; its mount table entry names one of them. They are found
 * first, so that the one of the mount table is reported first. */
static int resolve_others(struct reader *r, const char *path, struct block_list *disks)
{
	const struct btrfs *fs;
	size_t              i;

	if (!r->knows_btrfs && btrfs_read(r->root, r->a, &r->btrfs) < 0)
		return -1;
	r->knows_btrfs = true;
	fs = btrfs_find(&r->btrfs, path);
	for (i = 0; fs && i < fs->n; i++)
		if (strcmp(fs->devices[i], path) != 0 &&
		    block_resolve(r->root, fs->devices[i], r->a, disks) < 0)
			return -1;
	return 0;
}

static int read_device(struct reader *r, const struct filesystem *fs, struct filesystem_info *to)
{
	char path[ROOT_PATH_MAX];

	if (block_find(r->root, fs->major, fs->minor, path) <= 0) {
		to->name = arena_printf(r->a, "%u:%u", fs->major, fs->minor);
		return to->name ? 0 : -1;
	}
	to->name = arena_strdup(r->a, block_name(path));
	if (!to->name)
		return -1;
	if (!strcmp(fs->first->type, "btrfs") && resolve_others(r, path, &to->disks) < 0)
		return -1;
	return block_resolve(r->root, path, r->a, &to->disks);
}

/* What the disks themselves have to be asked for, all of them together. */
static int ask_disks(struct reader *r, struct filesystem_list *list, struct err *err)
{
	struct block_address **all;
	size_t                 n = 0, i, k;

	for (i = 0; i < list->n; i++)
		n += list->items[i].disks.n;
	all = arena_array(r->a, n, sizeof(struct block_address *));
	if (!all)
		return err_os(err, ENOMEM, "cannot hold the list of filesystems");
	for (i = 0, n = 0; i < list->n; i++)
		for (k = 0; k < list->items[i].disks.n; k++)
			all[n++] = &list->items[i].disks.items[k];
	return block_ask(r->root, all, n, r->a, err);
}

int filesystems_read(const struct sys_root *root, struct arena *a, struct filesystem_list *ret,
		     struct err *err)
{
	struct reader      r = {.root = root, .a = a};
	struct mount_table table;
	struct space      *space;
	size_t             i;

	if (mounts_read(root, a, &table, err) < 0)
		return -1;
	ret->n = table.n_filesystems;
	ret->items = arena_array(a, ret->n, sizeof(*ret->items));
	space = arena_array(a, ret->n, sizeof(*space));
	if (!ret->items || !space)
		return err_os(err, ENOMEM, "cannot hold the list of filesystems");
	if (space_read(root, &table, a, space, err) < 0)
		return -1;
	for (i = 0; i < ret->n; i++) {
		ret->items[i].mount = table.filesystems[i].first;
		ret->items[i].space = space[i];
		if (read_device(&r, &table.filesystems[i], &ret->items[i]) < 0)
			return err_os(err, ENOMEM, "cannot hold the list of filesystems");
	}
	return ask_disks(&r, ret, err);
}
