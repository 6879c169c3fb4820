/* SPDX-License-Identifier: MIT */
#include "sys/block_node.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/slice.h"
#include "sys/root.h"

#define UEVENT_MAX 4096

static bool cut_key(struct slice line, const char *key, struct slice *ret)
{
	size_t len = strlen(key);

	if (line.n <= len || memcmp(line.p, key, len) != 0)
		return false;
	*ret = slice_of(line.p + len, line.n - len);
	return true;
}

static bool number_of(struct slice line, const char *key, unsigned *ret)
{
	struct slice value;
	uint64_t     number;

	if (!cut_key(line, key, &value) || !num_u64(value.p, value.n, &number) ||
	    number > UINT32_MAX)
		return false;
	*ret = (unsigned)number;
	return true;
}

void block_node_parse(const char *text, size_t n, struct block_node *ret)
{
	struct slice rest = slice_of(text, n), line, value;
	bool         major = false, minor = false;

	memset(ret, 0, sizeof(*ret));
	while (slice_line(&rest, &line)) {
		major |= number_of(line, "MAJOR=", &ret->major);
		minor |= number_of(line, "MINOR=", &ret->minor);
		if (cut_key(line, "DEVNAME=", &value) &&
		    value.n + sizeof("/dev/") <= sizeof(ret->dev))
			(void)snprintf(ret->dev, sizeof(ret->dev), "/dev/%.*s", (int)value.n,
				       value.p);
		if (cut_key(line, "DISKSEQ=", &value) && !num_u64(value.p, value.n, &ret->diskseq))
			ret->diskseq = 0;
		if (cut_key(line, "DEVTYPE=", &value))
			ret->partition = slice_is(value, "partition");
	}
	ret->has_numbers = major && minor;
}

int block_node_read(const struct sys_root *root, const char *path, struct block_node *ret)
{
	char    name[ROOT_PATH_MAX + 16], text[UEVENT_MAX];
	ssize_t n;
	int     os;

	(void)snprintf(name, sizeof(name), "%s/uevent", path);
	n = root_read_attr(root, name, text, sizeof(text), &os);
	block_node_parse(text, n > 0 ? (size_t)n : 0, ret);
	return n < 0 ? -1 : 0;
}
