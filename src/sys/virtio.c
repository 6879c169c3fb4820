/* SPDX-License-Identifier: MIT */
#include "sys/virtio.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define DEVICES "/sys/bus/pci/devices"

/* The ids of virtio 1.2, section 4.1.2: Red Hat's vendor id and this range. */
#define VENDOR 0x1AF4
#define DEVICE_FIRST 0x1000
#define DEVICE_LAST 0x107F

/* Names of PCI functions, modules and drivers are far shorter. */
#define NAME_MAX_BYTES 64

struct names {
	size_t n;
	char **items;
};

/* "0000:00:03.0", longer domains last. */
static int by_address(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t      nx = strlen(x), ny = strlen(y);

	return nx != ny ? (nx < ny ? -1 : 1) : strcmp(x, y);
}

/* The functions on all buses, sorted. 0 (also without PCI), -1. */
static int list_functions(const struct sys_root *r, struct arena *a, struct names *ret, int *ret_os)
{
	DIR           *dir = root_opendir(r, DEVICES, ret_os);
	struct dirent *e;

	*ret = (struct names){0};
	if (!dir)
		return *ret_os == ENOENT ? 0 : -1;
	while (ret->n < VIRTIO_PCI_MAX && (e = readdir(dir))) {
		char **item;

		if (e->d_name[0] == '.' || strlen(e->d_name) >= NAME_MAX_BYTES)
			continue;
		item = arena_push(a, &ret->items, &ret->n, sizeof(*item));
		*ret_os = item && (*item = arena_strdup(a, e->d_name)) ? 0 : ENOMEM;
		if (*ret_os)
			break;
	}
	(void)closedir(dir);
	if (ret->n && !*ret_os)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_address);
	return *ret_os ? -1 : 0;
}

/* An id as sysfs writes it, "0x1af4". */
static bool read_id(const struct sys_root *r, const char *function, const char *name, uint16_t *ret)
{
	char     path[256], text[16];
	uint64_t value;
	ssize_t  n;
	int      os;

	(void)snprintf(path, sizeof(path), DEVICES "/%s/%s", function, name);
	n = root_read_attr(r, path, text, sizeof(text), &os);
	if (n < 3 || memcmp(text, "0x", 2) != 0 || !num_hex(text + 2, (size_t)n - 2, &value) ||
	    value > UINT16_MAX)
		return false;
	*ret = (uint16_t)value;
	return true;
}

/* Below the PCI function stands the virtio device: "virtio0". */
static bool find_child(const struct sys_root *r, const char *function, char to[NAME_MAX_BYTES])
{
	char           path[256];
	struct dirent *e;
	DIR           *dir;
	int            os;

	(void)snprintf(path, sizeof(path), DEVICES "/%s", function);
	dir = root_opendir(r, path, &os);
	if (!dir)
		return false;
	to[0] = '\0';
	while (!to[0] && (e = readdir(dir)))
		if (!strncmp(e->d_name, "virtio", 6) && e->d_name[6] >= '0' &&
		    e->d_name[6] <= '9' && strlen(e->d_name) < NAME_MAX_BYTES)
			(void)snprintf(to, NAME_MAX_BYTES, "%s", e->d_name);
	(void)closedir(dir);
	return to[0] != '\0';
}

/* The last part of where a link below a virtio device leads: in the arena, or NULL. */
static char *link_name(const struct sys_root *r, struct arena *a, const char *function,
		       const char *child, const char *name)
{
	char  path[512], target[ROOT_PATH_MAX];
	char *slash;
	int   os;

	(void)snprintf(path, sizeof(path), DEVICES "/%s/%s/%s", function, child, name);
	if (root_readlink(r, path, target, sizeof(target), &os) < 0)
		return NULL;
	slash = strrchr(target, '/');
	return arena_strdup(a, slash ? slash + 1 : target);
}

static char *module_version(const struct sys_root *r, struct arena *a, const char *module)
{
	char path[512], text[128];
	int  os;

	if (!module || strlen(module) >= NAME_MAX_BYTES)
		return NULL;
	(void)snprintf(path, sizeof(path), "/sys/module/%s/version", module);
	return root_read_attr(r, path, text, sizeof(text), &os) > 0 ? arena_strdup(a, text) : NULL;
}

/* False when it is none, or has no driver. */
static bool read_function(const struct sys_root *r, struct arena *a, const char *function,
			  struct virtio_device *ret)
{
	char child[NAME_MAX_BYTES];

	if (!read_id(r, function, "vendor", &ret->vendor) || ret->vendor != VENDOR ||
	    !read_id(r, function, "device", &ret->device) || ret->device < DEVICE_FIRST ||
	    ret->device > DEVICE_LAST || !find_child(r, function, child))
		return false;
	ret->driver = link_name(r, a, function, child, "driver");
	if (!ret->driver)
		return false;
	ret->version = module_version(r, a, link_name(r, a, function, child, "driver/module"));
	return true;
}

int virtio_read(const struct sys_root *r, struct arena *a, struct virtio_list *ret, int *ret_os)
{
	struct names names;
	size_t       i;

	*ret = (struct virtio_list){0};
	if (list_functions(r, a, &names, ret_os) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		struct virtio_device device, *item;

		if (!read_function(r, a, names.items[i], &device))
			continue;
		item = arena_push(a, &ret->items, &ret->n, sizeof(*item));
		if (!item) {
			*ret_os = ENOMEM;
			return -1;
		}
		*item = device;
	}
	*ret_os = 0;
	return 0;
}
