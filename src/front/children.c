/* SPDX-License-Identifier: MIT */
#include "front/children.h"

#include <string.h>
#include <sys/socket.h>

#include "log/log.h"

void children_init(struct children *c, int zygote)
{
	*c = (struct children){.zygote = zygote, .next_tag = CHILD_TAG_FIRST};
}

int children_start(struct children *c, struct child *child, enum ipc_role role, int fd,
		   struct err *err)
{
	struct ipc_head head = {.type = IPC_START, .start = {.tag = c->next_tag, .role = role}};

	if (ipc_send(c->zygote, &head, NULL, 0, &fd, 1, MSG_DONTWAIT, err) < 0)
		return -1;
	child->tag = c->next_tag++;
	child->pid = 0;
	child->next = c->list;
	c->list = child;
	return 0;
}

void children_detach(struct children *c)
{
	struct ipc_head head = {.type = IPC_DETACH};
	struct err      err;

	err_init(&err);
	(void)ipc_send(c->zygote, &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &err);
}

static void ended(struct child **at)
{
	struct child *child = *at;

	*at = child->next;
	child->on_ended(child->ctx);
}

bool children_started(struct children *c, const struct ipc_started *told)
{
	struct child **at = &c->list;

	while (*at && (*at)->tag != told->tag)
		at = &(*at)->next;
	if (!*at)
		return false;
	(*at)->pid = told->pid;
	if (told->pid < 0) {
		log_error("a process could not be started: %s", strerror(-told->pid));
		ended(at);
	}
	return true;
}

bool children_exited(struct children *c, int pid)
{
	struct child **at = &c->list;

	while (*at && (*at)->pid != pid)
		at = &(*at)->next;
	if (!*at)
		return false;
	ended(at);
	return true;
}
