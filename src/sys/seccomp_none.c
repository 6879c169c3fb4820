/* SPDX-License-Identifier: MIT */
/* Processors whose calls nobody has gone through. */
#include "sys/seccomp.h"

#include <errno.h>

bool seccomp_is_built(void)
{
	return false;
}

int seccomp_install(enum seccomp_profile profile, const struct seccomp_options *options)
{
	(void)profile;
	(void)options;
	return ENOSYS;
}
