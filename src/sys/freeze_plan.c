/* SPDX-License-Identifier: MIT */
#include "sys/freeze_plan.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static const char *behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) ? NULL : text + n;
}

static bool device_matches(const char *pattern, const struct filesystem *fs)
{
	char numbers[32];

	(void)snprintf(numbers, sizeof(numbers), "%u:%u", fs->major, fs->minor);
	return !fnmatch(pattern, fs->first->source, 0) || !strcmp(pattern, numbers);
}

bool freeze_pattern_matches(const char *pattern, const struct filesystem *fs)
{
	const char *type = behind(pattern, "type:"), *device = behind(pattern, "device:");

	if (type)
		return !fnmatch(type, fs->first->type, 0);
	if (device)
		return device_matches(device, fs);
	return !fnmatch(pattern, fs->first->point, 0);
}

static const char *excluded_by(const struct freeze_choice *c, const struct filesystem *fs)
{
	size_t i;

	for (i = 0; i < c->n_excludes; i++)
		if (freeze_pattern_matches(c->excludes[i], fs))
			return c->excludes[i];
	return NULL;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The mount point by which a filesystem is wanted, NULL: it is not. Any of its mounts will do
 * (decisions.md row 26). */
static const char *wanted_as(const struct freeze_choice *c, const char *const *sorted,
			     const struct filesystem *fs)
{
	const struct mount *m;

	if (c->all)
		return fs->first->point;
	for (m = fs->first; m; m = m->next)
		if (bsearch(&m->point, sorted, c->n_points, sizeof(*sorted), compare_texts))
			return m->point;
	return NULL;
}

static int choose(const struct freeze_choice *c, struct arena *a, struct freeze_plan *p,
		  struct err *err)
{
	const char **sorted = arena_array(a, c->n_points, sizeof(*sorted));
	size_t       i;

	p->targets = arena_array(a, p->stacking.n, sizeof(*p->targets));
	if (!sorted || !p->targets)
		return err_os(err, ENOMEM, "cannot plan the freeze");
	if (c->n_points) {
		memcpy(sorted, c->points, c->n_points * sizeof(*sorted));
		qsort(sorted, c->n_points, sizeof(*sorted), compare_texts);
	}
	for (i = 0; i < p->stacking.n; i++) {
		size_t                   index = p->stacking.order[i];
		const struct filesystem *fs = &p->table.filesystems[index];
		const char              *point = wanted_as(c, sorted, fs);

		if (point)
			p->targets[p->n++] =
				(struct freeze_target){fs, index, point, excluded_by(c, fs)};
	}
	return 0;
}

int freeze_plan_read(const struct sys_root *root, const struct freeze_choice *choice,
		     struct arena *a, struct freeze_plan *ret, struct err *err)
{
	*ret = (struct freeze_plan){.targets = NULL};
	if (mounts_read(root, a, &ret->table, err) < 0 ||
	    stacking_read(root, &ret->table, a, &ret->stacking, err) < 0)
		return -1;
	return choose(choice, a, ret, err);
}
