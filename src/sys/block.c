/* SPDX-License-Identifier: MIT */
#include "sys/block.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sys/block_hardware.h"
#include "sys/block_node.h"
#include "sys/block_serial.h"
#include "sys/probe.h"
#include "sys/sysdir.h"

#define VIRTUAL "/devices/virtual/block/"
#define NVME_SUBSYSTEM "/devices/virtual/nvme-subsystem/"

/* One look for the hardware behind a device. */
struct search {
	const struct sys_root *root;
	struct arena          *a;
	struct block_list     *list;
	/* what the device at which it begins says of itself, or NULL */
	const char              *path;
	const struct block_node *node;
};

static int look_at(struct search *s, const char *path, unsigned depth);

/* What a link of sysfs says behind "../../", if these lead up to /sys: there are no links on the
 * way from there. NULL: they lead elsewhere. */
static const char *below_sys(const char *link, const char *text)
{
	const char *at = link + strlen("/sys/");

	if (strncmp(link, "/sys/", strlen("/sys/")) != 0)
		return NULL;
	while ((at = strchr(at, '/')) && !strncmp(text, "../", 3)) {
		at++;
		text += 3;
	}
	return at || strncmp(text, "devices/", 8) != 0 ? NULL : text;
}

int block_follow(const struct sys_root *root, const char *link, char to[ROOT_PATH_MAX], int *ret_os)
{
	char        text[ROOT_PATH_MAX - sizeof("/sys/")];
	const char *target;

	/* a captured tree may have other links, and such as lead nowhere */
	if (!root_is_captured(root) && root_readlink(root, link, text, sizeof(text), ret_os) >= 0 &&
	    (target = below_sys(link, text))) {
		(void)snprintf(to, ROOT_PATH_MAX, "/sys/%s", target);
		return 0;
	}
	return root_resolve(root, link, to, ROOT_PATH_MAX, ret_os) < 0 ? -1 : 0;
}

int block_find(const struct sys_root *root, unsigned major, unsigned minor, char to[ROOT_PATH_MAX])
{
	char name[64];
	int  os;

	(void)snprintf(name, sizeof(name), "/sys/dev/block/%u:%u", major, minor);
	if (block_follow(root, name, to, &os) >= 0)
		return 1;
	return os == ENOENT ? 0 : -1;
}

const char *block_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int add(struct search *s, const struct block_address *address)
{
	struct block_list *l = s->list;

	if (l->n >= BLOCK_DISKS_MAX)
		return 0;
	if (l->n == l->cap) {
		size_t                more = l->cap ? 4 * l->cap : 4;
		struct block_address *items = arena_array(s->a, more, sizeof(*items));

		if (!items)
			return -1;
		if (l->n > 0)
			memcpy(items, l->items, l->n * sizeof(*items));
		l->items = items;
		l->cap = more;
	}
	l->items[l->n++] = *address;
	return 0;
}

/* The node and the serial number are those of the device, the rest is what its hardware says:
 * for NVMe with several controllers these are different paths. */
static int add_hardware(struct search *s, const char *path, const char *hardware)
{
	struct block_address address;
	struct block_node    node;
	bool                 known = block_hardware_read(s->root, hardware, &address);

	if (s->node && path == s->path)
		node = *s->node;
	else
		(void)block_node_read(s->root, path, &node);
	if (node.dev[0]) {
		address.dev = arena_strdup(s->a, node.dev);
		if (!address.dev)
			return -1;
	}
	address.serial = block_serial_read(s->root, path, &node, s->a, &address.question.from);
	address.question.major = node.major;
	address.question.minor = node.minor;
	return known || address.dev || address.serial ? add(s, &address) : 0;
}

/* Links to the devices below, or to the controllers of a subsystem. */
static int follow(struct search *s, const char *directory, const struct sysdir *links,
		  const char *head, unsigned depth)
{
	char   name[ROOT_PATH_MAX + 256], target[ROOT_PATH_MAX];
	size_t i;
	int    os, rc = 0;

	for (i = 0; i < links->n && rc == 0; i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", directory, links->names[i]);
		if (root_resolve(s->root, name, target, sizeof(target), &os) < 0)
			continue; /* gone meanwhile */
		rc = head ? add_hardware(s, head, target) : look_at(s, target, depth + 1);
	}
	return rc;
}

/* In the directory of a disk, or of the disk that a partition is on. */
static int look_below(struct search *s, const char *path, unsigned depth)
{
	char          directory[ROOT_PATH_MAX + 16];
	struct sysdir slaves;
	const char   *name = block_name(path);
	int           os;

	(void)snprintf(directory, sizeof(directory), "%s/slaves", path);
	if (sysdir_read(s->root, directory, sysdir_is_link, NULL, s->a, &slaves, &os) < 0 &&
	    os == ENOENT) {
		(void)snprintf(directory, sizeof(directory), "%.*s/slaves", (int)(name - path - 1),
			       path);
		if (sysdir_read(s->root, directory, sysdir_is_link, NULL, s->a, &slaves, &os) < 0)
			return os == ENOMEM ? -1 : 0;
	}
	return follow(s, directory, &slaves, NULL, depth);
}

/* "nvme0" is a controller, "nvme0n1" a namespace. */
static bool is_nvme_controller(const void *ctx, const struct dirent *entry)
{
	const char *name = entry->d_name;

	return sysdir_is_link(ctx, entry) && !strncmp(name, "nvme", 4) && name[4] &&
	       name[4 + strspn(name + 4, "0123456789")] == '\0';
}

/* A disk of several controllers belongs to none of them but to their subsystem. */
static int look_at_subsystem(struct search *s, const char *path)
{
	const char   *name = strstr(path, NVME_SUBSYSTEM) + strlen(NVME_SUBSYSTEM);
	char          directory[ROOT_PATH_MAX];
	struct sysdir links;
	int           os;

	(void)snprintf(directory, sizeof(directory), "%.*s",
		       (int)(name - path + (ptrdiff_t)strcspn(name, "/")), path);
	if (sysdir_read(s->root, directory, is_nvme_controller, NULL, s->a, &links, &os) < 0)
		return os == ENOMEM ? -1 : 0;
	if (links.n == 0)
		return add_hardware(s, path, path);
	return follow(s, directory, &links, path, 0);
}

static int look_at(struct search *s, const char *path, unsigned depth)
{
	if (depth > BLOCK_DEPTH_MAX || s->list->visits++ >= BLOCK_VISITS_MAX)
		return 0;
	if (strstr(path, VIRTUAL))
		return look_below(s, path, depth);
	if (strstr(path, NVME_SUBSYSTEM))
		return look_at_subsystem(s, path);
	return add_hardware(s, path, path);
}

int block_question(struct block_address *address, struct arena *a, struct probe *ret)
{
	struct block_question *q = &address->question;

	q->answer = arena_alloc(a, sizeof(*q->answer));
	if (!q->answer)
		return -1;
	*ret = (struct probe){
		.call = block_serial_ask,
		.key = PROBE_KEY(PROBE_SERIAL, q->major, q->minor),
		.subject = q->from.file,
		.answer = q->answer,
		.answer_size = sizeof(*q->answer),
	};
	return 0;
}

void block_take_answer(const struct sys_root *root, struct block_address *address)
{
	const struct block_question *q = &address->question;

	if (!q->answer || !q->answer->read)
		return;
	serials_keep(root->serials, q->from.diskseq, q->answer->text);
	if (q->answer->text[0])
		address->serial = q->answer->text;
}

int block_resolve(const struct sys_root *root, const char *path, const struct block_node *node,
		  struct arena *a, struct block_list *list)
{
	struct search s = {.root = root, .a = a, .list = list, .path = path, .node = node};

	return look_at(&s, path, 0);
}
