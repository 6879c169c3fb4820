/* SPDX-License-Identifier: MIT */
/* Built without libcap-ng: the capabilities stay, what prctl(2) alone can do is done. */
#include "front/privileges.h"

#include <errno.h>
#include <sys/prctl.h>

int privileges_drop(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_os(err, errno, "cannot give up gaining privileges");
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}
