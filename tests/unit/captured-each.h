/* SPDX-License-Identifier: MIT */
/*
 * A captured tree of its own for each test, and nothing else: c, and what makes and removes it.
 */
#ifndef TESTS_UNIT_CAPTURED_EACH_H
#define TESTS_UNIT_CAPTURED_EACH_H

#include "captured.h"

static struct captured c;

static inline int setup(void **state)
{
	(void)state;
	captured_open(&c);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	captured_close(&c);
	return 0;
}

#endif
