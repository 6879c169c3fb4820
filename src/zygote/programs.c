/* SPDX-License-Identifier: MIT */
#include "zygote/programs.h"

#include <errno.h>
#include <stdlib.h>
#include <stdnoreturn.h>

#include "base/attr.h"
#include "policy/store.h"
#include "zygote/child.h"

static void close_one(struct program_entry *e, enum ipc_child_fd which)
{
	if (e->kept[which] >= 0)
		(void)close(take_fd(&e->kept[which])); /* the front has its own */
}

static void close_kept(struct program_entry *e)
{
	enum ipc_child_fd i;

	for (i = KEPT_INPUT; i < CHILD_FDS; i++)
		close_one(e, i);
}

static void entry_free(struct programs *p, struct program_entry *e)
{
	struct program_entry **at = &p->entries;

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	close_kept(e);
	free(e);
}

/* Sorts what came by its meaning: false when something is missing (no room for descriptors). */
static bool sort_fds(const struct ipc_exec *ask, int *fds, int *ret)
{
	size_t next = 0;
	int    i;

	for (i = 0; i < CHILD_FDS; i++)
		ret[i] = -1;
	for (i = 0; i < CHILD_FDS; i++) {
		if (!(ask->fds & 1u << i))
			continue;
		if (next >= IPC_FDS_MAX || fds[next] < 0)
			return false;
		ret[i] = take_fd(&fds[next++]);
	}
	return true;
}

/* In the new process. */
static noreturn void run(struct programs *p, const struct ipc_exec *ask, struct child *child)
{
	static struct policy policy;

	(void)setrlimit(RLIMIT_NOFILE, &p->nofile);
	policy_store_copy(p->policy, ask->channel, &policy);
	policy_store_lock(p->policy);
	child->policy = &policy;
	child_become(child);
}

static pid_t fork_program(struct programs *p, const struct ipc_exec *ask, const int *fds)
{
	struct child child = {
		.status = fds[CHILD_STATUS],
		.args = fds[CHILD_ARGS],
		.in = fds[CHILD_STDIN],
		.out = fds[CHILD_STDOUT],
		.err = fds[CHILD_STDERR],
		.merged = ask->merged,
		.root = p->root,
	};
	pid_t pid = fork();

	if (pid == 0)
		run(p, ask, &child);
	return pid < 0 ? -errno : pid;
}

static struct program_entry *entry_new(struct programs *p, const struct ipc_exec *ask, int *fds)
{
	struct program_entry *e = calloc(1, sizeof(*e));
	int                   i;

	if (!e)
		return NULL;
	e->tag = ask->tag;
	for (i = 0; i < CHILD_FDS; i++)
		e->kept[i] = i >= KEPT_INPUT ? take_fd(&fds[i]) : -1;
	e->next = p->entries;
	p->entries = e;
	return e;
}

int programs_exec(struct programs *p, const struct ipc_exec *ask, int *fds)
{
	struct ipc_head head = {.type = IPC_CHILD_STARTED, .child_started = {.tag = ask->tag}};
	int             sorted[CHILD_FDS], pid, i;
	struct program_entry *e = NULL;
	struct err            err;

	pid = sort_fds(ask, fds, sorted) ? 0 : -EMFILE;
	if (!p->allowed)
		pid = -EPERM;
	if (pid == 0 && !(e = entry_new(p, ask, sorted)))
		pid = -ENOMEM;
	if (pid == 0)
		pid = fork_program(p, ask, sorted);
	for (i = 0; i < CHILD_FDS; i++)
		if (sorted[i] >= 0)
			(void)close(sorted[i]); /* the child has its own */
	if (e && pid < 0)
		entry_free(p, e);
	else if (e)
		e->pid = pid;
	head.child_started.pid = pid;
	err_init(&err);
	return ipc_send(p->front, &head, NULL, 0, NULL, 0, 0, &err);
}

int programs_ended(struct programs *p, pid_t pid, int status)
{
	struct ipc_head       head = {.type = IPC_CHILD_EXITED};
	struct program_entry *e = p->entries;
	struct err            err;

	while (e && (e->pid != pid || e->ended))
		e = e->next;
	if (!e)
		return 0;
	e->ended = true;
	e->status = status;
	head.child_exited = (struct ipc_child_exited){.tag = e->tag, .status = status};
	err_init(&err);
	return ipc_send(p->front, &head, NULL, 0, NULL, 0, 0, &err) < 0 ? -1 : 1;
}

void programs_release(struct programs *p, const struct ipc_release *ask)
{
	struct program_entry *e = p->entries;

	while (e && e->tag != ask->tag)
		e = e->next;
	if (!e)
		return;
	switch (ask->what) {
	case RELEASE_INPUT:
		close_one(e, KEPT_INPUT);
		close_one(e, KEPT_INPUT_DATA);
		break;
	case RELEASE_OUTPUT:
		e->told = true;
		close_one(e, KEPT_OUT_DATA);
		close_one(e, KEPT_ERR_DATA);
		break;
	default:
		entry_free(p, e);
	}
}

void programs_leave(struct programs *p)
{
	struct program_entry *e;

	for (e = p->entries; e; e = e->next)
		close_kept(e);
}
