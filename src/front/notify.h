/* SPDX-License-Identifier: MIT */
/*
 * Tells the service manager how we are (sd_notify(3)), without its library. Never waits: what it
 * does not take at once it does not get. The watchdog is fed by a timer of the loop, so it starves
 * when the loop stands.
 */
#ifndef FRONT_NOTIFY_H
#define FRONT_NOTIFY_H

#include <stdint.h>
#include <uv.h>

#include "base/attr.h"

struct notify {
	const char *address; /* NULL */
	uint64_t    watchdog_ms;
	int         fd; /* -1: there is nobody to tell */
	uv_timer_t  watchdog;
};

/* Takes NOTIFY_SOCKET and WATCHDOG_* out of the environment: programs that we start are not the
 * service. For the process that was started, before it becomes a daemon. */
void notify_take_environment(struct notify *n);

void notify_init(struct notify *n, uv_loop_t *loop);

/* The agent works. */
void notify_ready(struct notify *n);

/* It ends. */
void notify_stopping(struct notify *n);

/* One line for the administrator. */
void notify_status(struct notify *n, const char *fmt, ...) printf_like(2, 3);

#endif
