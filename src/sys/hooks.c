/* SPDX-License-Identifier: MIT */
#include "sys/hooks.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "sys/root.h"
#include "sys/spawn.h"

static const char *const leftovers[] = {".*",       "*~",        "*.bak",     "*.orig",
					"*.rpmnew", "*.rpmorig", "*.rpmsave", "*.sample",
					"*.dpkg-*", "*.swp",     "#*#",       "*.ucf-*"};

static bool is_leftover(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leftovers); i++)
		if (!fnmatch(leftovers[i], name, 0))
			return true;
	return false;
}

/* NULL, or what is wrong: whoever can write a hook is root. */
static const char *complaint(const struct sys_root *root, const char *path)
{
	struct stat st;
	int         os;

	if (root_stat(root, path, &st, &os) < 0)
		return "it cannot be looked at";
	if (!S_ISREG(st.st_mode))
		return "it is not a file";
	if (!(st.st_mode & S_IXUSR))
		return "it is not executable";
	if (!root_is_captured(root) && st.st_uid != 0)
		return "it does not belong to root";
	return st.st_mode & (S_IWGRP | S_IWOTH) ? "others than root can write it" : NULL;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add(struct hooks *h, const char *path, struct err *err)
{
	if (!path)
		return err_os(err, ENOMEM, "cannot list the freeze hooks");
	if (h->n == HOOKS_MAX)
		return err_set(err, "limit exceeded: %d freeze hooks in %s", HOOKS_MAX,
			       HOOKS_DIRECTORY);
	h->paths[h->n++] = path;
	return 0;
}

static int list_directory(const struct sys_root *root, DIR *dir, hooks_refused *refused, void *ctx,
			  struct arena *a, struct hooks *ret, struct err *err)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		const char *path, *why;

		if (is_leftover(entry->d_name))
			continue;
		path = arena_printf(a, HOOKS_DIRECTORY "/%s", entry->d_name);
		why = path ? complaint(root, path) : NULL;
		if (why)
			refused(ctx, path, why);
		else if (add(ret, path, err) < 0)
			return -1;
	}
	qsort(ret->paths, ret->n, sizeof(*ret->paths), compare_paths);
	return 0;
}

int hooks_list(const struct sys_root *root, const char *single, hooks_refused *refused, void *ctx,
	       struct arena *a, struct hooks *ret, struct err *err)
{
	int  os, rc;
	DIR *dir;

	*ret = (struct hooks){.paths = arena_array(a, HOOKS_MAX, sizeof(*ret->paths))};
	if (!ret->paths)
		return err_os(err, ENOMEM, "cannot list the freeze hooks");
	if (single)
		return add(ret, arena_strdup(a, single), err);
	dir = root_opendir(root, HOOKS_DIRECTORY, &os);
	if (!dir)
		return os == ENOENT || os == ENOTDIR
			       ? 0
			       : err_os(err, os, "cannot open %s", HOOKS_DIRECTORY);
	rc = list_directory(root, dir, refused, ctx, a, ret, err);
	(void)closedir(dir);
	return rc;
}

int hooks_call(const struct sys_root *root, const struct hooks *all, size_t i, const char *argument,
	       struct err *err)
{
	const char *const argv[] = {all->paths[i], argument, NULL};
	struct spawn      s = {.argv = argv, .limit_ms = HOOK_LIMIT_MS};
	size_t            folder = strlen(HOOKS_DIRECTORY);

	if (spawn_helper(root, &s, "execute fsfreeze hook", err) == 0)
		return 0;
	if (!strncmp(all->paths[i], HOOKS_DIRECTORY, folder) && all->paths[i][folder] == '/')
		err_prefix(err, "%s: ", all->paths[i]);
	return -1;
}
