/* SPDX-License-Identifier: MIT */
/*
 * System calls that a process gives up for good, and its children with it. The filters are made
 * here, instruction by instruction: a table of some hundred rows needs no library, and libseccomp
 * takes longer to build a filter than the agent to start (docs/ARCHITECTURE.md).
 *
 * What is refused fails with an errno; nothing is ever killed, since an agent that is gone cannot
 * thaw. Refusals are in the kernel's log (audit type 1326) where the kernel keeps one.
 */
#ifndef SYS_SECCOMP_H
#define SYS_SECCOMP_H

#include <stdbool.h>

enum seccomp_profile {
	/* What an event loop needs and no more; what is not known is ENOSYS, so that a C library
	 * that learns a new call falls back to what it did before. */
	SECCOMP_LOOP,
	/* Everything but what changes the machine: programs, mounts, clocks, modules, files opened
	 * for writing, … */
	SECCOMP_READ_ONLY,
	/* Everything but programs: execve() and execveat(). */
	SECCOMP_NO_PROGRAMS,
};

struct seccomp_options {
	bool how_is_known; /* openat2() may be called: its flags cannot be looked at */
};

/* Whether there are filters for this processor. */
bool seccomp_is_built(void);

/* For this process and what it forks; needs no_new_privs or CAP_SYS_ADMIN. 0, or an errno: ENOSYS
 * without filters for this processor or in this kernel. */
int seccomp_install(enum seccomp_profile profile, const struct seccomp_options *options);

#endif
