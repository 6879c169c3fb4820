/* SPDX-License-Identifier: MIT */
/*
 * The controller that a disk hangs on and its address there, in the numbers that hosts compare with
 * their own configuration.
 */
#ifndef SYS_BLOCK_HARDWARE_H
#define SYS_BLOCK_HARDWARE_H

#include <stdbool.h>

#include "sys/block.h"

/* path: directory of a device below /sys/devices. Fills all of ret but serial and dev, which are
 * NULL. False: nothing of the hardware could be recognised. */
bool block_hardware_read(const struct sys_root *root, const char *path, struct block_address *ret);

#endif
