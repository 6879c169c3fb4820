/* SPDX-License-Identifier: MIT */
#include "sys/space.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/attr.h"
#include "sys/answer.h"
#include "sys/mounts.h"
#include "sys/probe.h"

static struct space space_of(uint64_t unit, uint64_t blocks, uint64_t unused, uint64_t available)
{
	uint64_t used = (blocks - unused) * unit;

	return (struct space){
		.known = true,
		.used = used,
		.total = used + available * unit,
		.privileged = blocks * unit,
	};
}

static void ask(const char *point, void *answer)
{
	struct space  *space = answer;
	struct statvfs s;

	if (statvfs(point, &s) == 0)
		*space = space_of(s.f_frsize, s.f_blocks, s.f_bfree, s.f_bavail);
}

static struct space captured(const struct sys_root *root, const char *point)
{
	char     text[ANSWER_TEXT_MAX];
	uint64_t unit, blocks, unused, available;
	int      os;

	if (answer_read_text(root, "statvfs", point, text, &os) < 0 ||
	    !answer_u64(text, "frsize", &unit) || !answer_u64(text, "blocks", &blocks) ||
	    !answer_u64(text, "bfree", &unused) || !answer_u64(text, "bavail", &available))
		return (struct space){.known = false};
	return space_of(unit, blocks, unused, available);
}

/* Their numbers are in the superblock in memory, and names of directories that hold mount points
 * are, too. Not here: xfs waits for inactivations (Linux 5.16 to 5.19 and what has that from
 * there), btrfs takes locks that commits hold, vfat reads its table, others ask servers. */
static bool is_calm(const char *type)
{
	static const char *const calm[] = {"ext2",   "ext3",     "ext4", "tmpfs",
					   "rootfs", "devtmpfs", "ramfs"};
	size_t                   i;

	for (i = 0; i < ARRAY_SIZE(calm); i++)
		if (!strcmp(type, calm[i]))
			return true;
	return false;
}

/* Whether the way to `point` leads through `above`, or ends there. */
static bool leads_through(const char *point, const char *above)
{
	size_t n = strlen(above);

	if (n > 0 && above[n - 1] == '/')
		n--;
	return !strncmp(point, above, n) && (point[n] == '/' || point[n] == '\0');
}

bool space_is_at_hand(const struct mount_table *table, const struct filesystem *fs)
{
	size_t i;

	for (i = 0; i < table->n_mounts; i++)
		if (!is_calm(table->mounts[i].type) &&
		    leads_through(fs->first->point, table->mounts[i].point))
			return false;
	return true;
}

bool space_read(const struct sys_root *root, const struct filesystem *fs, struct space *ret,
		struct probe *ret_probe)
{
	*ret = (struct space){.known = false};
	if (answer_wanted(root)) {
		*ret = captured(root, fs->first->point);
		return true;
	}
	*ret_probe = (struct probe){
		.call = ask,
		.key = PROBE_KEY(PROBE_STATVFS, fs->major, fs->minor),
		.subject = fs->first->point,
		.answer = ret,
		.answer_size = sizeof(*ret),
	};
	return false;
}
