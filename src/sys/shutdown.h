/* SPDX-License-Identifier: MIT */
/*
 * Shutting down: a chain of ways that is tried in order until one works.
 */
#ifndef SYS_SHUTDOWN_H
#define SYS_SHUTDOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "sys/root.h"

/* What a program of the chain gets, and what a last sync gets. */
#define SHUTDOWN_PROGRAM_MS 30000
#define SHUTDOWN_SYNC_MS 10000

enum shutdown_mode {
	SHUTDOWN_POWERDOWN,
	SHUTDOWN_HALT,
	SHUTDOWN_REBOOT,
	SHUTDOWN_MODES,
};

/* The chain when nobody has configured one. */
extern const char *const shutdown_default_chain[];
extern const size_t      shutdown_default_count;

/* Whether the chain can have this element: the name of a way, or an absolute path. */
bool shutdown_is_way(const char *way);

/*
 * Tries the ways in order. One that the guest does not have is passed over. 0: one has worked, so
 * the end is near. -1: none has; the error is that of the first that was there and failed.
 */
int shutdown_try(const struct sys_root *root, enum shutdown_mode mode, const char *const *chain,
		 size_t n, struct err *err);

#endif
