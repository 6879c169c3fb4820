/* SPDX-License-Identifier: MIT */
#include "sys/block_path.h"

#include <string.h>

#include "base/num.h"

/* Numbers of one component, each ended by a given character. */
struct numbers {
	const char *p;
	bool        failed;
};

/* Digits up to the character `end`; '/' stands for the end of the component too. */
static int64_t take(struct numbers *n, const char *end, bool hex)
{
	size_t   len = strcspn(n->p, "/.:");
	uint64_t value = 0;
	bool     ends = n->p[len] == *end || (*end == '/' && n->p[len] == '\0');

	if (!ends || !(hex ? num_hex(n->p, len, &value) : num_u64(n->p, len, &value)) ||
	    value > INT64_MAX) {
		n->failed = true;
		return 0;
	}
	n->p += len + (*end != '/');
	return (int64_t)value;
}

static const char *next_component(const char *p)
{
	p = strchr(p, '/');
	return p ? p + 1 : NULL;
}

/* The first component of an absolute or relative path. */
static const char *first_component(const char *path)
{
	return *path == '/' ? path + 1 : path;
}

const char *block_path_function(const char *p, struct block_pci *ret)
{
	struct numbers n = {.p = p};

	ret->domain = take(&n, ":", true);
	ret->bus = n.failed ? 0 : take(&n, ":", true);
	ret->slot = n.failed ? 0 : take(&n, ".", true);
	ret->function = n.failed ? 0 : take(&n, "/", true);
	return n.failed ? NULL : n.p;
}

const char *block_path_pci_root(const char *p)
{
	struct numbers n = {.p = p + 3};

	if (strncmp(p, "pci", 3) != 0)
		return NULL;
	(void)take(&n, ":", true);
	if (!n.failed)
		(void)take(&n, "/", true);
	return n.failed ? NULL : n.p;
}

const char *block_path_first_function(const char *path)
{
	const char *p;

	for (p = first_component(path); p; p = next_component(p)) {
		const char *end = block_path_pci_root(p);

		if (end && *end == '/')
			return end + 1;
	}
	return NULL;
}

const char *block_path_numbered(const char *path, const char *prefix, int64_t *ret)
{
	size_t      len = strlen(prefix);
	const char *p;

	for (p = first_component(path); p; p = next_component(p)) {
		uint64_t value;

		if (!strncmp(p, prefix, len) && num_u64(p + len, strcspn(p, "/") - len, &value) &&
		    value <= INT64_MAX) {
			*ret = (int64_t)value;
			return p;
		}
	}
	return NULL;
}

/* The two components name the same target twice. */
static bool scsi_at(const char *p, struct block_scsi *ret)
{
	struct numbers n = {.p = p};
	int64_t        host, again[3];

	host = take(&n, ":", false);
	ret->channel = n.failed ? 0 : take(&n, ":", false);
	ret->target = n.failed ? 0 : take(&n, "/", false);
	if (n.failed || *n.p != '/')
		return false;
	n.p++;
	again[0] = take(&n, ":", false);
	again[1] = n.failed ? 0 : take(&n, ":", false);
	again[2] = n.failed ? 0 : take(&n, ":", false);
	ret->lun = n.failed ? 0 : take(&n, "/", false);
	return !n.failed && again[0] == host && again[1] == ret->channel && again[2] == ret->target;
}

bool block_path_scsi(const char *path, struct block_scsi *ret)
{
	const char *p;

	for (p = first_component(path); p; p = next_component(p))
		if (!strncmp(p, "target", 6) && scsi_at(p + 6, ret))
			return true;
	return false;
}

static bool ccw_at(const char *p, struct block_ccw *ret)
{
	struct numbers n = {.p = p};

	ret->cssid = take(&n, ".", true);
	ret->ssid = n.failed ? 0 : take(&n, ".", true);
	ret->subchno = n.failed ? 0 : take(&n, "/", true);
	if (n.failed || *n.p != '/')
		return false;
	n.p++;
	(void)take(&n, ".", true);
	if (!n.failed)
		(void)take(&n, ".", true);
	ret->devno = n.failed ? 0 : take(&n, "/", true);
	return !n.failed;
}

bool block_path_ccw(const char *path, struct block_ccw *ret)
{
	const char *p;

	for (p = first_component(path); p; p = next_component(p)) {
		const char *behind = next_component(p);
		uint64_t    number;

		if (behind && !strncmp(p, "css", 3) && num_hex(p + 3, strcspn(p, "/") - 3, &number))
			return ccw_at(behind, ret);
	}
	return false;
}

bool block_path_has(const char *path, const char *component)
{
	size_t      len = strlen(component);
	const char *p;

	for (p = first_component(path); p; p = next_component(p))
		if (!strncmp(p, component, len) && (p[len] == '/' || p[len] == '\0'))
			return true;
	return false;
}
