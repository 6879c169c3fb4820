/* SPDX-License-Identifier: MIT */
#include "sys/space.h"

#include <errno.h>
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

static int ask_all(const struct sys_root *root, const struct mount_table *t, struct arena *a,
		   struct space *ret, struct err *err)
{
	size_t       n = t->n_filesystems, i;
	uint64_t    *keys = arena_array(a, n, sizeof(*keys));
	const char **points = arena_array(a, n, sizeof(*points));
	bool        *answered = arena_array(a, n, sizeof(*answered));

	if (!keys || !points || !answered)
		return err_os(err, ENOMEM, "cannot ask %zu filesystems", n);
	for (i = 0; i < n; i++) {
		const struct filesystem *fs = &t->filesystems[i];

		keys[i] = PROBE_KEY(PROBE_STATVFS, fs->major, fs->minor);
		points[i] = fs->first->point;
	}
	return probe_run(root->probes,
			 &(struct probe_batch){.call = ask,
					       .n = n,
					       .keys = keys,
					       .subjects = points,
					       .answer_size = sizeof(*ret),
					       .answers = ret,
					       .answered = answered},
			 err);
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

int space_read(const struct sys_root *root, const struct mount_table *table, struct arena *a,
	       struct space *ret, struct err *err)
{
	size_t i;

	for (i = 0; i < table->n_filesystems; i++)
		ret[i] = answer_wanted(root) ? captured(root, table->filesystems[i].first->point)
					     : (struct space){.known = false};
	return answer_wanted(root) ? 0 : ask_all(root, table, a, ret, err);
}
