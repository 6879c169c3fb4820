/* SPDX-License-Identifier: MIT */
/*
 * How busy the guest is: /proc/loadavg.
 */
#ifndef SYS_LOAD_H
#define SYS_LOAD_H

#include <stdbool.h>

#include "base/slice.h"
#include "sys/root.h"

/* Processes that ran or waited, averaged over 1, 5 and 15 minutes. */
struct load {
	double average[3];
};

/* False when the text does not begin with three numbers. */
bool load_parse(struct slice text, struct load *ret);

/* 0, -1 (EINVAL: the file makes no sense). */
int load_read(const struct sys_root *r, struct load *ret, int *ret_os);

#endif
