/* SPDX-License-Identifier: MIT */
/*
 * Programs that are called around a freeze: one (--fsfreeze-hook, which may be a distribution's
 * dispatcher with a directory of its own), else those in our directory. Before, in the order of
 * their names; after, in the opposite order, exactly those that were called before.
 */
#ifndef SYS_HOOKS_H
#define SYS_HOOKS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct sys_root;

#define HOOKS_DIRECTORY "/etc/virtagent/freeze.d"

/* Programs of the directory beyond that many are an error: they would take an hour. */
#define HOOKS_MAX 100

/* What one of them may take. */
#define HOOK_LIMIT_MS 30000

struct hooks {
	const char **paths;
	size_t       n;
};

/* A file that was left out, and why. */
typedef void hooks_refused(void *ctx, const char *path, const char *why);

/*
 * The programs to call. `single` NULL: those of the directory that are root's, that only root can
 * write, and that are executable; names that editors and packagers leave behind are passed over.
 */
int hooks_list(const struct sys_root *root, const char *single, hooks_refused *refused, void *ctx,
	       struct arena *a, struct hooks *ret, struct err *err);

/* Calls one with the argument "freeze" or "thaw". The texts of errors are the protocol's; one of
 * several is named in front of them. */
int hooks_call(const struct sys_root *root, const struct hooks *all, size_t i, const char *argument,
	       struct err *err);

#endif
