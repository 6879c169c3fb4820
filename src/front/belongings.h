/* SPDX-License-Identifier: MIT */
/*
 * What the front has in the guest's filesystems, once it cannot open files any more: its log, and,
 * when it was started while they were frozen, its control socket and its pid file.
 */
#ifndef FRONT_BELONGINGS_H
#define FRONT_BELONGINGS_H

struct front;

/* While files can be opened: keeps the log open, for the case that nobody else can write it. */
void belongings_keep_log(struct front *f);

/* It has been renamed. */
void belongings_renew_log(struct front *f);

#endif
