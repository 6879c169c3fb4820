/* SPDX-License-Identifier: MIT */
#include "sys/filesystems.h"

#include <errno.h>
#include <string.h>

#include "sys/btrfs.h"
#include "sys/probe.h"

struct reader {
	const struct sys_root *root;
	struct arena          *a;
	struct btrfs_list      btrfs; /* read when the first one is met */
	bool                   knows_btrfs;
	struct block_question  last; /* that a probe has been made of */
};

static int no_memory(struct err *err)
{
	return err_os(err, ENOMEM, "cannot hold the list of filesystems");
}

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
		    block_resolve(r->root, fs->devices[i], NULL, r->a, disks) < 0)
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
	return block_resolve(r->root, path, NULL, r->a, &to->disks);
}

static bool has_question(const struct block_address *disk)
{
	return disk->question.from.file != NULL;
}

/* At most how many probes there are. */
static size_t count_probes(const struct filesystem_list *list)
{
	size_t n = list->n, i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->items[i].disks.n; k++)
			n += has_question(&list->items[i].disks.items[k]);
	return n;
}

/* Filesystems on partitions of one disk mostly stand together, and need one question. */
static int add_question(struct reader *r, struct block_address *disk, struct probe *probes,
			size_t *n)
{
	struct block_question *q = &disk->question;

	if (r->last.from.file && !strcmp(q->from.file, r->last.from.file)) {
		q->answer = r->last.answer;
		return 0;
	}
	if (block_question(disk, r->a, &probes[(*n)++]) < 0)
		return -1;
	r->last = *q;
	return 0;
}

/* -1: no memory. */
static int add_probes(struct reader *r, const struct filesystem *fs, struct filesystem_info *info,
		      struct probe *probes, size_t *n)
{
	size_t k;

	if (!space_read(r->root, fs, &info->space, &probes[*n]))
		(*n)++;
	for (k = 0; k < info->disks.n; k++)
		if (has_question(&info->disks.items[k]) &&
		    add_question(r, &info->disks.items[k], probes, n) < 0)
			return -1;
	return 0;
}

/* A probe costs two switches of process, which is more than all the rest of a short table. So where
 * there is nothing to ask but filesystems that answer from memory, it is done here. */
static bool is_all_at_hand(const struct sys_root *root, const struct mount_table *table,
			   const struct filesystem_list *list, size_t n_probes)
{
	size_t i;

	if (n_probes > list->n || table->n_mounts > SPACE_AT_HAND_MOUNTS ||
	    probe_out(root->probes) > 0)
		return false;
	for (i = 0; i < list->n; i++)
		if (!space_is_at_hand(table, &table->filesystems[i]))
			return false;
	return true;
}

static void ask_here(const struct probe *probes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		probes[i].call(probes[i].subject, probes[i].answer);
}

/* What the filesystems and the disks themselves have to be asked for, all of it in one batch. */
static int ask_all(struct reader *r, const struct mount_table *table, struct filesystem_list *list,
		   struct err *err)
{
	struct probe *probes = arena_array(r->a, count_probes(list), sizeof(*probes));
	size_t        n = 0, i, k;

	if (!probes)
		return no_memory(err);
	for (i = 0; i < list->n; i++)
		if (add_probes(r, &table->filesystems[i], &list->items[i], probes, &n) < 0)
			return no_memory(err);
	if (is_all_at_hand(r->root, table, list, n))
		ask_here(probes, n);
	else if (probe_run(r->root->probes, probes, n, err) < 0)
		return -1;
	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->items[i].disks.n; k++)
			block_take_answer(r->root, &list->items[i].disks.items[k]);
	return 0;
}

int filesystems_read(const struct sys_root *root, struct arena *a, struct filesystem_list *ret,
		     struct err *err)
{
	struct reader      r = {.root = root, .a = a};
	struct mount_table table;
	size_t             i;

	if (mounts_read(root, a, &table, err) < 0)
		return -1;
	ret->n = table.n_filesystems;
	ret->items = arena_array(a, ret->n, sizeof(*ret->items));
	if (!ret->items)
		return no_memory(err);
	for (i = 0; i < ret->n; i++) {
		ret->items[i].mount = table.filesystems[i].first;
		if (read_device(&r, &table.filesystems[i], &ret->items[i]) < 0)
			return no_memory(err);
	}
	return ask_all(&r, &table, ret, err);
}
