/* SPDX-License-Identifier: MIT */
/*
 * What an agent that runs may take over of a changed configuration: what is allowed by both, the
 * policies that it was started with and the new ones. Its processes have given up what the first
 * did not need, so more than that needs a restart.
 */
#ifndef POLICY_NARROW_H
#define POLICY_NARROW_H

#include "policy/policies.h"

/*
 * ret: the channels of `first`, each with no more than its policy there and the one of the same
 * name in `wanted`. words (POLICY_WORDS_MAX bytes) gets a line for each setting that would have
 * allowed more: "[channel vsock] profile".
 */
void policies_narrow(struct policies *ret, const struct policies *first,
		     const struct policies *wanted, char *words);

/* Adds a line; what does not fit is left out. */
void policies_add_words(char *words, const char *fmt, ...) printf_like(2, 3);

#endif
