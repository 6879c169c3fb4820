/* SPDX-License-Identifier: MIT */
/* Both forms of the mount table. What comes out must be consistent with itself, whatever goes in.
 */
#include <string.h>

#include "sys/mounts.h"
#include "target.h"

static int device(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	(void)ctx;
	if (strlen(path) % 3 == 0)
		return -1;
	if (strlen(path) % 3 == 1)
		return 0;
	*ret_major = 8;
	*ret_minor = (unsigned)strlen(path);
	return 1;
}

/* Every mount with a device hangs at exactly one filesystem, in order. */
static void check(const struct mount_table *t)
{
	size_t i, with_device = 0, grouped = 0;

	for (i = 0; i < t->n_mounts; i++) {
		const struct mount *m = &t->mounts[i];

		with_device += m->major != 0;
		MUST(m->point && *m->type);
		MUST(strlen(m->root) + strlen(m->source) + strlen(m->point) < (size_t)1 << 30);
	}
	for (i = 0; i < t->n_filesystems; i++) {
		const struct mount *m, *before = NULL;

		MUST(i == 0 || t->filesystems[i - 1].first < t->filesystems[i].first);
		for (m = t->filesystems[i].first; m; before = m, m = m->next, grouped++) {
			MUST(m > before);
			MUST(m->major == t->filesystems[i].major &&
			     m->minor == t->filesystems[i].minor);
		}
	}
	MUST(grouped == with_device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mount_table table;
	struct arena       arena;
	struct err         err;
	char              *text = malloc(size + 1); /* exact, so that a read behind it shows */
	size_t             n = size ? size - 1 : 0;
	int                rc;

	if (n)
		memcpy(text, data + 1, n);
	arena_init(&arena, size && (data[0] & 2) ? 700 : (size_t)16 << 20);
	err_init(&err);
	if (size && (data[0] & 1))
		rc = mounts_parse_short(text, n, device, device, NULL, &arena, &table, &err);
	else
		rc = mounts_parse(text, n, device, NULL, &arena, &table, &err);
	MUST((rc < 0) == err.set);
	if (rc == 0)
		check(&table);
	arena_fini(&arena);
	free(text);
	return 0;
}
