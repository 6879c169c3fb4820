/* SPDX-License-Identifier: MIT */
/* By the kernel's calls, with its numbers: the headers of a build need not know them. */
#include "sys/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attr.h"

#define NR_CREATE_RULESET 444
#define NR_ADD_RULE 445
#define NR_RESTRICT_SELF 446

#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

enum access {
	ACCESS_EXECUTE = 1u << 0,
	ACCESS_WRITE_FILE = 1u << 1,
	ACCESS_READ_FILE = 1u << 2,
	ACCESS_READ_DIR = 1u << 3,
	ACCESS_REMOVE_AND_MAKE = 0x1FF0, /* nine kinds */
	ACCESS_REFER = 1u << 13,
	ACCESS_TRUNCATE = 1u << 14,
	ACCESS_IOCTL_DEV = 1u << 15,
};

#define NET_ALL 3u   /* bind, connect */
#define SCOPE_ALL 3u /* abstract sockets, signals */

struct ruleset {
	uint64_t files;
	uint64_t net;
	uint64_t scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t  parent;
} __attribute__((packed));

/* The kernel refuses members and bits that it does not know, unless the members are 0. */
static struct ruleset choose(int version, bool reading)
{
	struct ruleset r = {.files = ACCESS_EXECUTE | ACCESS_WRITE_FILE | ACCESS_REMOVE_AND_MAKE};

	if (version >= 2)
		r.files |= ACCESS_REFER;
	if (version >= 3)
		r.files |= ACCESS_TRUNCATE;
	if (version >= 6)
		r.scoped = SCOPE_ALL;
	if (!reading)
		return r;
	r.files |= ACCESS_READ_FILE | ACCESS_READ_DIR;
	if (version >= 4)
		r.net = NET_ALL;
	if (version >= 5)
		r.files |= ACCESS_IOCTL_DEV;
	return r;
}

/* One that is not there needs no rule. */
static int allow_reading(int ruleset, const char *folder)
{
	auto_close int      fd = open(folder, O_PATH | O_CLOEXEC);
	struct path_beneath rule = {ACCESS_READ_FILE | ACCESS_READ_DIR, fd};

	if (fd < 0)
		return 0;
	return syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0 ? errno : 0;
}

static int restrict_self(int ruleset, const char *const *folders)
{
	int os = 0;

	for (; folders && *folders && !os; folders++)
		os = allow_reading(ruleset, *folders);
	if (!os && syscall(NR_RESTRICT_SELF, ruleset, 0) < 0)
		os = errno;
	return os;
}

int landlock_read_only(const char *const *folders, int *ret_os)
{
	int            version = (int)syscall(NR_CREATE_RULESET, NULL, (size_t)0, CREATE_VERSION);
	struct ruleset rules;
	auto_close int fd = -1;

	*ret_os = errno;
	if (version < 0)
		return -1;
	rules = choose(version, folders != NULL);
	fd = (int)syscall(NR_CREATE_RULESET, &rules, sizeof(rules), 0u);
	*ret_os = fd < 0 ? errno : restrict_self(fd, folders);
	return *ret_os ? -1 : version;
}
