/* SPDX-License-Identifier: MIT */
#ifndef CLIENT_START_H
#define CLIENT_START_H

#include "client/conn.h"

/* Drops a call that was begun with qgac_start(); what it gets answered is no longer in step. */
void start_forget(struct qgac *agent);

#endif
