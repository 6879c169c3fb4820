/* SPDX-License-Identifier: MIT */
/*
 * A small captured tree for unit tests of readers: files are written where the test wants them.
 */
#ifndef TESTS_UNIT_CAPTURED_H
#define TESTS_UNIT_CAPTURED_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "sys/root.h"

struct captured {
	char            dir[40];
	struct sys_root root;
};

/* The asserts of cmocka do not fit into every caller, so these simply stop. */
#define CAPTURED_MUST(x)                                                                           \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			perror(#x);                                                                \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static inline void captured_open(struct captured *c)
{
	struct err err;

	strcpy(c->dir, "/tmp/virtagent-captured-XXXXXX");
	CAPTURED_MUST(mkdtemp(c->dir));
	err_init(&err);
	CAPTURED_MUST(root_init(&c->root, c->dir, c->dir, &err) == 0);
}

static inline void captured_path(const struct captured *c, const char *name, char to[512])
{
	char *slash;

	CAPTURED_MUST(snprintf(to, 512, "%s%s", c->dir, name) < 512);
	for (slash = strchr(to + strlen(c->dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		CAPTURED_MUST(mkdir(to, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static inline void captured_bytes(const struct captured *c, const char *name, const void *data,
				  size_t n)
{
	char           path[512];
	auto_close int fd = -1;

	captured_path(c, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CAPTURED_MUST(fd >= 0 && write(fd, data, n) == (ssize_t)n);
}

static inline void captured_file(const struct captured *c, const char *name, const char *text)
{
	captured_bytes(c, name, text, strlen(text));
}

static inline void captured_link(const struct captured *c, const char *name, const char *target)
{
	char path[512];

	captured_path(c, name, path);
	CAPTURED_MUST(symlink(target, path) == 0);
}

static inline void captured_remove(const struct captured *c, const char *name)
{
	char path[512];

	captured_path(c, name, path);
	CAPTURED_MUST(remove(path) == 0);
}

static inline void captured_close(struct captured *c)
{
	char command[64];

	root_fini(&c->root);
	(void)snprintf(command, sizeof(command), "rm -rf %s", c->dir);
	CAPTURED_MUST(system(command) == 0);
}

#endif
