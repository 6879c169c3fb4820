/* SPDX-License-Identifier: MIT */
/*
 * Keeps the event loop awake while a worker's answer is expected at once (ipc/awake.h). All other
 * events are served meanwhile.
 */
#ifndef FRONT_VIGIL_H
#define FRONT_VIGIL_H

#include <stdint.h>
#include <uv.h>

struct vigil {
	uv_idle_t awake;
	int64_t   until_ns; /* CLOCK_MONOTONIC */
};

void vigil_init(struct vigil *v, uv_loop_t *loop);

/* Stays awake for AWAKE_NS after since_ns. */
void vigil_begin(struct vigil *v, int64_t since_ns);
void vigil_end(struct vigil *v);

#endif
