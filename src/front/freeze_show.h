/* SPDX-License-Identifier: MIT */
/*
 * What the guest's administrator can ask about freezes and thaws from the command line.
 */
#ifndef FRONT_FREEZE_SHOW_H
#define FRONT_FREEZE_SHOW_H

struct options;

/* --check-freeze: what a freeze would do, without doing it. The exit status: 1 if it would fail. */
int freeze_show_plan(const struct options *o);

/* --thaw: the freeze of a running agent, or of one that was killed, and whatever else is frozen. */
int freeze_show_thaw(const struct options *o);

#endif
