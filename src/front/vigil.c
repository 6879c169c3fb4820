/* SPDX-License-Identifier: MIT */
#include "front/vigil.h"

#include "base/clock.h"
#include "ipc/awake.h"

/* A loop with an active idle handle looks for events without waiting for them. */
static void on_round(uv_idle_t *idle)
{
	struct vigil *v = idle->data;

	if (clock_monotonic_ns() >= v->until_ns)
		vigil_end(v);
}

void vigil_init(struct vigil *v, uv_loop_t *loop)
{
	(void)uv_idle_init(loop, &v->awake); /* neither this nor starting it can fail */
	v->awake.data = v;
}

void vigil_begin(struct vigil *v, int64_t since_ns)
{
	v->until_ns = since_ns + AWAKE_NS;
	(void)uv_idle_start(&v->awake, on_round);
}

void vigil_end(struct vigil *v)
{
	(void)uv_idle_stop(&v->awake);
}
