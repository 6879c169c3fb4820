/* SPDX-License-Identifier: MIT */
#include "sys/cpu.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "sys/numbered.h"

#define CPUS "/sys/devices/system/cpu"

/* Bytes of the list of those online; the kernel prints no more than a page. */
#define MASK_MAX 4096

/* Of "cpu" and any number, and "/online". */
#define NAME_MAX_BYTES 48

static int no_directory(int64_t id, int os, struct err *err)
{
	return err_os(err, os, "open(\"" CPUS "/cpu%" PRId64 "/\")", id);
}

static int no_state(int64_t id, enum attr_step step, bool writing, int os, struct err *err)
{
	if (step == ATTR_OPEN)
		return err_os(err, os, "open(\"" CPUS "/cpu%" PRId64 "//online\")", id);
	if (step == ATTR_EMPTY)
		return err_set(err, "pread(\"" CPUS "/cpu%" PRId64 "//online\"): unexpected EOF",
			       id);
	return err_os(err, os, "%s(\"" CPUS "/cpu%" PRId64 "//online\")",
		      writing ? "pwrite" : "pread", id);
}

/* Whether the directory of a processor itself can be opened: 0, errno. Asked only when something in
 * it could not be, which is rare. */
static int directory_error(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

static const char *digits_end(const char *text)
{
	while (*text >= '0' && *text <= '9')
		text++;
	return text;
}

bool cpu_next_range(const char **at, uint64_t *ret_first, uint64_t *ret_last)
{
	const char *text = *at + (**at == ','), *end = digits_end(text);

	if (!num_u64(text, (size_t)(end - text), ret_first))
		return false;
	*ret_last = *ret_first;
	if (*end == '-') {
		text = end + 1;
		end = digits_end(text);
		if (!num_u64(text, (size_t)(end - text), ret_last) || *ret_last < *ret_first)
			return false;
	}
	*at = end;
	return true;
}

/* Which ones are online, all at once. Each has a file of its own that says the same; but reading
 * that waits while the processor is being brought online or taken offline. */
struct mask {
	char        text[MASK_MAX];
	const char *at; /* NULL: it cannot be read, or is too long for the kernel to print */
	uint64_t    first, last;
};

static void read_mask(int dir, struct mask *m)
{
	auto_close int fd = openat(dir, "online", O_RDONLY | O_CLOEXEC);
	ssize_t        n = fd < 0 ? -1 : read(fd, m->text, sizeof(m->text) - 1);

	m->text[n > 0 ? n : 0] = '\0';
	m->at = n > 0 && n < (ssize_t)sizeof(m->text) - 1 ? m->text : NULL;
	if (m->at && !cpu_next_range(&m->at, &m->first, &m->last))
		m->at = NULL;
}

/* Ids are asked about in ascending order. */
static bool mask_has(struct mask *m, uint64_t id)
{
	while (m->last < id && cpu_next_range(&m->at, &m->first, &m->last))
		continue;
	return id >= m->first && id <= m->last;
}

/* 1 with *ret filled, 0: there is no such processor, -1. */
static int look_at_cpu(int dir, struct mask *mask, int64_t id, struct cpu *ret, struct err *err)
{
	char        path[NAME_MAX_BYTES];
	struct stat st;

	(void)snprintf(path, sizeof(path), "cpu%" PRId64 "/online", id);
	*ret = (struct cpu){.id = (uint64_t)id, .online = true};
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		ret->can_offline = true;
		ret->online = mask_has(mask, (uint64_t)id);
		return 1;
	}
	*strchr(path, '/') = '\0';
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : no_directory(id, errno, err);
}

/* 1 with *ret filled, 0: there is no such processor, -1. */
static int read_cpu(int dir, int64_t id, struct cpu *ret, struct err *err)
{
	char           name[NAME_MAX_BYTES], path[NAME_MAX_BYTES + 8], text[ATTR_BYTES];
	enum attr_step step;
	int            os, dir_os;

	(void)snprintf(name, sizeof(name), "cpu%" PRId64, id);
	(void)snprintf(path, sizeof(path), "%s/online", name);
	*ret = (struct cpu){.id = (uint64_t)id, .online = true};
	if (attr_read_at(dir, path, text, &step, &os) > 0) {
		ret->online = text[0] != '0';
		ret->can_offline = true;
		return 1;
	}
	if (step != ATTR_OPEN)
		return no_state(id, step, false, os, err);
	dir_os = directory_error(dir, name);
	if (dir_os == ENOENT)
		return 0;
	if (dir_os)
		return no_directory(id, dir_os, err);
	return os == ENOENT ? 1 : no_state(id, step, false, os, err);
}

int cpu_list(const struct sys_root *root, struct arena *a, struct cpu **ret, size_t *ret_n,
	     struct err *err)
{
	int           os;
	auto_dir DIR *dir = root_opendir(root, CPUS, &os);
	uint64_t     *ids;
	struct cpu   *cpus;
	struct mask   mask;
	size_t        i, n, found = 0;

	if (!dir || numbered_list(dir, "cpu", a, &ids, &n, &os) < 0)
		return err_os(err, os, "failed to list entries: " CPUS);
	cpus = arena_array(a, n, sizeof(*cpus));
	if (!cpus)
		return err_os(err, ENOMEM, "cannot list the processors");
	read_mask(dirfd(dir), &mask);
	for (i = 0; i < n; i++) {
		/* one that was unplugged since the directory was read is no error */
		int there =
			mask.at ? look_at_cpu(dirfd(dir), &mask, (int64_t)ids[i], &cpus[found], err)
				: read_cpu(dirfd(dir), (int64_t)ids[i], &cpus[found], err);

		if (there < 0)
			return -1;
		found += (size_t)there;
	}
	*ret = cpus;
	*ret_n = found;
	return 0;
}

static int write_state(int dir, int64_t id, bool online, struct err *err)
{
	char           path[NAME_MAX_BYTES];
	enum attr_step step;
	int            os;

	(void)snprintf(path, sizeof(path), "cpu%" PRId64 "/online", id);
	if (attr_write_at(dir, path, online ? "1" : "0", &step, &os) < 0)
		return no_state(id, step, true, os, err);
	return 0;
}

int cpu_set_online(const struct sys_root *root, int64_t id, bool online, struct err *err)
{
	int            os, there;
	auto_close int dir = root_open(root, CPUS, O_RDONLY | O_DIRECTORY, &os);
	struct cpu     now;

	if (dir < 0)
		return no_directory(id, os, err);
	there = read_cpu(dir, id, &now, err);
	if (there < 0)
		return -1;
	if (!there)
		return no_directory(id, ENOENT, err);
	if (now.online == online)
		return 0;
	if (!now.can_offline)
		return err_set(err, "logical processor #%" PRId64 " can't be offlined", id);
	if (root_note(root, "%s cpu%" PRId64, online ? "online" : "offline", id))
		return 0;
	return write_state(dir, id, online, err);
}
