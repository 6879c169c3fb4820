/* SPDX-License-Identifier: MIT */
/*
 * Four system calls of capabilities(7). libcap-ng would do the same; it reads /proc three times and
 * costs a seventh of the time to the first reply.
 */
#include "front/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int set_none(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct   none[_LINUX_CAPABILITY_U32S_3] = {0};

	return (int)syscall(SYS_capset, &head, none);
}

int privileges_drop(struct err *err)
{
	unsigned long cap;

	/* EINVAL ends the list; EPERM: not started as root, and then there is nothing in the set to
	 * be gained */
	for (cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		continue;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
		    0); /* capset below clears it too */
	if (set_none() < 0)
		return err_os(err, errno, "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_os(err, errno, "cannot give up gaining privileges");
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0,
		    0); /* memory holds what clients send: passwords among it */
	return 0;
}
