/* SPDX-License-Identifier: MIT */
#include "sys/space.h"

#include <sys/statvfs.h>

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
