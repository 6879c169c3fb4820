/* SPDX-License-Identifier: MIT */
/*
 * The other end of the control socket: what --status and --thaw do.
 */
#ifndef FRONT_CONTROL_CLIENT_H
#define FRONT_CONTROL_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "json/reader.h"

/* How long the agent may take for an answer. */
#define CONTROL_ANSWER_S 60

struct control_answer {
	struct buf       text;
	struct json_text json;
	struct json      value; /* of "return", in text */
};

/* Asks the agent that runs with this state directory, waiting. 0, or -1 with err: no agent, an
 * error of its. The answer is to be freed in both cases. */
int  control_ask(const char *statedir, const char *request, struct control_answer *ret,
		 struct err *err);
void control_answer_fini(struct control_answer *a);

#endif
