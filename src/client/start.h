/* SPDX-License-Identifier: MIT */
#ifndef CLIENT_START_H
#define CLIENT_START_H

#include "client/conn.h"

/*
 * Drops whatever is under way: a call that was begun with qgac_start(), and what a stream has asked
 * ahead. What they get answered is no longer in step.
 */
void start_forget(struct qgac *agent);

#endif
