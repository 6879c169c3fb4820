/* SPDX-License-Identifier: MIT */
/*
 * A large guest has 32768 blocks of two files each. They are opened below one directory, without a
 * step for the directory of each block, and that is asked only when something is missing.
 */
#include "sys/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "sys/numbered.h"

#define BLOCKS "/sys/devices/system/memory/"

/* Of "memory" and any number, and "/removable". */
#define NAME_MAX_BYTES 48

static int open_block(int dir, uint64_t index, int *ret_os)
{
	char name[NAME_MAX_BYTES];
	int  fd;

	(void)snprintf(name, sizeof(name), "memory%" PRIu64, index);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret_os = fd < 0 ? errno : 0;
	return fd;
}

static ssize_t read_block_attr(int dir, uint64_t index, const char *attr,
			       char to[static ATTR_BYTES], enum attr_step *ret_step, int *ret_os)
{
	char path[NAME_MAX_BYTES];

	(void)snprintf(path, sizeof(path), "memory%" PRIu64 "/%s", index, attr);
	return attr_read_at(dir, path, to, ret_step, ret_os);
}

static int attr_error(const char *attr, enum attr_step step, int os, struct err *err)
{
	if (step == ATTR_OPEN)
		return err_os(err, os, "open sysfs file \"%s\"", attr);
	if (step == ATTR_EMPTY)
		return err_set(err, "pread sysfs file \"%s\": unexpected EOF", attr);
	return err_os(err, os, "pread sysfs file \"%s\"", attr);
}

/* An attribute is not there, or is unreadable. 1: it is not, and that is all; 0: the whole block is
 * not there, or is no directory; -1. */
static int why_missing(int dir, uint64_t index, const char *attr, enum attr_step step, int os,
		       struct err *err)
{
	int            dir_os;
	auto_close int fd = open_block(dir, index, &dir_os);

	if (fd < 0)
		return dir_os == ENOENT || dir_os == ENOTDIR
			       ? 0
			       : err_os(err, dir_os, "open(\"" BLOCKS "memory%" PRIu64 "/\")",
					index);
	return step == ATTR_OPEN && os == ENOENT ? 1 : attr_error(attr, step, os, err);
}

/* 1 with *ret filled, 0: there is no such block, -1. */
static int read_block(int dir, uint64_t index, struct memory_block *ret, struct err *err)
{
	char           text[ATTR_BYTES];
	enum attr_step step;
	int            os;

	*ret = (struct memory_block){.index = index, .online = true};
	if (read_block_attr(dir, index, "state", text, &step, &os) < 0)
		return why_missing(dir, index, "state", step, os, err);
	ret->online = !strncmp(text, "online", strlen("online"));
	if (read_block_attr(dir, index, "removable", text, &step, &os) < 0)
		return why_missing(dir, index, "removable", step, os, err);
	ret->can_offline = text[0] != '0';
	return 1;
}

static int read_blocks(int dir, const uint64_t *indexes, size_t n, struct memory_block *blocks,
		       size_t *ret_n, struct err *err)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		int there = read_block(dir, indexes[i], &blocks[found], err);

		if (there < 0)
			return -1;
		found += (size_t)there;
	}
	if (!found)
		return err_set(err, "guest reported zero memory blocks!");
	*ret_n = found;
	return 0;
}

int memory_list(const struct sys_root *root, struct arena *a, struct memory_block **ret,
		size_t *ret_n, struct err *err)
{
	int           os;
	auto_dir DIR *dir = root_opendir(root, BLOCKS, &os);
	uint64_t     *indexes;
	size_t        n;

	*ret_n = 0;
	if (!dir && os == ENOENT)
		return 0;
	if (!dir || numbered_list(dir, "memory", a, &indexes, &n, &os) < 0)
		return err_os(err, os, "Can't open directory\"" BLOCKS "\"");
	*ret = arena_array(a, n, sizeof(**ret));
	if (!*ret)
		return err_os(err, ENOMEM, "cannot list the memory blocks");
	return read_blocks(dirfd(dir), indexes, n, *ret, ret_n, err);
}

static enum memory_outcome set_state(const struct sys_root *root, int block, uint64_t index,
				     bool online, int *ret_os)
{
	const char    *word = online ? "online" : "offline";
	char           text[ATTR_BYTES];
	enum attr_step step;

	if (attr_read_at(block, "state", text, &step, ret_os) < 0) {
		if (step != ATTR_OPEN || *ret_os != ENOENT)
			return MEMORY_FAILED;
		return online ? MEMORY_SUCCESS : MEMORY_NOT_SUPPORTED;
	}
	*ret_os = 0;
	if (online == !strncmp(text, "online", strlen("online")) ||
	    root_note(root, "%s memory%" PRIu64, word, index) ||
	    attr_write_at(block, "state", word, &step, ret_os) == 0)
		return MEMORY_SUCCESS;
	return MEMORY_FAILED;
}

enum memory_outcome memory_set_online(const struct sys_root *root, uint64_t index, bool online,
				      int *ret_os)
{
	auto_close int dir = root_open(root, BLOCKS, O_RDONLY | O_DIRECTORY, ret_os);
	auto_close int block = -1;

	if (dir < 0)
		return *ret_os == ENOENT ? MEMORY_NOT_SUPPORTED : MEMORY_SUCCESS;
	block = open_block(dir, index, ret_os);
	if (block < 0)
		return *ret_os == ENOENT ? MEMORY_NOT_FOUND : MEMORY_FAILED;
	return set_state(root, block, index, online, ret_os);
}

/* Hexadecimal digits without a prefix. */
static bool parse_hex(const char *text, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char       *at;

	*ret = 0;
	for (; *text && *text != '\n'; text++) {
		at = strchr(digits, *text | 0x20);
		if (!at || *ret >> 60)
			return false;
		*ret = *ret << 4 | (uint64_t)(at - digits);
	}
	return true;
}

int memory_block_bytes(const struct sys_root *root, uint64_t *ret, struct err *err)
{
	static const char attr[] = "block_size_bytes";
	int               os;
	auto_close int    dir = root_open(root, BLOCKS, O_RDONLY | O_DIRECTORY, &os);
	char              text[ATTR_BYTES];
	enum attr_step    step;

	if (dir < 0)
		return err_os(err, os, "open(\"" BLOCKS "\")");
	if (attr_read_at(dir, attr, text, &step, &os) < 0)
		return attr_error(attr, step, os, err);
	if (!parse_hex(text, ret))
		return err_set(err, "sysfs file \"%s\" holds no number", attr);
	return 0;
}
