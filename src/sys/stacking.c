/* SPDX-License-Identifier: MIT */
#include "sys/stacking.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "base/num.h"
#include "sys/root.h"

#define BLOCK_DEVICES "/sys/dev/block/"
#define BTRFS "/sys/fs/btrfs"

/* What the kernel adds to the path of a file that has no name any more. */
#define DELETED " (deleted)"

/* An overlay lies on other filesystems, these perhaps on overlays again: so far and no further. */
#define OVERLAYS_MAX 8

struct device;

struct device_link {
	struct device      *to;
	struct device_link *next;
};

struct device {
	unsigned            major, minor;
	struct device      *next_in_bucket;
	struct device_link *below;   /* devices that it is made of */
	const struct mount *file;    /* the mount that holds the file behind it, NULL */
	bool                certain; /* its filesystem is known, not only its path */
	size_t              seen;    /* by the walk of this number */
};

struct reader {
	const struct sys_root    *root;
	const struct mount_table *t;
	struct arena             *arena;
	struct device           **buckets;
	size_t                    mask;
	/* by hash of the mount point: the latest mount there; covered: the one before it at the
	 * same point */
	const struct mount **points;
	size_t               points_mask;
	const struct mount **covered;
	struct device_link  *queue; /* devices whose insides are not read yet */
	bool                 failed;
};

static void *take(struct reader *r, size_t n, size_t size)
{
	void *p = arena_array(r->arena, n, size);

	if (!p)
		r->failed = true;
	return p;
}

static size_t power_above(size_t n)
{
	size_t size = 8;

	while (size < 2 * n)
		size *= 2;
	return size;
}

/* --- mount points --- */

static uint64_t hash_text(const char *s, size_t n)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	while (n-- > 0)
		hash = (hash ^ (uint8_t)*s++) * UINT64_C(0x100000001B3);
	return hash;
}

static const struct mount **place_of_point(const struct reader *r, const char *point, size_t n)
{
	size_t i = (size_t)hash_text(point, n) & r->points_mask;

	while (r->points[i] &&
	       (strlen(r->points[i]->point) != n || memcmp(r->points[i]->point, point, n) != 0))
		i = (i + 1) & r->points_mask;
	return &r->points[i];
}

static void index_points(struct reader *r)
{
	size_t size = power_above(r->t->n_mounts), i;

	r->points_mask = size - 1;
	r->points = take(r, size, sizeof(*r->points));
	r->covered = take(r, r->t->n_mounts, sizeof(*r->covered));
	if (r->failed)
		return;
	for (i = 0; i < r->t->n_mounts; i++) {
		const struct mount  *m = &r->t->mounts[i];
		const struct mount **place = place_of_point(r, m->point, strlen(m->point));

		r->covered[i] = *place;
		*place = m;
	}
}

/* The mount with the longest point that the path begins with. */
static const struct mount *mount_of(const struct reader *r, const char *path, size_t n)
{
	while (n > 0) {
		const struct mount *m = *place_of_point(r, path, n);

		if (m)
			return m;
		while (n > 0 && path[--n] != '/')
			continue;
	}
	return *place_of_point(r, "/", 1);
}

/* --- devices --- */

static struct device *device_at(struct reader *r, unsigned major, unsigned minor)
{
	size_t              i = (major * 31u + minor) & r->mask;
	struct device      *d = r->buckets[i];
	struct device_link *todo;

	while (d && (d->major != major || d->minor != minor))
		d = d->next_in_bucket;
	if (d)
		return d;
	d = take(r, 1, sizeof(*d));
	todo = take(r, 1, sizeof(*todo));
	if (r->failed)
		return NULL;
	*d = (struct device){.major = major, .minor = minor, .next_in_bucket = r->buckets[i]};
	r->buckets[i] = d;
	*todo = (struct device_link){d, r->queue};
	r->queue = todo;
	return d;
}

static void add_below(struct reader *r, struct device *d, const char *numbers)
{
	const char         *colon = strchr(numbers, ':');
	struct device_link *link;
	uint64_t            major, minor;

	if (!colon || !num_u64(numbers, (size_t)(colon - numbers), &major) ||
	    !num_u64(colon + 1, strlen(colon + 1), &minor) || major > UINT32_MAX ||
	    minor > UINT32_MAX)
		return;
	link = take(r, 1, sizeof(*link));
	if (r->failed)
		return;
	link->to = device_at(r, (unsigned)major, (unsigned)minor);
	link->next = d->below;
	if (link->to)
		d->below = link;
}

/* The devices that a directory of links names: slaves/, or devices/ of a btrfs. */
static void add_all_below(struct reader *r, struct device *d, const char *directory)
{
	int            os;
	DIR           *dir = root_opendir(r->root, directory, &os);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char path[ROOT_PATH_MAX], numbers[64];

		if (*entry->d_name == '.')
			continue;
		/* by the whole path: in a captured tree the link must not lead out of it */
		(void)snprintf(path, sizeof(path), "%s/%s/dev", directory, entry->d_name);
		if (root_read_attr(r->root, path, numbers, sizeof(numbers), &os) > 0)
			add_below(r, d, numbers);
	}
	(void)closedir(dir);
}

/* A network or FUSE filesystem that is dead would not let go of whoever asks about its files. */
static bool may_ask(const struct reader *r, const struct mount *m)
{
	static const char *const remote[] = {"nfs",   "cifs", "smb",      "fuse",      "9p",
					     "ceph",  "afs",  "virtiofs", "glusterfs", "lustre",
					     "ncpfs", "ocfs", "gfs",      "coda",      "autofs"};
	size_t                   i;

	for (i = 0; m && i < ARRAY_SIZE(remote); i++)
		if (!strncmp(m->type, remote[i], strlen(remote[i])))
			return false;
	return !root_is_captured(r->root);
}

/* The device of the filesystem that holds the file. The kernel knows it even where the path that it
 * shows leads nowhere: from another mount namespace, or a mount that was taken away since. */
static bool ask_loop(const struct reader *r, unsigned minor, unsigned *ret_major,
		     unsigned *ret_minor)
{
	struct loop_info64 info;
	char               path[32];
	int                os;
	auto_close int     fd = -1;

	(void)snprintf(path, sizeof(path), "/dev/loop%u", minor);
	fd = root_open(r->root, path, O_RDONLY | O_NONBLOCK, &os);
	if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return false;
	*ret_major = major(info.lo_device);
	*ret_minor = minor(info.lo_device);
	return true;
}

static const struct mount *mount_with(const struct reader *r, unsigned major, unsigned minor)
{
	size_t i;

	for (i = 0; major && i < r->t->n_filesystems; i++)
		if (r->t->filesystems[i].major == major && r->t->filesystems[i].minor == minor)
			return r->t->filesystems[i].first;
	return NULL;
}

static void find_file(struct reader *r, struct device *d, char *path)
{
	size_t              n = strlen(path), tail = strlen(DELETED);
	const struct mount *known = NULL;
	unsigned            major, minor;

	if (n > tail && !strcmp(path + n - tail, DELETED))
		n -= tail;
	if (*path == '/')
		d->file = mount_of(r, path, n);
	/* the major number of loop devices: partitions of them come here by their whole device */
	if (d->major == LOOP_MAJOR && may_ask(r, d->file) && ask_loop(r, d->minor, &major, &minor))
		known = mount_with(r, major, minor);
	if (known)
		d->file = known;
	d->certain = known != NULL;
}

/* What a device is made of: the file of a loop device, the disk of a partition, the slaves of
 * anything else. */
static void read_device(struct reader *r, struct device *d)
{
	char base[64], path[128], text[ROOT_PATH_MAX];
	int  os;

	(void)snprintf(base, sizeof(base), BLOCK_DEVICES "%u:%u", d->major, d->minor);
	(void)snprintf(path, sizeof(path), "%s/loop/backing_file", base);
	if (root_read_attr(r->root, path, text, sizeof(text), &os) > 0) {
		find_file(r, d, text);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/partition", base);
	if (root_read_attr(r->root, path, text, sizeof(text), &os) > 0) {
		(void)snprintf(path, sizeof(path), "%s/../dev", base);
		if (root_read_attr(r->root, path, text, sizeof(text), &os) > 0)
			add_below(r, d, text);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/slaves", base);
	add_all_below(r, d, path);
}

static void read_queue(struct reader *r)
{
	while (r->queue && !r->failed) {
		struct device_link *first = r->queue;

		r->queue = first->next;
		read_device(r, first->to);
	}
}

static void hang_below_members(struct reader *r, struct device *all)
{
	struct device_link *member;

	for (member = all->below; member; member = member->next) {
		struct device_link *link = take(r, 1, sizeof(*link));

		if (!link)
			return;
		*link = (struct device_link){all, member->to->below};
		member->to->below = link;
	}
}

/* The mount table names one device of a btrfs, whichever: all of them hang below each of them. */
static void read_btrfs(struct reader *r)
{
	int            os;
	DIR           *dir = root_opendir(r->root, BTRFS, &os);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) && !r->failed) {
		char           path[sizeof(BTRFS) + sizeof(entry->d_name) + 16];
		struct device *all = *entry->d_name == '.' ? NULL : take(r, 1, sizeof(*all));

		if (!all)
			continue;
		(void)snprintf(path, sizeof(path), BTRFS "/%s/devices", entry->d_name);
		add_all_below(r, all, path);
		hang_below_members(r, all);
	}
	(void)closedir(dir);
}

/* --- filesystems --- */

struct walk {
	struct reader   *r;
	struct stacking *s;
	size_t          *fs_of; /* index of the filesystem of each mount, plus one */
	struct device  **stack;
	size_t           n_stack, cap;
};

static void push(struct walk *w, struct device *d, size_t number)
{
	if (d->seen == number)
		return;
	d->seen = number;
	if (w->n_stack == w->cap) {
		size_t          cap = w->cap ? 2 * w->cap : 16;
		struct device **more = take(w->r, cap, sizeof(*more));

		if (!more)
			return;
		if (w->cap)
			memcpy(more, w->stack, w->n_stack * sizeof(*more));
		w->stack = more;
		w->cap = cap;
	}
	w->stack[w->n_stack++] = d;
}

static void add_base(struct walk *w, size_t fs, size_t base)
{
	struct stacking_base *b;

	for (b = w->s->bases[fs]; b; b = b->next)
		if (b->fs == base)
			return;
	b = take(w->r, 1, sizeof(*b));
	if (!b)
		return;
	*b = (struct stacking_base){base, w->s->bases[fs]};
	w->s->bases[fs] = b;
}

/* The mount below an overlay that takes what is written to it, NULL. */
static const struct mount *below_overlay(const struct reader *r, const struct mount *m)
{
	const char *upper = strcmp(m->type, "overlay") ? NULL : strstr(m->options, "upperdir=/");

	if (!upper)
		return NULL;
	upper += strlen("upperdir=");
	return mount_of(r, upper, strcspn(upper, ","));
}

/* The file lies on the mount that its path leads to, or on one that is covered there: a name does
 * not tell. */
static void add_file_bases(struct walk *w, size_t fs, const struct mount *m, bool certain)
{
	int depth;

	for (depth = 0; m && !m->major && depth < OVERLAYS_MAX; depth++)
		m = below_overlay(w->r, m);
	for (; m; m = w->r->covered[m - w->r->t->mounts]) {
		size_t at = w->fs_of[m - w->r->t->mounts];

		if (at && at - 1 != fs)
			add_base(w, fs, at - 1);
		if (certain)
			break;
	}
}

static void find_bases(struct walk *w, size_t fs)
{
	const struct filesystem *f = &w->r->t->filesystems[fs];
	struct device           *d = device_at(w->r, f->major, f->minor);

	if (!d)
		return;
	push(w, d, fs + 1);
	while (w->n_stack > 0 && !w->r->failed) {
		struct device_link *link;

		d = w->stack[--w->n_stack];
		if (d->file)
			add_file_bases(w, fs, d->file, d->certain);
		for (link = d->below; link; link = link->next)
			push(w, link->to, fs + 1);
	}
}

static void name_filesystems(struct walk *w)
{
	size_t i;

	w->fs_of = take(w->r, w->r->t->n_mounts, sizeof(*w->fs_of));
	if (!w->fs_of)
		return;
	for (i = 0; i < w->r->t->n_filesystems; i++) {
		const struct mount *m;

		for (m = w->r->t->filesystems[i].first; m; m = m->next)
			w->fs_of[m - w->r->t->mounts] = i + 1;
	}
}

/* --- order --- */

/* A heap of indices, the highest on top. */
static void heap_add(size_t *heap, size_t *n, size_t value)
{
	size_t i = (*n)++;

	for (; i > 0 && heap[(i - 1) / 2] < value; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = value;
}

static size_t heap_take(size_t *heap, size_t *n)
{
	size_t top = heap[0], last = heap[--*n], i = 0, child;

	while ((child = 2 * i + 1) < *n) {
		if (child + 1 < *n && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= last)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

/* Filesystems are numbered in mount order: among those on which nothing stands any more, the
 * highest number is next. `above` counts what stands on each. */
static void find_order(struct stacking *s, size_t *above, size_t *heap, bool *done)
{
	size_t n_heap = 0, n = 0, i, latest = s->n;

	for (i = 0; i < s->n; i++) {
		const struct stacking_base *b;

		for (b = s->bases[i]; b; b = b->next)
			above[b->fs]++;
	}
	for (i = 0; i < s->n; i++)
		if (above[i] == 0)
			heap_add(heap, &n_heap, i);
	while (n < s->n) {
		const struct stacking_base *b;

		if (n_heap == 0) {
			/* a circle: break it at what was mounted last */
			while (done[--latest])
				continue;
			s->circular = true;
			heap_add(heap, &n_heap, latest);
		}
		i = heap_take(heap, &n_heap);
		if (done[i])
			continue;
		done[i] = true;
		s->order[n++] = i;
		for (b = s->bases[i]; b; b = b->next)
			if (--above[b->fs] == 0 && !done[b->fs])
				heap_add(heap, &n_heap, b->fs);
	}
}

static void sort(struct reader *r, struct stacking *s)
{
	size_t *above = take(r, s->n, sizeof(*above)), *heap = take(r, s->n + 1, sizeof(*heap));
	bool   *done = take(r, s->n, sizeof(*done));

	if (!r->failed)
		find_order(s, above, heap, done);
}

static void read_all(struct reader *r, struct stacking *s)
{
	struct walk w = {.r = r, .s = s};
	size_t      i;

	index_points(r);
	name_filesystems(&w);
	for (i = 0; i < s->n && !r->failed; i++)
		(void)device_at(r, r->t->filesystems[i].major, r->t->filesystems[i].minor);
	if (!r->failed)
		read_btrfs(r);
	read_queue(r);
	for (i = 0; i < s->n && !r->failed; i++)
		find_bases(&w, i);
	if (!r->failed)
		sort(r, s);
}

int stacking_read(const struct sys_root *root, const struct mount_table *t, struct arena *a,
		  struct stacking *ret, struct err *err)
{
	struct reader r = {.root = root, .t = t, .arena = a};
	size_t        size = power_above(t->n_filesystems);

	*ret = (struct stacking){.n = t->n_filesystems};
	r.mask = size - 1;
	r.buckets = take(&r, size, sizeof(*r.buckets));
	ret->order = take(&r, ret->n, sizeof(*ret->order));
	ret->bases = take(&r, ret->n, sizeof(*ret->bases));
	if (!r.failed)
		read_all(&r, ret);
	return r.failed ? err_os(err, ENOMEM, "cannot tell what the filesystems stand on") : 0;
}
