/* SPDX-License-Identifier: MIT */
/*
 * What the front gives up once its channel is open.
 */
#ifndef FRONT_PRIVILEGES_H
#define FRONT_PRIVILEGES_H

#include "base/err.h"

/* No capabilities, none to be gained by execve(2), no core dump of requests. 0, or -1 with err. */
int privileges_drop(struct err *err);

#endif
