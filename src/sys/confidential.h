/* SPDX-License-Identifier: MIT */
/*
 * Whether the guest's memory is kept from its host: then what the host asks for is not to be
 * trusted as that of a host usually is.
 */
#ifndef SYS_CONFIDENTIAL_H
#define SYS_CONFIDENTIAL_H

#include "sys/root.h"

enum confidential {
	CONFIDENTIAL_NOT,
	CONFIDENTIAL_SEV,
	CONFIDENTIAL_SEV_ES,
	CONFIDENTIAL_SEV_SNP,
	CONFIDENTIAL_TDX,
	CONFIDENTIAL_SE, /* Secure Execution of IBM Z */
	CONFIDENTIALS,
};

/*
 * From devices and files that only such a guest has, and, on x86, from what the processor says. Of
 * a guest with another technique, or a kernel that says nothing, CONFIDENTIAL_NOT.
 */
enum confidential confidential_detect(const struct sys_root *r);

const char *confidential_name(enum confidential c);

#endif
