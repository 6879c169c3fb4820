/* SPDX-License-Identifier: MIT */
#include "sys/disks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sys/block_node.h"
#include "sys/probe.h"
#include "sys/sysdir.h"
#include "sys/udev.h"

#define SYS_BLOCK "/sys/block"
#define PATH_SIZE (ROOT_PATH_MAX + 256)

struct reader {
	const struct sys_root *root;
	struct arena          *a;
	struct disk_list      *list;
};

static int no_memory(struct err *err)
{
	return err_os(err, ENOMEM, "cannot hold the list of disks");
}

static struct disk *add(struct reader *r, const struct block_node *node)
{
	struct disk_list *l = r->list;
	struct disk      *d;

	if (l->n == l->cap) {
		size_t       more = l->cap ? 2 * l->cap : 16;
		struct disk *items = arena_array(r->a, more, sizeof(*items));

		if (!items)
			return NULL;
		if (l->n > 0)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->cap = more;
	}
	d = &l->items[l->n];
	*d = (struct disk){.major = node->major, .minor = node->minor};
	d->dev = arena_strdup(r->a, node->dev);
	if (!d->dev)
		return NULL;
	l->n++;
	return d;
}

/* Nodes of the devices in slaves; a real disk has that directory too. */
static int read_dependencies(struct reader *r, const char *path, struct disk *d)
{
	char              directory[PATH_SIZE], slave[2 * PATH_SIZE];
	struct sysdir     slaves;
	struct block_node node;
	size_t            i;
	int               os;

	(void)snprintf(directory, sizeof(directory), "%s/slaves", path);
	if (sysdir_read(r->root, directory, sysdir_is_link, NULL, r->a, &slaves, &os) < 0)
		return os == ENOMEM ? -1 : 0;
	d->dependencies = arena_array(r->a, slaves.n, sizeof(*d->dependencies));
	if (!d->dependencies)
		return -1;
	for (i = slaves.n; i-- > 0;) { /* backwards, as everything in this protocol */
		(void)snprintf(slave, sizeof(slave), "%s/%s", directory, slaves.names[i]);
		(void)block_node_read(r->root, slave, &node);
		if (!node.dev[0])
			continue;
		d->dependencies[d->n_dependencies] = arena_strdup(r->a, node.dev);
		if (!d->dependencies[d->n_dependencies++])
			return -1;
	}
	return 0;
}

/* Device-mapper's own name, as udev has it or as the kernel does. */
static void read_alias(struct reader *r, const char *path, struct disk *d)
{
	char name[PATH_SIZE], text[256];
	int  os;

	if (strncmp(block_name(path), "dm-", 3) != 0)
		return;
	(void)snprintf(name, sizeof(name), "%s/dm/name", path);
	if (root_read_attr(r->root, name, text, sizeof(text), &os) <= 0)
		return;
	d->alias = udev_block_property(r->root, d->major, d->minor, "DM_NAME", r->a);
	if (!d->alias)
		d->alias = arena_strdup(r->a, text);
}

static int read_address(struct reader *r, const char *path, const struct block_node *node,
			struct disk *d)
{
	struct block_list found = {.n = 0};

	if (strstr(path, "/devices/virtual/block/"))
		return 0;
	if (block_resolve(r->root, path, node, r->a, &found) < 0)
		return -1;
	if (found.n > 0)
		d->address = &found.items[0];
	return 0;
}

/* "sda1" of "sda", "nvme0n1p1" of "nvme0n1". */
static bool is_partition(const void *ctx, const struct dirent *entry)
{
	const char *disk = ctx, *rest = entry->d_name;
	size_t      n = strlen(disk);

	if (strncmp(rest, disk, n) != 0)
		return false;
	rest += n + (rest[n] == 'p');
	return *rest >= '0' && *rest <= '9';
}

static int read_partitions(struct reader *r, const char *path, const char *disk_dev)
{
	char              part[PATH_SIZE + 256];
	struct sysdir     names;
	struct block_node node;
	struct disk      *d;
	size_t            i;
	int               os;

	if (sysdir_read(r->root, path, is_partition, block_name(path), r->a, &names, &os) < 0)
		return os == ENOMEM ? -1 : 0;
	for (i = 0; i < names.n; i++) {
		(void)snprintf(part, sizeof(part), "%s/%s", path, names.names[i]);
		if (block_node_read(r->root, part, &node) < 0 || !node.dev[0])
			continue;
		d = add(r, &node);
		if (!d)
			return -1;
		d->partition = true;
		d->dependencies = arena_array(r->a, 1, sizeof(*d->dependencies));
		if (!d->dependencies)
			return -1;
		d->dependencies[d->n_dependencies++] = disk_dev;
	}
	return 0;
}

/* A loop device that nobody uses: a guest may have many, and this takes a third of the time of
 * reading the size, which is 0 then. */
static bool is_unused_loop(struct reader *r, const char *disk)
{
	char        name[PATH_SIZE + 64];
	struct stat st;
	int         os;

	if (strncmp(disk, "loop", 4) != 0)
		return false;
	/* there for as long as the device has a file behind it */
	(void)snprintf(name, sizeof(name), "/sys/devices/virtual/block/%s/loop", disk);
	return root_stat(r->root, name, &st, &os) < 0 && os == ENOENT;
}

static bool is_empty(struct reader *r, const char *path)
{
	char name[PATH_SIZE + 32], text[32];
	int  os;

	(void)snprintf(name, sizeof(name), "%s/size", path);
	return root_read_attr(r->root, name, text, sizeof(text), &os) <= 0 || !strcmp(text, "0");
}

static int read_disk(struct reader *r, const char *name)
{
	char              link[PATH_SIZE + 16], path[ROOT_PATH_MAX];
	struct block_node node;
	struct disk      *d;
	const char       *dev;
	int               os;

	(void)snprintf(link, sizeof(link), SYS_BLOCK "/%s", name);
	/* the empty ones are left at once */
	if (is_unused_loop(r, name) || is_empty(r, link) ||
	    block_follow(r->root, link, path, &os) < 0)
		return 0;
	if (block_node_read(r->root, path, &node) < 0 || !node.dev[0])
		return 0;
	d = add(r, &node);
	if (!d)
		return -1;
	dev = d->dev;
	read_alias(r, path, d);
	if (read_dependencies(r, path, d) < 0 || read_address(r, path, &node, d) < 0)
		return -1;
	return read_partitions(r, path, dev);
}

/* What the disks themselves have to be asked for, all of them together. */
static int ask_disks(struct reader *r, struct err *err)
{
	struct probe *probes = arena_array(r->a, r->list->n, sizeof(*probes));
	size_t        n = 0, i;

	if (!probes)
		return no_memory(err);
	for (i = 0; i < r->list->n; i++) {
		struct block_address *address = r->list->items[i].address;

		if (address && address->question.from.file &&
		    block_question(address, r->a, &probes[n++]) < 0)
			return no_memory(err);
	}
	if (probe_run(r->root->probes, probes, n, err) < 0)
		return -1;
	for (i = 0; i < r->list->n; i++)
		if (r->list->items[i].address)
			block_take_answer(r->root, r->list->items[i].address);
	return 0;
}

int disks_read(const struct sys_root *root, struct arena *a, struct disk_list *ret, struct err *err)
{
	struct reader r = {.root = root, .a = a, .list = ret};
	struct sysdir names;
	size_t        i;
	int           os;

	*ret = (struct disk_list){.n = 0};
	if (sysdir_read(root, SYS_BLOCK, sysdir_is_link, NULL, a, &names, &os) < 0)
		return err_os(err, os, "Can't open directory \"%s\"", SYS_BLOCK);
	for (i = 0; i < names.n; i++)
		if (read_disk(&r, names.names[i]) < 0)
			return no_memory(err);
	return ask_disks(&r, err);
}
