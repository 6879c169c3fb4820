/* SPDX-License-Identifier: MIT */
/*
 * The process that calls hooks for the front. Before a freeze it says which one comes next, so that
 * each of them can be called again after the freeze, whatever became of it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "config/options.h"
#include "guard/guard.h"
#include "ipc/guard.h"
#include "ipc/message.h"
#include "sys/hooks.h"

#define HOOKS_ARENA_MAX ((size_t)4 << 20)

struct caller {
	int                    fd;
	const struct options  *options;
	const struct sys_root *root;
	struct arena           arena;
	struct hooks           hooks;
	size_t                 n_called; /* before the freeze */
};

static int say(struct caller *c, enum guard_message what, const char *text)
{
	struct ipc_head head = {.type = IPC_GUARD, .guard = {.what = what}};
	struct err      err;

	err_init(&err);
	return ipc_send(c->fd, &head, text, strnlen(text, GUARD_TEXT_MAX), NULL, 0, 0, &err);
}

/* The front has hung up, or says that it is enough. */
static bool is_stopped(const struct caller *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

static void refused(void *ctx, const char *path, const char *why)
{
	char text[4200];

	(void)snprintf(text, sizeof(text), "the freeze hook %s is not called: %s", path, why);
	(void)say(ctx, GUARD_NOTE, text);
}

/* Those that were called before the freeze; called again in the opposite order. */
void guard_thaw_hooks(const struct sys_root *root, const char **paths, size_t n)
{
	struct hooks all = {.paths = paths, .n = n};
	struct err   err;

	/* in a child: the caller may have threads, and what runs programs must not */
	if (fork() != 0)
		return;
	(void)munlockall();
	while (n-- > 0) {
		err_init(&err);
		if (hooks_call(root, &all, n, "thaw", &err) < 0)
			syslog(LOG_WARNING, "%s", err.text);
	}
	_exit(0);
}

static int call_before(struct caller *c, struct err *err)
{
	size_t i;

	for (i = 0; i < c->hooks.n; i++) {
		if (is_stopped(c))
			return err_set(err, "the freeze was cancelled");
		/* a front that is gone cannot have it called after the freeze */
		if (say(c, GUARD_HOOK, c->hooks.paths[i]) < 0)
			return err_set(err, "the agent has ended");
		c->n_called = i + 1;
		if (hooks_call(c->root, &c->hooks, i, "freeze", err) < 0)
			return -1;
		if (is_stopped(c))
			break;
	}
	return 0;
}

/* All of them, whatever the others did; the first error counts. */
static int call_after(struct caller *c, struct err *err)
{
	size_t     i;
	struct err other, *first = err;

	for (i = c->hooks.n; i-- > 0;) {
		if (hooks_call(c->root, &c->hooks, i, "thaw", first) < 0) {
			if (first == &other)
				(void)say(c, GUARD_NOTE, other.text);
			first = &other;
		}
		err_init(&other);
	}
	return err->set ? -1 : 0;
}

/* The hooks that the front names, or those that there are. */
static int choose(struct caller *c, int memfd, struct err *err)
{
	struct stat st;
	char       *text, *at;

	if (memfd < 0)
		return hooks_list(c->root, c->options->fsfreeze_hook, refused, c, &c->arena,
				  &c->hooks, err);
	if (fstat(memfd, &st) < 0)
		return err_os(err, errno, "cannot read which hooks to call");
	text = arena_alloc(&c->arena, (size_t)st.st_size + 1);
	c->hooks.paths = arena_array(&c->arena, HOOKS_MAX, sizeof(*c->hooks.paths));
	if (!text || !c->hooks.paths || pread(memfd, text, (size_t)st.st_size, 0) != st.st_size)
		return err_set(err, "cannot read which hooks to call");
	for (at = text; at < text + st.st_size && c->hooks.n < HOOKS_MAX; at += strlen(at) + 1)
		if (*at == 'h')
			c->hooks.paths[c->hooks.n++] = at + 1;
	return 0;
}

/* Whether somebody else will call again those that were called, or will see to it. */
static bool is_relieved(struct caller *c)
{
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX];

	err_init(&err);
	while (ipc_recv(c->fd, &head, NULL, 0, fds, 0, &err) > 0)
		if (head.guard.what == GUARD_RELIEVED)
			return true;
	return false;
}

int guard_hooks_main(int fd, const struct options *options, const struct sys_root *root)
{
	static struct caller c;
	struct ipc_head      head;
	struct err           err;
	int                  fds[IPC_FDS_MAX];

	(void)prctl(PR_SET_NAME, "virtagent-hook");
	err_init(&err);
	c = (struct caller){.fd = fd, .options = options, .root = root};
	arena_init(&c.arena, HOOKS_ARENA_MAX);
	if (ipc_recv(fd, &head, NULL, 0, fds, 0, &err) <= 0)
		return 1;
	if (choose(&c, fds[0], &err) == 0)
		(void)(head.guard.reason ? call_after(&c, &err) : call_before(&c, &err));
	(void)say(&c, GUARD_HOOKS_DONE, err.set ? err.text : "");
	if (c.n_called && !is_relieved(&c))
		guard_thaw_hooks(c.root, c.hooks.paths, c.n_called);
	arena_fini(&c.arena);
	return 0;
}
