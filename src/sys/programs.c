/* SPDX-License-Identifier: MIT */
#include "sys/programs.h"

#include <stdio.h>
#include <string.h>

/* The last one is where NixOS has what others have in /sbin. */
static const char *const directories[] = {
	"/usr/local/sbin",
	"/usr/local/bin",
	"/usr/sbin",
	"/usr/bin",
	"/sbin",
	"/bin",
	"/run/current-system/sw/bin",
};

static bool is_program(const struct sys_root *root, const char *path)
{
	struct stat st;
	int         os;

	return root_stat(root, path, &st, &os) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

static bool fits(int n, size_t size)
{
	return n > 0 && (size_t)n < size;
}

bool program_find(const struct sys_root *root, const char *name, char *to, size_t size)
{
	size_t i;

	if (strchr(name, '/'))
		return fits(snprintf(to, size, "%s", name), size) && is_program(root, to);
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		if (fits(snprintf(to, size, "%s/%s", directories[i], name), size) &&
		    is_program(root, to))
			return true;
	return false;
}
