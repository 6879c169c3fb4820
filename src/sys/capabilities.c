/* SPDX-License-Identifier: MIT */
#include "sys/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sets {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct   data[_LINUX_CAPABILITY_U32S_3];
};

static int get(struct sets *s)
{
	*s = (struct sets){.head = {.version = _LINUX_CAPABILITY_VERSION_3}};
	return (int)syscall(SYS_capget, &s->head, s->data);
}

static uint64_t permitted(const struct sets *s)
{
	return s->data[0].permitted | (uint64_t)s->data[1].permitted << 32;
}

static int put(struct sets *s, uint64_t keep, uint64_t use)
{
	int i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		s->data[i] = (struct __user_cap_data_struct){
			.permitted = (uint32_t)(keep >> 32 * i),
			.effective = (uint32_t)(use >> 32 * i),
		};
	return (int)syscall(SYS_capset, &s->head, s->data);
}

/* EINVAL ends the list; EPERM: not started as root, and then there is nothing to be gained. */
static void bound(uint64_t set)
{
	unsigned long cap;

	for (cap = 0; cap < 64; cap++)
		if (!(set & CAPABILITY(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return;
}

int capabilities_keep(uint64_t set, bool programs)
{
	struct sets s;

	if (!programs)
		bound(set);
	/* capset() below clears them, too, where the kernel has them */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return get(&s) < 0 || put(&s, permitted(&s) & set, 0) < 0 ? errno : 0;
}

void capabilities_use(uint64_t set)
{
	struct sets s;

	if (get(&s) == 0)
		(void)put(&s, permitted(&s), permitted(&s) & set); /* a subset cannot fail */
}
