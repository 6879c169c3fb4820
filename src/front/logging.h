/* SPDX-License-Identifier: MIT */
/*
 * Sees to it that the queue of the log has a writer when there is something to write. A quiet agent
 * has none.
 */
#ifndef FRONT_LOGGING_H
#define FRONT_LOGGING_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"
#include "front/children.h"

struct front;

/* Wait after a writer has ended or could not be started. */
#define LOGGING_PAUSE_MS 1000

struct logging {
	struct front *front;
	uv_poll_t     queue; /* while there is no writer */
	uv_timer_t    pause;
	struct child  writer;
	bool          has_writer;
};

int logging_init(struct logging *l, struct front *front, struct err *err);

/* At the end of the agent: what is still in the queue gets a writer. */
void logging_finish(struct logging *l);

#endif
