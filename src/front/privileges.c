/* SPDX-License-Identifier: MIT */
#include "front/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

int privileges_drop(struct err *err)
{
	capng_clear(CAPNG_SELECT_ALL);
	/* without CAP_SETPCAP (not started as root) the bounding set stays: there is nothing in it to be gained then */
	if (capng_apply(CAPNG_SELECT_ALL) < 0 && capng_apply(CAPNG_SELECT_CAPS) < 0)
		return err_os(err, errno, "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_os(err, errno, "cannot give up gaining privileges");
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* memory holds what clients send: passwords among it */
	return 0;
}
